// SPDX-License-Identifier: Apache-2.0
#include "export/host_name.h"

#include <unistd.h>

#include <cstdlib>
#include <string>

#include <gtest/gtest.h>

namespace pmon {
namespace {

TEST(HostName, TheEnvironmentGoesBeforeTheSystem) {
  const char* const old = std::getenv("HOSTNAME");
  const std::string kept = old == nullptr ? "" : old;
  std::string system(256, '\0');
  ASSERT_EQ(gethostname(system.data(), system.size()), 0);
  system.resize(system.find('\0'));

  setenv("HOSTNAME", "db1.example", 1);
  EXPECT_EQ(host_name(), "db1.example");
  setenv("HOSTNAME", "bad\xff", 1);
  EXPECT_EQ(host_name(), "bad\xef\xbf\xbd");
  setenv("HOSTNAME", "", 1);
  EXPECT_EQ(host_name(), system) << "empty is as good as absent";
  unsetenv("HOSTNAME");
  EXPECT_EQ(host_name(), system);
  if (old != nullptr) setenv("HOSTNAME", kept.c_str(), 1);
}

}  // namespace
}  // namespace pmon
