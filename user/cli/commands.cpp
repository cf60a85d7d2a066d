// SPDX-License-Identifier: Apache-2.0
#include "cli/commands.h"

#include "cli/bench.h"
#include "cli/delegate.h"
#include "cli/doctor.h"
#include "cli/listings.h"
#include "cli/record.h"
#include "cli/replay.h"
#include "cli/silence.h"
#include "cli/test.h"
#include "cli/watch.h"

namespace pmon::cli {

namespace {

constexpr Command kCommands[] = {
    {"watch", "Follow processes and tell when one misbehaves", run_watch},
    {"run", "Watch the whole host, as a daemon", delegate_run},
    {"check", "Say what is wrong with files of rules or configuration", delegate_check},
    {"test", "Run unit tests of rules, as promtool does", run_test},
    {"silence", "Mute alerts for some time, or list what is muted", run_silence},
    {"record", "Write what the collector sees into a file", run_record},
    {"replay", "Run rules over a recording", run_replay},
    {"metrics", "List every metric with its unit and meaning", run_metrics},
    {"rules", "Print the default rules as a file to edit", run_rules},
    {"doctor", "Say what this kernel, user and container allow", run_doctor},
    {"bench", "Measure what pmon itself costs on this host", run_bench},
};

}  // namespace

std::span<const Command> commands() { return kCommands; }

}  // namespace pmon::cli
