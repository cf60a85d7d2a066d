// SPDX-License-Identifier: Apache-2.0
// The default rules over recordings of real programs (tests/scenarios, scripts/record-scenarios): each sick one is
// caught by what scenarios.yml says and by nothing else, each healthy one is left alone. scripts/quality counts.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>
#include <string>

#include <yaml-cpp/yaml.h>

#include "e2e/pmon.h"

namespace pmon::test {
namespace {

const std::filesystem::path kScenarios = PMON_SOURCE_DIR "/tests/scenarios";
const std::filesystem::path kRecordings = kScenarios / "recordings";

using Alerts = std::set<std::string>;

struct Expected {
  Alerts fires;
  Alerts may;     // besides
  Alerts misses;  // known, and told of in docs/quality.md
};

Alerts alerts_of(const YAML::Node& list) {
  Alerts out;
  for (const YAML::Node& alert : list) out.insert(alert.as<std::string>());
  return out;
}

std::map<std::string, Expected> expectations() {
  std::map<std::string, Expected> out;
  for (const auto& entry : YAML::LoadFile(kScenarios / "scenarios.yml")["scenarios"]) {
    const YAML::Node& scenario = entry.second;
    out[entry.first.as<std::string>()] = {alerts_of(scenario["fires"]), alerts_of(scenario["may"]),
                                          alerts_of(scenario["misses"])};
  }
  return out;
}

std::string replay(const std::string& name) {
  const Outcome outcome = run(pmon({"replay", "--output", "json", (kRecordings / (name + ".pmonrec")).string()}));
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  return outcome.out;
}

class Recorded : public testing::TestWithParam<std::pair<const std::string, Expected>> {};

TEST_P(Recorded, GivesTheAlertsThatItShould) {
  const auto& [name, expected] = GetParam();
  const std::string out = replay(name);
  Alerts fired;
  for (const nlohmann::json& line : lines_of_type(out, "alert")) fired.insert(line["alert"].get<std::string>());
  for (const std::string& alert : expected.fires) {
    EXPECT_NE(fired.contains(alert), expected.misses.contains(alert)) << alert << '\n' << out;
  }
  for (const std::string& alert : fired) {
    if (alert == "PmonBlind") continue;  // of the host that recorded it, not of the program
    EXPECT_TRUE(expected.fires.contains(alert) || expected.may.contains(alert)) << alert << '\n' << out;
  }
  EXPECT_EQ(replay(name), out) << "another replay says something else";
}

INSTANTIATE_TEST_SUITE_P(Programs, Recorded, testing::ValuesIn(expectations()), [](const auto& test) {
  std::string name = test.param.first;
  std::ranges::replace(name, '-', '_');
  return name;
});

TEST(RecordedPrograms, EveryRecordingHasItsExpectation) {
  const auto expected = expectations();
  std::size_t recordings = 0;
  for (const auto& entry : std::filesystem::directory_iterator(kRecordings)) {
    if (entry.path().extension() != ".pmonrec") continue;
    ++recordings;
    EXPECT_TRUE(expected.contains(entry.path().stem().string())) << entry.path();
  }
  EXPECT_EQ(recordings, expected.size());
  EXPECT_GE(recordings, 30U);
}

}  // namespace
}  // namespace pmon::test
