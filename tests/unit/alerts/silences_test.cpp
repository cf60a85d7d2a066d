// SPDX-License-Identifier: Apache-2.0
#include "alerts/silences.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "alerts/rfc3339.h"

namespace pmon::alerts {
namespace {

using ::testing::HasSubstr;

constexpr Timestamp kNow = 1'700'000'000'000;
constexpr Timestamp kHour = 3'600'000;

Silence silence(std::string id, std::string_view matchers, Timestamp starts_at = kNow,
                Timestamp ends_at = kNow + kHour) {
  auto parsed = parse_matchers(matchers);
  EXPECT_TRUE(parsed) << parsed.error().text();
  return {std::move(id), std::move(*parsed), starts_at, ends_at, 0, "ada", "planned"};
}

Silences one(Silence made) {
  Silences silences;
  const auto added = silences.add(std::move(made), kNow);
  EXPECT_TRUE(added) << added.error().text();
  return silences;
}

std::string error_of(const Result<void>& result) { return result ? "" : result.error().text(); }

TEST(Silences, MuteWhatMatchesAllFromTheStartUntilBeforeTheEnd) {
  const Silences silences = one(silence("a", "alertname=HeapLeak,comm=~php.*", kNow + 10, kNow + 20));
  const Labels php{{"alertname", "HeapLeak"}, {"comm", "php-fpm"}};
  EXPECT_FALSE(silences.silenced(php, kNow + 9));
  EXPECT_TRUE(silences.silenced(php, kNow + 10));
  EXPECT_TRUE(silences.silenced(php, kNow + 19));
  EXPECT_FALSE(silences.silenced(php, kNow + 20));
  EXPECT_FALSE(silences.silenced({{"alertname", "HeapLeak"}, {"comm", "java"}}, kNow + 10));
  EXPECT_FALSE(silences.silenced({{"alertname", "CpuBurn"}, {"comm", "php"}}, kNow + 10));
}

TEST(Silences, OneThatMatchesIsEnough) {
  Silences silences = one(silence("a", "comm=x"));
  ASSERT_TRUE(silences.add(silence("b", "comm=y"), kNow));
  EXPECT_TRUE(silences.silenced({{"comm", "y"}}, kNow));
}

TEST(Silences, ExpireEndsThemNowOrBeforeTheyBegin) {
  Silences silences = one(silence("a", "comm=x"));
  ASSERT_TRUE(silences.add(silence("later", "comm=y", kNow + kHour, kNow + 2 * kHour), kNow));
  EXPECT_EQ(state_of(silences.all()[1], kNow + 1), SilenceState::kPending);
  ASSERT_TRUE(silences.expire("a", kNow + 5));
  ASSERT_TRUE(silences.expire("later", kNow + 5));
  EXPECT_FALSE(silences.silenced({{"comm", "x"}}, kNow + 5));
  EXPECT_FALSE(silences.silenced({{"comm", "y"}}, kNow + kHour));
  EXPECT_EQ(silences.all()[0].updated_at, kNow + 5);
  EXPECT_THAT(error_of(silences.expire("a", kNow + 6)), HasSubstr("silence a expired at 2023-11-14T22:13:20.005Z"));
  EXPECT_THAT(error_of(silences.expire("lates", kNow + 6)), HasSubstr("no silence lates (did you mean 'later'?)"));
}

TEST(Silences, RefuseWhatCannotBeMeant) {
  Silences silences = one(silence("a", "comm=x"));
  const auto refused = [&](Silence made) { return error_of(silences.add(std::move(made), kNow)); };
  EXPECT_THAT(refused(silence("b", "")), HasSubstr("needs a matcher"));
  EXPECT_THAT(refused(silence("b", "comm=~.*,pid!=1")), HasSubstr("{comm=~\".*\",pid!=\"1\"} would silence every"));
  EXPECT_THAT(refused(silence("b", "comm=x", kNow, kNow)), HasSubstr("would end at"));
  EXPECT_THAT(refused(silence("b", "comm=x", kNow - 9, kNow)), HasSubstr("would be over since"));
  EXPECT_THAT(refused(silence("a", "comm=x")), HasSubstr("there is a silence a already"));
  EXPECT_EQ(silences.all().size(), 1U);
}

TEST(Silences, ForgetWhatExpiredLongAgo) {
  Silences silences = one(silence("a", "comm=x", kNow, kNow + 10));
  ASSERT_TRUE(silences.add(silence("b", "comm=x", kNow, kNow + 11), kNow));
  silences.forget_expired_before(kNow + 11);
  ASSERT_EQ(silences.all().size(), 1U);
  EXPECT_EQ(silences.all()[0].id, "b");
}

TEST(SilencesText, IsReadBackAsItWas) {
  Silences silences = one(silence("a", R"(comm=~"a\"b.*",pid!="1",exe!~"x|y",group="c\\d")"));
  ASSERT_TRUE(silences.add(silence("b", "comm=x", kNow + 1, kNow + 2), kNow));
  ASSERT_TRUE(silences.expire("b", kNow + 1));  // over, and kept all the same
  const auto again = parse_silences(silences_text(silences));
  ASSERT_TRUE(again) << again.error().text();
  EXPECT_EQ(*again, silences);
}

TEST(SilencesText, TakesACommentThatIsNoUtf8) {
  Silence made = silence("a", "comm=x");
  made.comment = "caf\xe9";
  const auto again = parse_silences(silences_text(one(made)));
  ASSERT_TRUE(again) << again.error().text();
  EXPECT_EQ(again->all().at(0).comment, "caf\xEF\xBF\xBD");
}

TEST(SilencesText, EveryMistakeIsToldWithItsPlace) {
  const auto good = nlohmann::ordered_json::parse(silences_text(one(silence("a", "comm=x"))));
  const auto error = [&](const char* place, const nlohmann::json& value) {
    auto bad = good;
    bad[nlohmann::ordered_json::json_pointer(place)] = value;
    const auto read = parse_silences(bad.dump());
    return read ? "" : read.error().text();
  };
  EXPECT_EQ(error("/silences/0/comment", "fine"), "");
  EXPECT_EQ(error("/version", 2), "version: is 2, and this pmon reads 1");
  EXPECT_EQ(error("/silence", 2), "the file: unknown key 'silence' (did you mean 'silences'?)");
  EXPECT_EQ(error("/silences", 2), "silences: must be an array");
  EXPECT_EQ(error("/silences/0", 2), "silences[0]: must be an object");
  EXPECT_EQ(error("/silences/0/startAt", 2), "silences[0]: unknown key 'startAt' (did you mean 'startsAt'?)");
  EXPECT_EQ(error("/silences/0/startsAt", "soon"), "silences[0].startsAt: must be a time such as 2026-11-23T14:03:22Z");
  EXPECT_EQ(error("/silences/0/id", 5), "silences[0].id: must be a string");
  EXPECT_EQ(error("/silences/0/matchers/0/isRegex", 1), "silences[0].matchers[0].isRegex: must be true or false");
  EXPECT_THAT(error("/silences/0/matchers", nlohmann::json::array()), HasSubstr("silences[0]: a silence needs a"));
  auto regex = good;
  regex["silences"][0]["matchers"][0]["value"] = "(";
  regex["silences"][0]["matchers"][0]["isRegex"] = true;
  EXPECT_THAT(parse_silences(regex.dump()).error().text(), HasSubstr("silences[0].matchers[0]: matcher on 'comm'"));
  auto without = good;
  without["silences"][0].erase("id");
  EXPECT_EQ(parse_silences(without.dump()).error().text(), "silences[0]: key 'id' is missing");
  EXPECT_THAT(parse_silences("{").error().text(), HasSubstr("not valid JSON: "));
}

TEST(SilencesText, NoBeginningOfAFileIsTakenForTheWhole) {
  const std::string text = silences_text(one(silence("a", "comm=x")));
  for (std::size_t length = 0; length + 2 < text.size(); ++length) {
    EXPECT_FALSE(parse_silences(text.substr(0, length))) << length;
  }
}

TEST(SilencesJson, IsAlertmanagersFormWithTheState) {
  const auto json = nlohmann::json::parse(silences_json(one(silence("a", "comm=~x")).all(), kNow + kHour));
  EXPECT_EQ(json, nlohmann::json::parse(R"([{
    "id": "a", "status": {"state": "expired"}, "createdBy": "ada", "comment": "planned",
    "matchers": [{"name": "comm", "value": "x", "isRegex": true, "isEqual": true}],
    "startsAt": "2023-11-14T22:13:20.000Z", "endsAt": "2023-11-14T23:13:20.000Z",
    "updatedAt": "2023-11-14T22:13:20.000Z"}])"));
}

TEST(Rfc3339, GoesThereAndBack) {
  for (const Timestamp time : {Timestamp{0}, kNow, kNow + 123, Timestamp{-1}, Timestamp{253402300799999}}) {
    EXPECT_EQ(parse_rfc3339(format_rfc3339(time)), time);
  }
  EXPECT_EQ(format_rfc3339(kNow + 7), "2023-11-14T22:13:20.007Z");
}

TEST(Rfc3339, TakesZonesAndFractionsAndNothingElse) {
  EXPECT_EQ(parse_rfc3339("2023-11-14T22:13:20Z"), kNow);
  EXPECT_EQ(parse_rfc3339("2023-11-14 23:43:20.5+01:30"), kNow + 500);
  EXPECT_EQ(parse_rfc3339("2023-11-14T17:13:20.123456789-05:00"), kNow + 123);
  EXPECT_EQ(parse_rfc3339("2024-02-29T00:00:00Z"), 1'709'164'800'000);
  for (const char* bad :
       {"", "2023-11-14", "2023-11-14T22:13:20", "2023-02-29T00:00:00Z", "2023-13-01T00:00:00Z", "2023-11-14T24:00:00Z",
        "2023-11-14T22:60:20Z", "2023-11-14T22:13:20.Z", "2023-11-14T22:13:20Zx", "2023-11-14T22:13:20+1:00",
        "23-11-14T22:13:20Z", "2023-11-14T22:13:20+24:00"}) {
    EXPECT_EQ(parse_rfc3339(bad), std::nullopt) << bad;
  }
}

}  // namespace
}  // namespace pmon::alerts
