// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "../../support/temp_folder.h"
#include "export/sink.h"
#include "pmon/snapshot.h"

namespace pmon::test {

// Listens at an output's sink; plays a terminal of `width` columns where one is given.
class StringSink : public Sink {
 public:
  explicit StringSink(std::optional<std::size_t> width = std::nullopt) : width_(width) {}
  Result<Output::Reader> write(std::string_view text) override {
    written += text;
    ++writes;
    return Output::Reader::kListening;
  }
  std::optional<std::size_t> columns() const override { return width_; }

  std::string written;
  int writes = 0;

 private:
  std::optional<std::size_t> width_;
};

inline ProcessSample process(std::int32_t pid, std::string comm,
                             const std::vector<std::pair<Metric, double>>& values = {}) {
  ProcessSample sample;
  sample.key = {pid, static_cast<std::uint64_t>(pid) * 100};
  sample.comm = std::move(comm);
  for (const auto& [metric, value] : values) sample.metrics.set(metric, value);
  return sample;
}

inline std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

// What `promtool check metrics` says of the text: nothing when there is nothing to say. Sets up a skip
// where promtool is not installed.
inline std::string promtool_complaints(const std::string& text) {
  const TempFolder folder;
  folder.write("in.prom", text);
  const std::string command = "promtool check metrics < " + folder.path() + "/in.prom > " + folder.path() +
                              "/out 2>&1; echo \"exit $?\" >> " + folder.path() + "/out";
  if (std::system(command.c_str()) != 0) return "cannot run a shell";
  return read_file(folder.path() + "/out");
}
inline bool have_promtool() { return std::system("command -v promtool > /dev/null 2>&1") == 0; }

}  // namespace pmon::test
