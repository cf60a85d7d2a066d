// SPDX-License-Identifier: Apache-2.0
#include "notify/templates.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "sample.h"

namespace pmon::notify {
namespace {

using About = MessageTemplate::About;

std::string error_of(std::string_view text, About about) {
  const auto parsed = MessageTemplate::parse(text, about);
  return parsed ? "" : std::to_string(parsed.error().offset) + ": " + parsed.error().message;
}

TEST(MessageTemplate, SpeaksOfOneAlert) {
  const MessageTemplate text = MessageTemplate::of(
      "{{ $status }} {{ $labels.comm }} {{ humanize1024 $value }}B: {{ $annotations.description }}", About::kAlert);
  EXPECT_EQ(text.text(test::alert("HeapLeak", 12), one_line),
            "firing redis 4.292MiB: Plan a restart before it meets its limit.");
}

TEST(MessageTemplate, ATitleSpeaksOfWhatAllHaveInCommon) {
  const MessageTemplate title =
      MessageTemplate::of("{{ $count }} {{ $status }} {{ $labels.alertname }}{{ $labels.pid }}", About::kMessage);
  EXPECT_EQ(title.text(test::sample(), one_line), "2 firing HeapLeak");
  EXPECT_EQ(default_title().text(test::sample(), one_line), "[FIRING:2] HeapLeak redis");
}

TEST(MessageTemplate, DefaultsTellWhatIsThere) {
  AlertNotice bare = test::alert("HeapLeak", 12);
  EXPECT_EQ(default_alert_text().text(bare, one_line), "FIRING HeapLeak: redis (pid 12) leaks memory: 4.5 MB a second");
  bare.annotations = {};
  EXPECT_EQ(default_alert_text().text(bare, one_line), "FIRING HeapLeak: comm=redis pid=12 severity=warning ");
}

TEST(MessageTemplate, MistakesHaveTheirPlace) {
  EXPECT_EQ(error_of("a {{ $label.pid }}", About::kAlert),
            "5: undefined variable \"$label\" (did you mean '$labels'?)");
  EXPECT_NE(error_of("{{ range .Alerts }}{{ .Labels.pid }}{{ end }}", About::kAlert).find("a text is about one alert"),
            std::string::npos);
  EXPECT_NE(error_of("{{ $count }}", About::kAlert), "") << "an alert has no count";
  EXPECT_NE(error_of("{{ template \"slack.default.title\" . }}", About::kMessage), "");
}

TEST(MessageTemplate, AFailureIsTold) {
  const MessageTemplate text = MessageTemplate::of("{{ humanize $labels.comm }}", About::kAlert);
  EXPECT_NE(text.text(test::alert("HeapLeak", 12), one_line).find("error expanding template"), std::string::npos);
}

TEST(MessageTemplate, EscapesDataAndNotItself) {
  AlertNotice bad = test::alert("HeapLeak", 12);
  bad.labels.set("comm", "<b>&\n");
  const MessageTemplate text = MessageTemplate::of("<i>{{ $labels.comm }}</i>", About::kAlert);
  EXPECT_EQ(text.text(bad, html), "<i>&lt;b&gt;&amp;\n</i>");
  EXPECT_EQ(text.text(bad, slack_text), "<i>&lt;b&gt;&amp; </i>");
}

TEST(Text, HostileTextsBecomeHarmless) {
  EXPECT_EQ(one_line("a\nb\r\nc\td\x1b[2J\u202e\u200b"), "a b c d\\x1b[2J\\u202e\\u200b");
  EXPECT_EQ(plain_lines("a\r\nb\x07"), "a\nb\\x07");
  EXPECT_EQ(html("<a href=\"x\">'&"), "&lt;a href=&quot;x&quot;&gt;&#39;&amp;");
  EXPECT_EQ(markdown("[x](http://evil) <@all>"), "[x]\u200b(http://evil) <\u200b@\u200ball>");
  EXPECT_EQ(one_line("größe 进程"), "größe 进程");
  EXPECT_EQ(one_line("\x9b\x80\x80\x80\x80\x80"), "\\x9b\\x80\\x80\\x80\\x80\\x80") << "no character, but controls";
  EXPECT_EQ(one_line("\xe8\xbf"), "\xe8\xbf") << "half a character";
}

TEST(Text, ClipsWholeCharacters) {
  EXPECT_EQ(clipped("进程进程", 12), "进程进程");
  EXPECT_EQ(clipped("进程进程", 11), "进程…");
  EXPECT_EQ(clipped("abc", 1), "…");
}

TEST(Text, JsonSizeIsExact) { EXPECT_EQ(json_size("a\"\\\n\x1b进"), 1U + 2 + 2 + 2 + 6 + 3); }

std::string rolled_up(const Notification& notification, std::size_t bytes) {
  return roll_up(notification, default_alert_text(), one_line, {bytes});
}

TEST(RollUp, AllOfItWhereItFits) {
  EXPECT_EQ(rolled_up(test::sample(), 4096),
            "FIRING HeapLeak: redis (pid 12) leaks memory: 4.5 MB a second\n"
            "FIRING HeapLeak: redis (pid 13) leaks memory: 4.5 MB a second\n"
            "RESOLVED HeapLeak: redis (pid 7) leaks memory: 4.5 MB a second");
}

TEST(RollUp, CountsTheOthersByName) {
  const std::string text = rolled_up(test::many(1000), 4096);
  EXPECT_LE(text.size(), 4096U);
  EXPECT_GT(text.size(), 3900U) << "what fits is listed";
  const std::size_t lines = static_cast<std::size_t>(std::ranges::count(text, '\n'));
  const std::string last = text.substr(text.rfind('\n') + 1);
  EXPECT_TRUE(last.starts_with("… and " + std::to_string(1000 - lines) + " more: HeapLeak ")) << last;
  EXPECT_NE(last.find(", CpuBurn "), std::string::npos) << last;
}

TEST(RollUp, NeverLongerThanTheRoom) {
  for (std::size_t room = 1000; room < 3000; room += 7) {
    EXPECT_LE(rolled_up(test::many(100), room).size(), room);
    const std::string json = roll_up(test::hostile(), default_alert_text(), markdown, {room, json_size, "\n- "});
    EXPECT_LE(json_size(json), room);
  }
}

TEST(RollUp, ATextThatIsTooLongByItselfIsReplaced) {
  Notification one = test::notification_of({test::alert("HeapLeak", 12)});
  one.alerts[0].annotations.set("summary", std::string(30'000, 'x'));
  EXPECT_EQ(rolled_up(one, 4096), "FIRING HeapLeak severity=warning comm=redis pid=12");
  one.alerts[0].labels.set("comm", std::string(30'000, 'y'));
  EXPECT_EQ(rolled_up(one, 4096), "1 alert: HeapLeak 1");
}

TEST(RollUp, SaysHowManyOfTheOthersAreResolved) {
  Notification told = test::many(50);
  for (std::size_t i = 0; i < 20; ++i) told.alerts[i].state = AlertNotice::State::kResolved;
  const std::string text = rolled_up(told, 1000);
  EXPECT_NE(text.find("(20 of them resolved)"), std::string::npos) << text;
}

}  // namespace
}  // namespace pmon::notify
