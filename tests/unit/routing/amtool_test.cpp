// SPDX-License-Identifier: Apache-2.0
// Alertmanager's own tool as the judge of where alerts go.
#include "amtool.h"

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <random>
#include <sstream>

#include <gtest/gtest.h>

#include "routing/config.h"
#include "support.h"

namespace pmon::routing {
namespace {

std::vector<std::string> words_of(const std::string& text) {
  std::istringstream stream(text);
  std::vector<std::string> words;
  for (std::string word; stream >> word;) words.push_back(word);
  return words;
}

std::string our_receivers(const Config& config, const std::vector<std::string>& words) {
  Labels labels;
  for (const std::string& word : words) labels.set(word.substr(0, word.find('=')), word.substr(word.find('=') + 1));
  std::string out;
  for (const Route* route : routes_of(config.route, labels)) out += (out.empty() ? "" : ",") + route->receiver;
  return out;
}

TEST(Amtool, AgreesOnATeamsConfiguration) {
  if (!testing::have_amtool()) GTEST_SKIP() << "no amtool (Debian's prometheus-alertmanager) in PATH";
  std::ifstream file(PMON_SOURCE_DIR "/tests/routing/team.yml");
  std::stringstream text;
  text << file.rdbuf();
  ASSERT_EQ(testing::amtool_complaint(text.str()), std::nullopt);
  const Config config = testing::config_of(text.str());
  std::size_t checks = 0;
  constexpr std::string_view kMark = "# labels: ";
  for (std::string line; std::getline(text, line);) {
    if (!line.starts_with(kMark)) continue;
    const std::vector<std::string> labels = words_of(line.substr(kMark.size()));
    EXPECT_EQ(our_receivers(config, labels), testing::amtool_receivers(text.str(), labels)) << line;
    ++checks;
  }
  EXPECT_GE(checks, 9u);
}

// A random tree of routes over two labels with two values each.
class Trees {
 public:
  explicit Trees(std::uint64_t seed) : random_(seed) {}

  std::string file() {
    std::string yaml = "route:\n  receiver: r0\n" + children("  ", 0) + "receivers:\n";
    for (int i = 0; i < kReceivers; ++i) yaml += "- name: r" + std::to_string(i) + "\n";
    return yaml;
  }
  std::vector<std::string> labels() {
    std::vector<std::string> words;
    for (const char* name : {"a", "b"}) {
      if (!one_in(4)) words.push_back(std::string(name) + "=" + value());
    }
    if (words.empty()) words.emplace_back("c=x");
    return words;
  }

 private:
  static constexpr int kReceivers = 9;
  bool one_in(std::uint64_t n) { return random_() % n == 0; }
  std::string value() { return one_in(2) ? "x" : "yy"; }

  std::string children(const std::string& indent, int depth) {
    if (depth > 3) return "";
    std::string yaml;
    const std::uint64_t count = random_() % 4;
    for (std::uint64_t i = 0; i < count; ++i) yaml += indent + "- " + route(indent + "  ", depth);
    return yaml.empty() ? "" : indent + "routes:\n" + yaml;
  }

  // Its first line goes behind a dash.
  std::string route(const std::string& indent, int depth) {
    std::string yaml = "matchers: ['" + matcher() + (one_in(3) ? "', '" + matcher() : "") + "']\n";
    if (one_in(2)) yaml += indent + "receiver: r" + std::to_string(random_() % kReceivers) + "\n";
    if (one_in(3)) yaml += indent + "continue: true\n";
    if (one_in(4)) yaml += indent + "match: {a: " + value() + "}\n";
    return yaml + children(indent, depth + 1);
  }

  std::string matcher() {
    static const std::vector<std::string> operators = {"=", "!=", "=~", "!~"};
    static const std::vector<std::string> values = {"x",    "yy",     "\"y+\"", "\"x|yy\"",
                                                    "\"\"", "\".*\"", "\".+\"", "[xy]"};
    return (one_in(2) ? "a" : "b") + operators[random_() % operators.size()] + values[random_() % values.size()];
  }

  std::mt19937_64 random_;
};

TEST(Amtool, AgreesOnRandomTrees) {
  if (!testing::have_amtool()) GTEST_SKIP() << "no amtool (Debian's prometheus-alertmanager) in PATH";
  const char* given = std::getenv("PMON_TEST_SEED");
  const std::uint64_t seed = given != nullptr ? std::strtoull(given, nullptr, 10) : 20260711;
  std::printf("seed %llu (set PMON_TEST_SEED to repeat another)\n", static_cast<unsigned long long>(seed));
  Trees trees(seed);
  std::size_t beyond_root = 0;
  for (int i = 0; i < 40; ++i) {
    const std::string yaml = trees.file();
    const Config config = testing::config_of(yaml);
    for (int j = 0; j < 5; ++j) {
      const std::vector<std::string> labels = trees.labels();
      const std::string ours = our_receivers(config, labels);
      ASSERT_EQ(ours, testing::amtool_receivers(yaml, labels)) << yaml << labels.front() << " " << labels.back();
      beyond_root += ours == "r0" ? 0 : 1;
    }
  }
  EXPECT_GT(beyond_root, 40u);
}

}  // namespace
}  // namespace pmon::routing
