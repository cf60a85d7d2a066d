// SPDX-License-Identifier: Apache-2.0
// A command run inside of the test, and files for it.
#pragma once

#include <fstream>
#include <span>
#include <sstream>
#include <string>

#include <gtest/gtest.h>

#include "../../support/temp_folder.h"
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

// A file of this text, gone with the test.
class TemporaryFile {
 public:
  explicit TemporaryFile(const std::string& text) : path_(folder_.write("rules.yml", text)) {}
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  test::TempFolder folder_;
  std::string path_;
};

inline std::string one_rule(const std::string& expr) {
  return "groups:\n- name: g\n  rules:\n  - alert: A\n    expr: " + expr + "\n";
}

}  // namespace pmon::cli
