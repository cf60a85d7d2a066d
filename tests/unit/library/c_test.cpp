// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <mutex>

#include "../../support/temp_folder.h"
#include "pmon/pmon.h"
#include "pmon/version.h"
#include "support.h"

namespace pmon::test {
namespace {

using testing::HasSubstr;

struct Taken {
  std::mutex mutex;
  std::string json;
  std::string summary;
  std::size_t size = 0;
  std::atomic<int> alerts = 0;
  std::atomic<int> notices = 0;
};

void take_alert(const pmon_alert* alert, void* user) {
  auto& taken = *static_cast<Taken*>(user);
  const std::scoped_lock lock(taken.mutex);
  taken.json = alert->json;
  taken.summary = alert->summary;
  taken.size = alert->size;
  taken.alerts += alert->firing;
}

void take_notice(const pmon_notice* /*notice*/, void* user) { ++static_cast<Taken*>(user)->notices; }

std::string taken(char* text) {
  std::string copy = text == nullptr ? "" : text;
  pmon_text_free(text);
  return copy;
}

TEST(CInterface, WatchesTheProgram) {
  const TempFolder folder;
  Taken told;
  pmon_options* options = pmon_options_new();
  pmon_options_interval_ms(options, 100);
  pmon_options_default_rules(options, 0);
  pmon_options_add_rule_file(options, folder.write("rules.yml", kAlwaysRule).c_str());
  pmon_options_listen(options, "127.0.0.1:0");
  pmon_options_on_alert(options, take_alert, &told);
  pmon_options_on_notice(options, take_notice, &told);
  char* error = nullptr;
  pmon_monitor* monitor = pmon_start(options, &error);
  pmon_options_free(options);
  ASSERT_NE(monitor, nullptr) << taken(error);
  EXPECT_EQ(error, nullptr);
  EXPECT_EQ(pmon_running(monitor), 1);
  EXPECT_GT(pmon_http_port(monitor), 0);
  ASSERT_TRUE(wait_until([&] { return told.alerts == 1; }));
  EXPECT_GT(told.notices, 0);
  EXPECT_EQ(nlohmann::json::parse(taken(pmon_health_json(monitor))).at("alive"), true);
  const auto alerts = nlohmann::json::parse(taken(pmon_alerts_json(monitor, &error)));
  ASSERT_EQ(alerts.size(), 1U);
  EXPECT_EQ(alerts[0].at("alert"), "Always");
  pmon_stop(monitor);
  pmon_stop(monitor);
  EXPECT_EQ(pmon_running(monitor), 0);
  EXPECT_EQ(pmon_alerts_json(monitor, &error), nullptr);
  EXPECT_EQ(taken(error), "the monitor does not run");
  pmon_free(monitor);
  EXPECT_EQ(nlohmann::json::parse(told.json).at("labels").at("pid"), std::to_string(getpid()));
  EXPECT_EQ(told.summary, "");
  EXPECT_EQ(told.size, sizeof(pmon_alert));
}

TEST(CInterface, TellsWhatIsWrong) {
  pmon_options* options = pmon_options_new();
  pmon_options_interval_ms(options, 1);
  char* error = nullptr;
  EXPECT_EQ(pmon_start(options, &error), nullptr);
  EXPECT_THAT(taken(error), HasSubstr("interval"));
  EXPECT_EQ(pmon_start(options, nullptr), nullptr);
  pmon_options_free(options);
}

TEST(CInterface, ACollectorThatThereIsNotIsRefused) {
  for (const int wrong : {-1, 3, 256, 1000}) {
    pmon_options* options = pmon_options_new();
    pmon_options_collector(options, static_cast<pmon_collector>(wrong));
    char* error = nullptr;
    EXPECT_EQ(pmon_start(options, &error), nullptr) << wrong;
    EXPECT_THAT(taken(error), HasSubstr("collector"));
    pmon_options_free(options);
  }
}

TEST(CInterface, ListsGrowAndChoicesAreHeeded) {
  pmon_options* options = pmon_options_new();
  pmon_options_self(options, 0);
  pmon_options_children(options, 1);
  pmon_options_collector(options, PMON_COLLECTOR_PROCFS);
  pmon_options_add_pid(options, getpid());
  pmon_options_add_name(options, "(");
  char* error = nullptr;
  EXPECT_EQ(pmon_start(options, &error), nullptr);
  EXPECT_THAT(taken(error), HasSubstr("missing )"));
  pmon_options_config_file(options, "/nonexistent");
  EXPECT_EQ(pmon_start(options, &error), nullptr);
  EXPECT_THAT(taken(error), HasSubstr("/nonexistent"));
  pmon_options_free(options);
}

TEST(CInterface, NothingIsAllowedEverywhere) {
  EXPECT_EQ(pmon_version(), kVersion);
  pmon_options_interval_ms(nullptr, 1);
  pmon_options_add_name(nullptr, "x");
  pmon_options* options = pmon_options_new();
  pmon_options_add_name(options, nullptr);
  pmon_options_state(options, nullptr);
  pmon_options_on_alert(options, nullptr, nullptr);
  pmon_options_free(options);
  pmon_options_free(nullptr);
  pmon_stop(nullptr);
  pmon_free(nullptr);
  pmon_text_free(nullptr);
  EXPECT_EQ(pmon_running(nullptr), 0);
  EXPECT_EQ(pmon_health_json(nullptr), nullptr);
  EXPECT_EQ(pmon_alerts_json(nullptr, nullptr), nullptr);
  EXPECT_EQ(pmon_http_port(nullptr), 0);
  pmon_monitor* monitor = pmon_start(nullptr, nullptr);
  EXPECT_NE(monitor, nullptr);
  pmon_free(monitor);
}

}  // namespace
}  // namespace pmon::test
