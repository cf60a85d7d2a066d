// SPDX-License-Identifier: Apache-2.0
// pmon-daemon: the commands of pmon for which it starts this program (cli/delegate.h).
#include "cli_daemon/check.h"
#include "cli_daemon/run.h"

namespace {

constexpr pmon::cli::Command kCommands[] = {
    {"run", "Watch the whole host, as a daemon", pmon::cli::run_run},
    {"check", "Say what is wrong with files of rules or configuration", pmon::cli::run_check},
};

}  // namespace

int main(int argc, char** argv) { return pmon::cli::main(kCommands, {argv + 1, argv + argc}); }
