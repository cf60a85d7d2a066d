// SPDX-License-Identifier: Apache-2.0
#include "e2e/daemon.h"

#include <csignal>
#include <stdexcept>

#include <httplib.h>

namespace pmon::test {

Daemon::Daemon(const std::string& yaml, const Words& words, const ChildOptions& options) : options_(options) {
  words_ = {"run",
            "--config",
            folder_.write("pmon.yaml", yaml),
            "--state",
            folder_.file("state"),
            "--set",
            "lock=" + folder_.file("lock"),
            "--listen",
            "127.0.0.1:0",
            "--output",
            "json"};
  words_.insert(words_.end(), words.begin(), words.end());
  start();
}

void Daemon::start() {
  child_ = std::make_unique<Child>(pmon(words_), options_);
  constexpr std::string_view kServed = "HTTP is served at 127.0.0.1:";
  if (!child_->wait_for_out(kServed)) throw std::runtime_error("no HTTP: " + child_->out() + child_->err());
  const std::string& out = child_->out();
  port_ = std::stoi(out.substr(out.find(kServed) + kServed.size()));
}

Daemon::Answer Daemon::get(const std::string& path, const std::string& accept) const {
  httplib::Client client("127.0.0.1", port_);
  httplib::Headers headers;
  if (!accept.empty()) headers.emplace("Accept", accept);
  const auto answer = client.Get(path, headers);
  if (!answer) throw std::runtime_error("GET " + path + ": " + httplib::to_string(answer.error()));
  return {answer->status, answer->body, answer->get_header_value("Content-Type")};
}

Daemon::Answer Daemon::post(const std::string& path, const std::string& form) const {
  httplib::Client client("127.0.0.1", port_);
  const auto answer = client.Post(path, form, "application/x-www-form-urlencoded");
  if (!answer) throw std::runtime_error("POST " + path + ": " + httplib::to_string(answer.error()));
  return {answer->status, answer->body, answer->get_header_value("Content-Type")};
}

nlohmann::json Daemon::json(const std::string& path) const { return nlohmann::json::parse(get(path).body); }

std::optional<double> Daemon::metric(const std::string& series) const {
  const std::string text = "\n" + get("/metrics").body;
  const std::size_t at = text.find("\n" + series + " ");
  if (at == std::string::npos) return std::nullopt;
  return std::stod(text.substr(at + series.size() + 2));
}

void Daemon::reload(const std::string& yaml) {
  folder_.write("pmon.yaml", yaml);
  child_->signal(SIGHUP);
}

std::optional<int> Daemon::stop() {
  child_->signal(SIGTERM);
  return child_->wait();
}

void Daemon::kill() {
  child_->signal(SIGKILL);
  (void)child_->wait();
}

}  // namespace pmon::test
