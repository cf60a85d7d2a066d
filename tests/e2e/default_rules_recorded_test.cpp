// SPDX-License-Identifier: Apache-2.0
// The default rules over recordings of real programs (tests/rules/programs, scripts/record-programs): each sick one
// is caught by what tests/rules/recordings/expected says and by nothing else, each healthy one is left alone.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <string>

#include "e2e/pmon.h"

namespace pmon::test {
namespace {

const std::filesystem::path kRecordings = PMON_SOURCE_DIR "/tests/rules/recordings";

using Alerts = std::set<std::string>;

// Lines `NAME: ALERT…`; what follows a # is a comment.
std::map<std::string, Alerts> expectations() {
  std::map<std::string, Alerts> out;
  std::ifstream file(kRecordings / "expected");
  for (std::string line; std::getline(file, line);) {
    std::istringstream words(line.substr(0, line.find('#')));
    std::string name;
    if (!(words >> name)) continue;
    Alerts& alerts = out[name.substr(0, name.find(':'))];
    for (std::string alert; words >> alert;) alerts.insert(alert);
  }
  return out;
}

std::string replay(const std::string& name) {
  const Outcome outcome = run(pmon({"replay", "--output", "json", (kRecordings / (name + ".pmonrec")).string()}));
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  return outcome.out;
}

class Recorded : public testing::TestWithParam<std::pair<const std::string, Alerts>> {};

TEST_P(Recorded, GivesTheAlertsThatItShould) {
  const std::string out = replay(GetParam().first);
  Alerts fired;
  for (const nlohmann::json& line : lines_of_type(out, "alert")) fired.insert(line["alert"].get<std::string>());
  EXPECT_EQ(fired, GetParam().second) << out;
  EXPECT_EQ(replay(GetParam().first), out) << "another replay says something else";
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
  EXPECT_GE(recordings, 10U);
}

}  // namespace
}  // namespace pmon::test
