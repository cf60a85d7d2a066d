// SPDX-License-Identifier: Apache-2.0
// A command run inside of the test, and files for it.
#pragma once

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <span>
#include <sstream>
#include <string>

#include <gtest/gtest.h>

#include "cli/command.h"

namespace pmon::cli {

struct Outcome {
  int status;
  std::string out;
  std::string err;
};

inline Outcome run(std::span<const Command> commands, const Words& words) {
  testing::internal::CaptureStdout();
  testing::internal::CaptureStderr();
  Outcome result;
  result.status = main(commands, words);
  result.out = testing::internal::GetCapturedStdout();
  result.err = testing::internal::GetCapturedStderr();
  return result;
}

inline std::string file_text(const std::string& path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

class TemporaryFile {
 public:
  explicit TemporaryFile(const std::string& text) {
    const int fd = mkstemps(path.data(), 4);
    EXPECT_GE(fd, 0);
    close(fd);
    std::ofstream(path) << text;
  }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  ~TemporaryFile() { std::filesystem::remove(path); }
  std::string path = "/tmp/pmon-rules-XXXXXX.yml";
};

inline std::string one_rule(const std::string& expr) {
  return "groups:\n- name: g\n  rules:\n  - alert: A\n    expr: " + expr + "\n";
}

}  // namespace pmon::cli
