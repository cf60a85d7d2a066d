// SPDX-License-Identifier: Apache-2.0
#include "config/yaml_reader.h"

#include <array>
#include <cstdlib>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <yaml-cpp/yaml.h>
#include "../../support/temp_folder.h"

namespace pmon::config {
namespace {

using ::testing::HasSubstr;

// The complaints about one value.
std::string complaint(const std::string& value, const std::function<void(YamlReader&, const YAML::Node&)>& read) {
  YamlReader reader("k: " + value, "f.yaml");
  reader.run([&](const YAML::Node& root) { read(reader, root["k"]); });
  return text_of(reader.errors());
}

TEST(YamlReader, SizesHaveUnits) {
  const auto bytes = [](const std::string& value) {
    YamlReader reader(value, "f.yaml");
    std::uint64_t read = 0;
    reader.run([&](const YAML::Node& node) { read = reader.bytes(node, "k"); });
    return read;
  };
  EXPECT_EQ(bytes("4096"), 4096U);
  EXPECT_EQ(bytes("64MB"), 64'000'000U);
  EXPECT_EQ(bytes("1.5 GiB"), 1'610'612'736U);
  const auto read = [](YamlReader& reader, const YAML::Node& node) { (void)reader.bytes(node, "k"); };
  EXPECT_EQ(complaint("64mb", read),
            "f.yaml:1:4: 'k': not a size: '64mb' (write 512kB, 64MB, 1GiB)\n  k: 64mb\n     ^");
  EXPECT_THAT(complaint("-1MB", read), HasSubstr("not a size"));
}

TEST(YamlReader, WholeNumbersHaveARange) {
  const auto read = [](YamlReader& reader, const YAML::Node& node) { (void)reader.integer(node, "k", 1, 10); };
  EXPECT_EQ(complaint("10", read), "");
  EXPECT_THAT(complaint("11", read), HasSubstr("'k': 11 is not within 1 to 10"));
  EXPECT_THAT(complaint("3s", read), HasSubstr("not a whole number: '3s'"));
}

TEST(YamlReader, WordsAreKnownOrSuggested) {
  constexpr std::array<std::string_view, 2> kWords = {"ebpf", "procfs"};
  const auto read = [&](YamlReader& reader, const YAML::Node& node) { (void)reader.one_of(node, "k", kWords); };
  EXPECT_EQ(complaint("procfs", read), "");
  EXPECT_THAT(complaint("procsf", read), HasSubstr("did you mean 'procfs'"));
  EXPECT_THAT(complaint("x", read), HasSubstr("one of: ebpf, procfs"));
}

TEST(Secret, ComesFromTheTextTheEnvironmentOrAFile) {
  ASSERT_EQ(setenv("PMON_TEST_TOKEN", "t0p", 1), 0);
  EXPECT_EQ(resolve_secret("plain")->reveal(), "plain");
  EXPECT_EQ(resolve_secret("a${PMON_TEST_TOKEN}b")->reveal(), "at0pb");
  EXPECT_THAT(resolve_secret("${PMON_NOT_THERE}").error().message, HasSubstr("no variable 'PMON_NOT_THERE'"));
  const test::TempFolder folder;
  const std::string path = folder.write("secret", "from file\n");
  EXPECT_EQ(resolve_secret("file:" + path)->reveal(), "from file");
  EXPECT_THAT(resolve_secret("file:/no/such").error().message, HasSubstr("/no/such"));
}

}  // namespace
}  // namespace pmon::config
