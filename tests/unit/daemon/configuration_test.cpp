// SPDX-License-Identifier: Apache-2.0
#include "daemon/configuration.h"

#include <utility>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "../../support/temp_folder.h"

namespace pmon::daemon {
namespace {

using testing::HasSubstr;
using testing::Not;

class ConfigurationTest : public testing::Test {
 protected:
  std::string file(const std::string& name, const std::string& text) const { return folder_.write(name, text); }

  Configuration load(const std::string& before = "") {
    const std::string yaml =
        before + "export: {http: [{url: 'http://h', headers: {Authorization: 'file:" + token_ +
        "'}}]}\nalerting: {route: {receiver: a}, receivers: [{name: a, slack_configs: [{api_url: 'file:" + address_ +
        "', channel: '#x'}]}]}\n";
    auto read = load_configuration({.path = file("pmon.yaml", yaml)});
    EXPECT_TRUE(read) << read.error().text();
    return read ? std::move(*read) : Configuration();
  }

  static std::string exporter(const Configuration& read) { return read.exporters.at(0)->identity; }
  static std::string notifier(const Configuration& read) {
    return read.receivers.receivers.at(0).notifiers.at(0).identity;
  }

  const test::TempFolder folder_;
  std::string token_ = file("token", "hunter1\n");
  std::string address_ = file("address", "http://h/hunter2\n");
};

TEST_F(ConfigurationTest, AChangedSecretIsNoticedThoughTheTextIsTheSame) {
  const Configuration before = load();
  EXPECT_EQ(exporter(load("# a line more\n")), exporter(before));
  EXPECT_EQ(notifier(load("# a line more\n")), notifier(before));
  file("token", "hunter3\n");
  const Configuration token = load();
  EXPECT_NE(exporter(token), exporter(before));
  EXPECT_EQ(notifier(token), notifier(before)) << "it has no part in that secret";
  file("address", "http://h/hunter4\n");
  const Configuration address = load();
  EXPECT_EQ(exporter(address), exporter(token));
  EXPECT_NE(notifier(address), notifier(token));
}

TEST_F(ConfigurationTest, IsShownWithoutWhatWasWrittenAsASecret) {
  const std::string yaml =
      "collect: {interval: 5s}\nexport: {http: [{url: 'http://h', headers: {Authorization: hunter1}}]}\n";
  const auto read = load_configuration(
      {.path = file("shown.yaml", yaml), .words = {{"--set", "limits.memory", "64MB"}}, .environment = false});
  ASSERT_TRUE(read) << read.error().text();
  EXPECT_THAT(read->shown, HasSubstr("interval: 5s"));
  EXPECT_THAT(read->shown, HasSubstr("Authorization: <secret>"));
  EXPECT_THAT(read->shown, HasSubstr("#   --set limits.memory=64MB\n"));
  EXPECT_THAT(read->shown, Not(HasSubstr("hunter")));
}

}  // namespace
}  // namespace pmon::daemon
