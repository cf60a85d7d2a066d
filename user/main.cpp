// SPDX-License-Identifier: Apache-2.0
#include "cli/command.h"

int main(int argc, char** argv) { return pmon::cli::main({argv + 1, argv + argc}); }
