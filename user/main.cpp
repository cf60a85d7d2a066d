// SPDX-License-Identifier: Apache-2.0
#include "cli/commands.h"

int main(int argc, char** argv) { return pmon::cli::main(pmon::cli::commands(), {argv + 1, argv + argc}); }
