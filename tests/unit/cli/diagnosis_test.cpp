// SPDX-License-Identifier: Apache-2.0
#include "cli/diagnosis.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "../../golden/golden.h"

namespace pmon::cli {
namespace {

HostFacts good_host() {
  HostFacts facts;
  facts.kernel_release = "6.1.0-13-amd64";
  facts.btf = true;
  facts.capabilities = ~0ULL;
  facts.pid_namespace = kHostPidNamespace;
  facts.unprivileged_bpf_disabled = 2;
  facts.lockdown = "none";
  facts.cgroups = HostFacts::Cgroups::kUnified;
  return facts;
}

HostFacts bad_host() {
  HostFacts facts;
  facts.kernel_release = "5.10.0-26-amd64";
  facts.capabilities = 1ULL << kCapBpf;
  facts.pid_namespace = 4026532577;
  facts.lockdown = "confidentiality";
  facts.locked_memory = 65536;
  return facts;
}

Result<std::vector<Feature>> refusal() {
  return fail(ErrorKind::kUnsupported, "load the BPF programs: Operation not permitted", "run as root");
}

Check::State state_of(const Diagnosis& diagnosis, std::string_view name) {
  for (const Check& check : diagnosis.checks) {
    if (check.name == name) return check.state;
  }
  ADD_FAILURE() << "no check " << name;
  return Check::State::kOk;
}

TEST(Diagnosis, AGoodHost) {
  const Diagnosis diagnosis =
      diagnose(good_host(),
               std::vector<Feature>{{"cpu", Feature::Mode::kFull, ""},
                                    {"fault_regions", Feature::Mode::kMissing, "the kernel refused page_fault_user"}});
  EXPECT_TRUE(diagnosis.ebpf);
  EXPECT_EQ(state_of(diagnosis, "cpu"), Check::State::kOk);
  EXPECT_EQ(state_of(diagnosis, "fault_regions"), Check::State::kMissing);
  test::expect_golden("doctor-good.txt", diagnosis_text(diagnosis));
}

TEST(Diagnosis, ABadHostGetsRemedies) {
  const Diagnosis diagnosis = diagnose(bad_host(), refusal());
  EXPECT_FALSE(diagnosis.ebpf);
  for (const char* name : {"kernel", "btf", "capabilities", "pid_namespace", "lockdown", "programs"}) {
    EXPECT_EQ(state_of(diagnosis, name), Check::State::kMissing) << name;
  }
  for (const Check& check : diagnosis.checks) {
    EXPECT_EQ(check.remedy.empty(), check.state == Check::State::kOk) << check.name;
    EXPECT_FALSE(check.effect.empty()) << check.name;
  }
  test::expect_golden("doctor-bad.txt", diagnosis_text(diagnosis));
}

TEST(Diagnosis, OnlyTheProgramsDecide) {
  EXPECT_TRUE(diagnose(bad_host(), std::vector<Feature>{}).ebpf);
  EXPECT_FALSE(diagnose(good_host(), refusal()).ebpf);
}

TEST(Diagnosis, KernelVersions) {
  const auto kernel = [](const char* release) {
    HostFacts facts = good_host();
    facts.kernel_release = release;
    return state_of(diagnose(facts, refusal()), "kernel");
  };
  EXPECT_EQ(kernel("5.18.0"), Check::State::kOk);
  EXPECT_EQ(kernel("5.12.19"), Check::State::kMissing);
  EXPECT_EQ(kernel("6.1"), Check::State::kOk);
  EXPECT_EQ(kernel("5.9.16"), Check::State::kMissing);
  EXPECT_EQ(kernel("4.18.0-513.el8"), Check::State::kMissing);
  EXPECT_EQ(kernel("weird"), Check::State::kLimited);
}

TEST(Diagnosis, Capabilities) {
  const auto capabilities = [](std::uint64_t bits) {
    HostFacts facts = good_host();
    facts.capabilities = bits;
    return state_of(diagnose(facts, refusal()), "capabilities");
  };
  EXPECT_EQ(capabilities(1ULL << kCapSysAdmin), Check::State::kOk);
  EXPECT_EQ(capabilities(1ULL << kCapBpf | 1ULL << kCapPerfmon), Check::State::kOk);
  EXPECT_EQ(capabilities(1ULL << kCapPerfmon), Check::State::kMissing);
  EXPECT_EQ(capabilities(0), Check::State::kMissing);
}

TEST(Diagnosis, Json) {
  const std::string line = diagnosis_json(diagnose(bad_host(), refusal()));
  EXPECT_EQ(line.find('\n'), line.size() - 1);
  const auto object = nlohmann::json::parse(line);
  EXPECT_EQ(object.at("collector"), "procfs");
  EXPECT_EQ(object.at("checks").at(0).at("check"), "kernel");
  EXPECT_EQ(object.at("checks").at(0).at("state"), "missing");
  for (const auto& check : object.at("checks")) EXPECT_EQ(check.size(), 5U);
}

}  // namespace
}  // namespace pmon::cli
