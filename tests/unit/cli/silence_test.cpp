// SPDX-License-Identifier: Apache-2.0
#include "cli/silence.h"

#include <filesystem>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "../../golden/golden.h"
#include "../../support/temp_folder.h"
#include "monitor/silence_file.h"

namespace pmon::cli {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

// `pmon silence` over a folder of its own.
class SilenceCommand : public testing::Test {
 protected:
  // What it printed, or its error.
  std::string run(Words words) {
    words.insert(words.end(), {"--state", folder_.path()});
    return run_as_is(words);
  }
  static std::string run_as_is(const Words& words) {
    testing::internal::CaptureStdout();
    std::string out;
    const auto done = run_silence(words);
    (void)std::fflush(stdout);
    out = testing::internal::GetCapturedStdout();
    return done ? out : "error: " + done.error().text();
  }
  std::string add(Words words) {
    words.insert(words.begin(), "add");
    std::string id = run(words);
    if (!id.empty() && id.back() == '\n') id.pop_back();
    return id;
  }
  nlohmann::json listed(Words words = {}) {
    words.insert(words.begin(), {"list", "--output", "json"});
    return nlohmann::json::parse(run(words));
  }

  const test::TempFolder folder_;
};

TEST_F(SilenceCommand, AddsListsAndExpires) {
  const std::string id = add({"HeapLeak", "comm=~\"php.*\",pid!=7", "--comment", "known", "--author", "ada"});
  ASSERT_EQ(id.size(), 36U) << id;
  const nlohmann::json silence = listed().at(0);
  EXPECT_EQ(silence["id"], id);
  EXPECT_EQ(silence["status"]["state"], "active");
  EXPECT_EQ(silence["createdBy"], "ada");
  EXPECT_EQ(silence["matchers"].size(), 3U);
  EXPECT_EQ(silence["matchers"][0]["name"], "alertname");
  const std::string text = run({"list"});
  EXPECT_THAT(text, StartsWith(id + "  active\n    {alertname=\"HeapLeak\",comm=~\"php.*\",pid!=\"7\"}\n    20"));
  EXPECT_THAT(text, HasSubstr("\n    by ada: known\n"));
  EXPECT_EQ(run({"expire", id}), "");
  EXPECT_EQ(run({"list"}), "");
  EXPECT_EQ(listed({"--expired"}).at(0)["status"]["state"], "expired");
}

TEST_F(SilenceCommand, TimesAreAskedForInThreeWays) {
  const auto times = [this](const Words& words) {
    const std::string id = add(words);
    const auto silences = monitor::SilenceFile(folder_.path()).read();
    const alerts::Silence& last = silences->all().back();
    EXPECT_EQ(last.id, id);
    return std::pair(last.starts_at, last.ends_at);
  };
  const auto hour = times({"a=b"});
  EXPECT_EQ(hour.second - hour.first, 3'600'000);
  const auto days = times({"a=b", "-d", "2d12h"});
  EXPECT_EQ(days.second - days.first, 60 * 3'600'000);
  const auto later = times({"a=b", "--start", "2040-01-01T00:00:00Z", "--end", "2040-01-01T02:00:00+01:00"});
  EXPECT_EQ(later.first, 2'208'988'800'000);
  EXPECT_EQ(later.second - later.first, 3'600'000);
}

TEST_F(SilenceCommand, RefusesWhatItDoesNotUnderstandAndWritesNothing) {
  EXPECT_THAT(add({"comm"}), testing::SizeIs(36)) << "an alert's name";
  const std::string before = folder_.read("silences.json");
  EXPECT_THAT(add({"HeapLeak", "comm"}), HasSubstr("'comm' is no matcher (an alert's name comes first"));
  EXPECT_THAT(add({"comm=~x("}), HasSubstr("bad regular expression"));
  EXPECT_THAT(add({"comm=~.*"}), HasSubstr("would silence every alert"));
  EXPECT_THAT(add({"a=b", "-d", "5"}), HasSubstr("--duration: '5' is not a duration, its unit is missing"));
  EXPECT_THAT(add({"a=b", "--end", "tomorrow"}), HasSubstr("--end: 'tomorrow' is not a time"));
  EXPECT_THAT(add({"a=b", "-d", "1h", "--end", "2040-01-01T00:00:00Z"}), HasSubstr("--duration and --end both"));
  EXPECT_THAT(add({"a=b", "--end", "2001-01-01T00:00:00Z"}), HasSubstr("give an end after the start"));
  EXPECT_THAT(add({}), HasSubstr("MATCHER is required"));
  EXPECT_THAT(run({"expire"}), HasSubstr("no silence given"));
  EXPECT_THAT(run({"expire", "x", "--all"}), HasSubstr("give one or the other"));
  EXPECT_EQ(folder_.read("silences.json"), before);
}

TEST_F(SilenceCommand, ExpiresAllOrNone) {
  const std::string one = add({"a=b"});
  add({"a=c"});
  EXPECT_THAT(run({"expire", one, "nobody"}), HasSubstr("no silence nobody"));
  EXPECT_EQ(listed().size(), 2U) << "a wrong ID changes nothing";
  EXPECT_EQ(run({"expire", "--all"}), "");
  EXPECT_EQ(listed().size(), 0U);
  EXPECT_EQ(run({"expire", "--all"}), "") << "nothing is left, and that is fine";
}

TEST_F(SilenceCommand, ListsNothingWhereThereIsNothing) {
  EXPECT_EQ(run({"list"}), "");
  EXPECT_EQ(listed(), nlohmann::json::array());
  EXPECT_THAT(run_as_is({"list", "--state", "/nowhere"}), HasSubstr("--state: no such folder '/nowhere'"));
  EXPECT_THAT(run_as_is({"add", "a=b", "--state", "/nowhere"}), HasSubstr("no such folder"));
  EXPECT_FALSE(std::filesystem::exists("/nowhere"));
}

TEST_F(SilenceCommand, KnowsItsWords) {
  EXPECT_THAT(run_as_is({"lst"}), HasSubstr("unknown word 'lst' (did you mean 'list'?)"));
  EXPECT_THAT(run_as_is({}), HasSubstr("say add, list or expire"));
  std::string help = run_as_is({"--help"});
  for (const char* part : {"add", "list", "expire"}) help += "\n" + run_as_is({part, "--help"});
  test::expect_golden("silence-help.txt", help);
}

}  // namespace
}  // namespace pmon::cli
