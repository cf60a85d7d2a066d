// SPDX-License-Identifier: Apache-2.0
#include "amtool.h"

#include <sys/wait.h>

#include <array>
#include <cstdio>
#include <cstdlib>

#include "../../support/temp_folder.h"

namespace pmon::routing::testing {
namespace {

struct Outcome {
  int status = 0;
  std::string output;
};

Outcome run(const std::string& command) {
  Outcome outcome;
  std::FILE* pipe = popen((command + " </dev/null").c_str(), "re");
  if (pipe == nullptr) return {-1, "popen failed"};
  std::array<char, 4096> buffer{};
  while (const std::size_t size = std::fread(buffer.data(), 1, buffer.size(), pipe)) {
    outcome.output.append(buffer.data(), size);
  }
  const int status = pclose(pipe);
  outcome.status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  return outcome;
}

// A file that is there as long as this object.
std::string quoted(const std::string& word) {
  std::string out = "'";
  for (const char c : word) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

}  // namespace

bool have_amtool() { return run("command -v amtool").status == 0; }

std::optional<std::string> amtool_complaint(const std::string& yaml) {
  const test::TempFolder folder;
  const std::string file = folder.write("alertmanager.yml", yaml);
  const Outcome outcome = run("amtool check-config " + file + " 2>&1");
  if (outcome.status == 0) return std::nullopt;
  return outcome.output;
}

std::string amtool_receivers(const std::string& yaml, const std::vector<std::string>& labels) {
  const test::TempFolder folder;
  const std::string file = folder.write("alertmanager.yml", yaml);
  std::string command = "amtool config routes test --config.file=" + file;
  // Its words are matchers, whose value must be in quotes where it has a comma.
  for (const std::string& label : labels) {
    const std::size_t equal = label.find('=');
    command += " " + quoted(label.substr(0, equal + 1) + '"' + label.substr(equal + 1) + '"');
  }
  std::string output = run(command + " 2>/dev/null").output;
  while (output.ends_with('\n')) output.pop_back();
  return output;
}

}  // namespace pmon::routing::testing
