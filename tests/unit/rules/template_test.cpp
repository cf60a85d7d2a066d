// SPDX-License-Identifier: Apache-2.0
// What templates give is compared with Prometheus by tests/rules/templates.yml; here is what they refuse.
#include "rules/template.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pmon::rules {
namespace {

using ::testing::HasSubstr;

struct Broken {
  const char* text;
  std::size_t offset;
  const char* message;
};

class BrokenTemplates : public ::testing::TestWithParam<Broken> {};

TEST_P(BrokenTemplates, AreRefusedWithTheirPlace) {
  const auto parsed = Template::parse(GetParam().text);
  ASSERT_FALSE(parsed) << GetParam().text;
  EXPECT_EQ(parsed.error().offset, GetParam().offset) << GetParam().text << ": " << parsed.error().message;
  EXPECT_THAT(parsed.error().message, HasSubstr(GetParam().message));
}

INSTANTIATE_TEST_SUITE_P(
    Template, BrokenTemplates,
    ::testing::Values(Broken{"a {{ $value", 2, "unclosed action"},
                      Broken{"a {{ \"x }}", 5, "unterminated quoted string"}, Broken{"{{ `x }}", 3, "unterminated raw"},
                      Broken{"{{ \"\\q\" }}", 4, "unknown escape"}, Broken{"{{/* x }}", 0, "unclosed comment"},
                      Broken{"{{ ? }}", 3, "unexpected '?'"}, Broken{"{{ }}", 3, "missing value"},
                      Broken{"{{ $value | }}", 12, "missing value"}, Broken{"{{ $nope }}", 3, "undefined variable"},
                      Broken{"{{ nope 1 }}", 3, "function \"nope\" not defined"},
                      Broken{"{{ query \"up\" }}", 3, "Prometheus has it, pmon does not"},
                      Broken{"{{ humanize }}", 3, "want 1, got 0"}, Broken{"{{ 1 | humanize 2 }}", 7, "want 1, got 2"},
                      Broken{"{{ 5 6 }}", 3, "not a function"}, Broken{"{{ $value | 5 }}", 12, "not a function"},
                      Broken{"{{ if true }}x", 0, "{{if}} without its {{end}}"},
                      Broken{"{{ if true }}x{{ else }}y", 0, "{{if}} without its {{end}}"},
                      Broken{"{{ if true }}x{{ else }}y{{ else }}z{{ end }}", 25, "{{if}} without its {{end}}"},
                      Broken{"x{{ end }}", 1, "unexpected {{end}}"}, Broken{"{{ break }}", 3, "outside {{range}}"},
                      Broken{"{{ define \"x\" }}{{ end }}", 3, "not supported"}, Broken{"{{ (1 }}", 6, "unexpected"},
                      Broken{"{{ 1.2.3 }}", 3, "bad number"},
                      Broken{"{{ with $x := 1 }}{{ end }}{{ $x }}", 30, "undefined variable"},
                      Broken{"{{ $x = 1 }}", 3, "undefined variable"}));

TEST(Template, RefusesNestingThatWouldExhaustTheStack) {
  std::string deep = "{{ ";
  deep.append(100000, '(');
  EXPECT_FALSE(Template::parse(deep));
  std::string blocks;
  for (int i = 0; i < 10000; ++i) blocks += "{{ if true }}";
  EXPECT_FALSE(Template::parse(blocks));
}

std::string expand(const char* text) {
  const Labels labels{{"a", "1"}};
  const Labels none;
  const auto parsed = Template::parse(text);
  return parsed ? parsed->expand_or_error({&labels, &none, "", 2.5}) : parsed.error().message;
}

TEST(Template, TurnsFailuresIntoText) {
  EXPECT_THAT(expand("x {{ humanize $labels.a.b }}"), HasSubstr("<error expanding template: can't evaluate field b"));
  EXPECT_THAT(expand("{{ nil }}"), HasSubstr("<error expanding template: nil is not a command>"));
  EXPECT_THAT(expand("{{ index `abc` 3 }}"), HasSubstr("error calling index: reflect: string index out of range"));
  EXPECT_EQ(expand("{{ html nil }}"), "&lt;no value&gt;");
  EXPECT_THAT(expand("{{ index `abc` -1 }}"), HasSubstr("error calling index: index out of range: -1"));
  EXPECT_THAT(expand("{{ slice `abc` 4 }}"), HasSubstr("error calling slice: index out of range: 4"));
  EXPECT_THAT(expand("{{ slice `abc` 2 1 }}"), HasSubstr("error calling slice: invalid slice index: 2 > 1"));
  EXPECT_THAT(expand("{{ toTime `NaN` }}"), HasSubstr("error calling toTime: value is NaN or Inf"));
  EXPECT_THAT(expand("{{ humanize \"x\" }}"), HasSubstr("error calling humanize: strconv.ParseFloat: parsing \"x\""));
  EXPECT_THAT(expand("{{ gt $value 2 }}"), HasSubstr("incompatible types for comparison"));
  EXPECT_THAT(expand("{{ match \"(\" \"x\" }}"), HasSubstr("error parsing regexp"));
  EXPECT_THAT(expand("{{ range $value }}{{ end }}"), HasSubstr("range can't iterate over 2.5"));
  EXPECT_THAT(expand("{{ toUpper $value }}"), HasSubstr("expected string; got float64"));
  EXPECT_THAT(expand("{{ parseDuration \"soon\" }}"), HasSubstr("not a valid duration"));
}

TEST(Template, KnowsWhatIsStatic) {
  EXPECT_TRUE(Template::parse("plain }} text")->is_static());
  EXPECT_TRUE(Template::parse("")->is_static());
  EXPECT_FALSE(Template::parse("{{ $value }}")->is_static());
}

}  // namespace
}  // namespace pmon::rules
