// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <memory>

#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "e2e/pmon.h"
#include "support/temp_folder.h"

namespace pmon::test {

// A `pmon run` of its own beside others: with a state folder, a lock and a port of its own, JSON on stdout.
class Daemon {
 public:
  // `yaml`: its pmon.yaml; `words` come behind the usual ones. Waits until it serves HTTP; throws where it does not.
  explicit Daemon(const std::string& yaml = {}, const Words& words = {}, const ChildOptions& options = {});

  Child& child() { return *child_; }
  [[nodiscard]] int port() const { return port_; }
  [[nodiscard]] const TempFolder& folder() const { return folder_; }

  struct Answer {
    int status = 0;
    std::string body;
    std::string type;
  };
  [[nodiscard]] Answer get(const std::string& path, const std::string& accept = {}) const;
  [[nodiscard]] Answer post(const std::string& path, const std::string& form = {}) const;
  // The answer's JSON; throws where it is none.
  [[nodiscard]] nlohmann::json json(const std::string& path) const;
  // One sample of /metrics by its name and labels as they stand there; absent where there is none.
  [[nodiscard]] std::optional<double> metric(const std::string& series) const;

  // Writes pmon.yaml anew and sends SIGHUP.
  void reload(const std::string& yaml);
  // SIGTERM, until it has ended; its exit status.
  std::optional<int> stop();
  // As a crash would.
  void kill();
  // Once more with the same folder, after stop() or kill().
  void start();

 private:
  TempFolder folder_;
  Words words_;
  ChildOptions options_;
  std::unique_ptr<Child> child_;
  int port_ = 0;
};

}  // namespace pmon::test
