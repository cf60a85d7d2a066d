// SPDX-License-Identifier: Apache-2.0
#include "daemon/settings.h"

#include <cstdlib>
#include <fstream>
#include <iterator>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "../../support/temp_folder.h"

namespace pmon::daemon {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

const test::TempFolder& folder() {
  static const test::TempFolder folder;
  return folder;
}

Result<Settings> load(const std::string& yaml) { return load_settings({.path = folder().write("pmon.yaml", yaml)}); }

std::string complaint(const std::string& yaml) {
  const auto settings = load(yaml);
  return settings ? "" : settings.error().text();
}

// An environment variable for one test.
class Variable {
 public:
  Variable(const char* name, const char* value) : name_(name) { setenv(name, value, 1); }
  ~Variable() { unsetenv(name_); }
  Variable(const Variable&) = delete;
  Variable& operator=(const Variable&) = delete;

 private:
  const char* name_;
};

TEST(Settings, NoFileIsNeeded) {
  const auto settings = load_settings({});
  ASSERT_TRUE(settings);
  EXPECT_EQ(settings->interval_ms, 1000);
  EXPECT_THAT(settings->listen, ElementsAre("127.0.0.1:9777"));
  EXPECT_TRUE(settings->default_rules);
}

TEST(Settings, EveryKeyIsRead) {
  const auto settings = load(R"(
state: /tmp/s
lock: /tmp/l
output: json
collect:
  interval: 5s
  collector: procfs
  names: [nginx, "redis.*"]
  units: [sshd]
  cgroups: [/system.slice]
  max_series: 50
  ledger_slots: 4096
  ring_bytes: 64KiB
rules:
  defaults: false
  files: [/nonexistent/one.yml]
http:
  listen: [":9777", "[::1]:1"]
  metrics: false
  enable_reload: true
  web_config_file: web.yml
limits:
  cpu: 0.5
  memory: 256MB
export:
alerting:
)");
  ASSERT_TRUE(settings) << settings.error().text();
  EXPECT_EQ(settings->state, "/tmp/s");
  EXPECT_EQ(settings->lock, "/tmp/l");
  EXPECT_TRUE(settings->json);
  EXPECT_EQ(settings->interval_ms, 5000);
  EXPECT_EQ(settings->collector, monitor::CollectorChoice::kProcfs);
  EXPECT_THAT(settings->names, ElementsAre("nginx", "redis.*"));
  EXPECT_THAT(settings->units, ElementsAre("sshd"));
  EXPECT_THAT(settings->cgroups, ElementsAre("/system.slice"));
  EXPECT_EQ(settings->max_series, 50U);
  EXPECT_EQ(settings->ledger_slots, 4096U);
  EXPECT_EQ(settings->ring_bytes, 65536U);
  EXPECT_FALSE(settings->default_rules);
  EXPECT_THAT(settings->rule_files, ElementsAre("/nonexistent/one.yml"));
  EXPECT_THAT(settings->listen, ElementsAre(":9777", "[::1]:1"));
  EXPECT_FALSE(settings->http_metrics);
  EXPECT_TRUE(settings->http_reload);
  EXPECT_EQ(settings->web_config_file, "web.yml");
  EXPECT_DOUBLE_EQ(settings->cpu_cores, 0.5);
  EXPECT_EQ(settings->memory_bytes, 256'000'000U);
}

TEST(Settings, TheEnvironmentGoesBeforeTheFile) {
  const Variable interval("PMON_COLLECT_INTERVAL", "10s");
  const Variable names("PMON_COLLECT_NAMES", "a,b");
  const Variable listen("PMON_HTTP_LISTEN", "off");
  const Variable metrics("PMON_DISABLE_METRICS", "1");
  const auto settings = load("collect: {interval: 2s, names: [c]}");
  ASSERT_TRUE(settings);
  EXPECT_EQ(settings->interval_ms, 10'000);
  EXPECT_THAT(settings->names, ElementsAre("a", "b"));
  EXPECT_TRUE(settings->listen.empty());
  EXPECT_FALSE(settings->http_metrics);
}

TEST(Settings, MistakesAreToldAtTheirPlaceWithWhatWasMeant) {
  EXPECT_THAT(complaint("colect: {}"),
              HasSubstr("pmon.yaml:1:1: unknown key 'colect' in the file (did you mean 'collect'?)"));
  EXPECT_THAT(complaint("collect:\n  intervall: 1s"),
              HasSubstr("pmon.yaml:2:3: unknown key 'intervall' in 'collect' (did you mean 'interval'?)"));
  EXPECT_THAT(complaint("collect: {interval: 10ms}"), HasSubstr("'interval': 100ms to 1h"));
  EXPECT_THAT(complaint("collect: {interval: 10}"), HasSubstr("not a duration: '10'"));
  EXPECT_THAT(complaint("collect: {ring_bytes: 5000}"), HasSubstr("a power of two"));
  EXPECT_THAT(complaint("limits: {cpu: 80%}"), HasSubstr("not a number of cores: '80%'"));
  EXPECT_THAT(complaint("limits: {memory: 1kB}"), HasSubstr("at least 16MB"));
  EXPECT_THAT(complaint("http: {metrics: maybe}"), HasSubstr("'metrics' must be true or false"));
  EXPECT_THAT(complaint("collect: [1]"), HasSubstr("'collect' must be a mapping"));
  EXPECT_THAT(complaint("collect: {interval: x}\nhttp: {metrics: 3}"),
              testing::AllOf(HasSubstr(":1:"), HasSubstr(":2:")))
      << "all at once";
}

TEST(Settings, AMistakeInTheEnvironmentNamesTheVariable) {
  const Variable interval("PMON_COLLECT_INTERVAL", "soon");
  const auto settings = load_settings({});
  ASSERT_FALSE(settings);
  EXPECT_THAT(settings.error().text(),
              HasSubstr("environment variable PMON_COLLECT_INTERVAL:1:1: 'interval': not a duration"));
}

TEST(Settings, WordsGoBeforeEverything) {
  const Variable interval("PMON_COLLECT_INTERVAL", "10s");
  const auto settings = load_settings({.words = {{"--interval", "collect.interval", "3s"}}, .rule_files = {"a.yml"}});
  ASSERT_TRUE(settings);
  EXPECT_EQ(settings->interval_ms, 3000);
  EXPECT_THAT(settings->rule_files, ElementsAre("a.yml"));
  const auto wrong =
      load_settings({.words = {{"--set", "collect.intervall", "3s"}, {"--interval", "collect.interval", "3"}}});
  ASSERT_FALSE(wrong);
  EXPECT_THAT(wrong.error().text(), HasSubstr("--set: no key 'collect.intervall' (did you mean 'collect.interval'?)"));
  EXPECT_THAT(wrong.error().text(), HasSubstr("--interval:1:1: 'interval': not a duration: '3'"));
}

TEST(Settings, AProgramHasItsOwnDefaultsAndTheLastWordAndNoEnvironment) {
  const Variable interval("PMON_COLLECT_INTERVAL", "1h");
  const Variable metrics("PMON_DISABLE_METRICS", "1");
  Origin origin{.defaults = {.interval_ms = 10'000, .listen = {}}, .environment = false};
  auto settings = load_settings(origin);
  ASSERT_TRUE(settings);
  EXPECT_EQ(settings->interval_ms, 10'000);
  EXPECT_TRUE(settings->listen.empty());
  EXPECT_TRUE(settings->http_metrics);
  origin.words = {{"--interval", "collect.interval", "3s"}};
  origin.adjust = [](Settings& read) { read.interval_ms *= 2; };
  settings = load_settings(origin);
  ASSERT_TRUE(settings);
  EXPECT_EQ(settings->interval_ms, 6000);
}

TEST(Settings, RuleFilesAreFoundBesideTheFile) {
  folder().write("settings_a.rules.yml", "groups: []\n");
  folder().write("settings_b.rules.yml", "groups: []\n");
  const auto settings = load("rules: {files: ['settings_*.rules.yml', 'none*.yml']}");
  ASSERT_TRUE(settings);
  EXPECT_THAT(settings->rule_files, ElementsAre(HasSubstr("settings_a.rules.yml"), HasSubstr("settings_b.rules.yml")));
  EXPECT_THAT(settings->warnings, ElementsAre(HasSubstr("no file matches")));
}

TEST(Settings, ARuleFileIsToldFromAConfiguration) {
  EXPECT_TRUE(is_settings("collect:\n  interval: 1s\n"));
  EXPECT_TRUE(is_settings("# x\nexport:\n"));
  EXPECT_FALSE(is_settings("groups:\n- name: a\n  rules:\n  - alert: B\n"));
}

TEST(Settings, TheDocumentationHasEveryKey) {
  std::ifstream file(PMON_SOURCE_DIR "/docs/configuration.md");
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  EXPECT_THAT(text, HasSubstr(keys_markdown()));
}

}  // namespace
}  // namespace pmon::daemon
