// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "cli/host_facts.h"
#include "collect/collector.h"
#include "pmon/result.h"

namespace pmon::cli {

// One thing that pmon needs or profits from.
struct Check {
  enum class State { kOk, kLimited, kMissing };
  std::string name;  // "capabilities"
  State state;
  std::string result;  // what was found
  std::string effect;  // what it gives, or costs where it is not there
  std::string remedy;  // empty where nothing is to be done
};

struct Diagnosis {
  std::vector<Check> checks;
  bool ebpf = false;  // the kernel collector works here; else only /proc does
};

// Pure. `features` is what came of loading the real programs: the only judge of whether they load.
[[nodiscard]] Diagnosis diagnose(const HostFacts& facts, const Result<std::vector<Feature>>& features);

[[nodiscard]] std::string diagnosis_text(const Diagnosis& diagnosis);
// One object, on one line.
[[nodiscard]] std::string diagnosis_json(const Diagnosis& diagnosis);

}  // namespace pmon::cli
