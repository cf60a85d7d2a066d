// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "support/child.h"
#include "support/temp_folder.h"

namespace pmon::test {

// A port of 127.0.0.1 that nobody listened at just now.
[[nodiscard]] int free_port();

// A real server from Debian's packages on a loopback port, for one test; ended with this object.
class Server {
 public:
  // Waits until GET `ready_path` answers 2xx; throws, with what the program said, where it does not.
  Server(const std::vector<std::string>& argv, int port, const std::string& ready_path,
         const ChildOptions& options = {});
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  [[nodiscard]] int port() const { return port_; }
  [[nodiscard]] std::string url(const std::string& path = {}) const;
  // The body; throws where the server does not answer, or not 2xx.
  [[nodiscard]] std::string get(const std::string& path) const;
  [[nodiscard]] nlohmann::json json(const std::string& path) const { return nlohmann::json::parse(get(path)); }
  void post(const std::string& path, const std::string& form) const;
  // Of the Prometheus API: the value of the only result of an instant query; absent where there is none.
  [[nodiscard]] std::optional<double> query(const std::string& expr) const;

  // SIGSTOP and SIGCONT: takes connections and does not answer.
  void pause() { child_.signal(19); }
  void go_on() { child_.signal(18); }

 private:
  Child child_;
  int port_;
};

// Each with its data in `folder`.
[[nodiscard]] std::unique_ptr<Server> start_prometheus(const TempFolder& folder, int scraped_port);
[[nodiscard]] std::unique_ptr<Server> start_alertmanager(const TempFolder& folder, const std::string& config);
[[nodiscard]] std::unique_ptr<Server> start_influxdb(const TempFolder& folder, int port = free_port());
[[nodiscard]] std::unique_ptr<Server> start_victoria_metrics(const TempFolder& folder);
[[nodiscard]] std::unique_ptr<Server> start_node_exporter(const std::string& textfile_folder);

// Calls `done` until it is true; false when that does not happen in time.
[[nodiscard]] bool eventually(const std::function<bool()>& done, Milliseconds timeout = Milliseconds(20'000));

}  // namespace pmon::test
