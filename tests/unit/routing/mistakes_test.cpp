// SPDX-License-Identifier: Apache-2.0
#include "mistakes.h"

#include <sstream>

#include <gtest/gtest.h>

#include "../../golden/golden.h"
#include "amtool.h"
#include "routing/config.h"

namespace pmon::routing {
namespace {

TEST(Mistakes, EachIsToldWithItsPlaceAndItsRemedy) {
  std::string text;
  for (const testing::Mistake& mistake : testing::mistakes()) {
    const auto config = load(mistake.yaml, "am.yml");
    EXPECT_FALSE(config) << mistake.name;
    EXPECT_TRUE(config || config.error().kind == ErrorKind::kUsage) << mistake.name;
    text += "# " + mistake.name + "\n" + (config ? "no error" : config.error().text()) + "\n\n";
  }
  test::expect_golden("alerting-mistakes.txt", text);
}

TEST(Mistakes, AreMistakesForAlertmanagerToo) {
  if (!testing::have_amtool()) GTEST_SKIP() << "no amtool (Debian's prometheus-alertmanager) in PATH";
  for (const testing::Mistake& mistake : testing::mistakes()) {
    EXPECT_EQ(!testing::amtool_complaint(mistake.yaml), mistake.upstream_takes_it) << mistake.name;
  }
}

TEST(Mistakes, AllOfAFileAreToldAtOnce) {
  const auto config =
      load("route: {receiver: team, group_by: [a-b], group_wiat: 5s}\nreceivers: [{nam: team}]\n", "am.yml");
  ASSERT_FALSE(config);
  std::string places;
  std::istringstream lines(config.error().message);
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("am.yml:")) places += line.substr(0, line.find(' ')) + " ";
  }
  EXPECT_EQ(places, "am.yml:1:19: am.yml:1:36: am.yml:1:42: am.yml:2:14: ") << config.error().message;
}

TEST(Mistakes, AFileThatCannotBeReadIsNamed) {
  const auto config = load_file("/nowhere/am.yml");
  ASSERT_FALSE(config);
  EXPECT_EQ(config.error().message, "read alerting configuration /nowhere/am.yml: No such file or directory");
}

}  // namespace
}  // namespace pmon::routing
