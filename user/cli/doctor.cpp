// SPDX-License-Identifier: Apache-2.0
#include "cli/doctor.h"

#include <CLI/CLI.hpp>

#include "cli/diagnosis.h"
#include "cli/parse.h"
#include "cli/print.h"
#include "collect/ebpf_collector.h"

namespace pmon::cli {

namespace {

// Loads and attaches the real programs for a moment: nothing else tells whether they load.
Result<std::vector<Feature>> try_programs() {
  const auto collector = EbpfCollector::open();
  if (!collector) return std::unexpected(collector.error());
  return (*collector)->capabilities().features;
}

}  // namespace

Result<int> run_doctor(const Words& words) {
  bool json = false;
  CLI::App app("Says what this kernel, user and container allow, and what to do about the rest.", "pmon doctor");
  app.add_flag("--json", json, "One JSON object");
  app.footer("Exit status: 0 eBPF works here, 3 it does not and pmon can only read /proc.");
  const auto parsed = parse(app, words);
  if (!parsed) return std::unexpected(parsed.error());
  if (*parsed == Parsed::kHelpShown) return kEndedAsAsked;
  const Diagnosis diagnosis = diagnose(read_host_facts(), try_programs());
  print(json ? diagnosis_json(diagnosis) : diagnosis_text(diagnosis));
  return diagnosis.ebpf ? kEndedAsAsked : kNotSupported;
}

}  // namespace pmon::cli
