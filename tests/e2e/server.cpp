// SPDX-License-Identifier: Apache-2.0
#include "e2e/server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <sstream>
#include <stdexcept>
#include <thread>

#include <httplib.h>

namespace pmon::test {

namespace {

std::string where_is(const std::string& program) {
  std::istringstream path(std::getenv("PATH"));
  for (std::string folder; std::getline(path, folder, ':');) {
    if (access((folder + "/" + program).c_str(), X_OK) == 0) return folder + "/" + program;
  }
  throw std::runtime_error("no program '" + program + "' in PATH: scripts/test puts it there");
}

std::string address(int port) { return "127.0.0.1:" + std::to_string(port); }

}  // namespace

int free_port() {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in any{};
  any.sin_family = AF_INET;
  any.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof any;
  if (bind(fd, reinterpret_cast<sockaddr*>(&any), size) != 0 ||
      getsockname(fd, reinterpret_cast<sockaddr*>(&any), &size) != 0) {
    throw std::runtime_error("no free port");
  }
  close(fd);
  return ntohs(any.sin_port);
}

bool eventually(const std::function<bool()>& done, Milliseconds timeout) {
  const auto give_up = std::chrono::steady_clock::now() + timeout;
  while (true) {
    if (done()) return true;
    if (std::chrono::steady_clock::now() > give_up) return false;
    std::this_thread::sleep_for(Milliseconds(50));
  }
}

Server::Server(const std::vector<std::string>& argv, int port, const std::string& ready_path,
               const ChildOptions& options)
    : child_(argv, options), port_(port) {
  const auto ready = [&] {
    const auto answer = httplib::Client("127.0.0.1", port_).Get(ready_path);
    return answer && answer->status / 100 == 2;
  };
  if (eventually(ready)) return;
  (void)child_.wait_for_err("never", Milliseconds(100));
  throw std::runtime_error(argv.front() + " does not answer: " + child_.out() + child_.err());
}

Server::~Server() {
  child_.signal(SIGCONT);
  child_.signal(SIGKILL);
}

std::string Server::url(const std::string& path) const { return "http://" + address(port_) + path; }

std::string Server::get(const std::string& path) const {
  const auto answer = httplib::Client("127.0.0.1", port_).Get(path);
  if (!answer) throw std::runtime_error("GET " + path + ": " + httplib::to_string(answer.error()));
  if (answer->status / 100 != 2) throw std::runtime_error("GET " + path + ": " + answer->body);
  return answer->body;
}

void Server::post(const std::string& path, const std::string& form) const {
  const auto answer = httplib::Client("127.0.0.1", port_).Post(path, form, "application/x-www-form-urlencoded");
  if (!answer || answer->status / 100 != 2) throw std::runtime_error("POST " + path);
}

std::optional<double> Server::query(const std::string& expr) const {
  const nlohmann::json result =
      json("/api/v1/query?query=" + httplib::detail::encode_query_param(expr)).at("data").at("result");
  if (result.size() != 1) return std::nullopt;
  return std::stod(result[0].at("value")[1].get<std::string>());
}

std::unique_ptr<Server> start_prometheus(const TempFolder& folder, int scraped_port) {
  const int port = free_port();
  const std::string config = folder.write("prometheus.yml",
                                          "scrape_configs:\n"
                                          "  - job_name: pmon\n"
                                          "    scrape_interval: 1s\n"
                                          "    static_configs: [{targets: ['" +
                                              address(scraped_port) + "']}]\n");
  return std::make_unique<Server>(
      std::vector<std::string>{where_is("prometheus"), "--config.file=" + config,
                               "--storage.tsdb.path=" + folder.file("prometheus"),
                               "--web.listen-address=" + address(port), "--log.level=error"},
      port, "/-/ready");
}

// It looks for its templates at one place only: it is shown its own share/ there.
std::unique_ptr<Server> start_alertmanager(const TempFolder& folder, const std::string& config) {
  const int port = free_port();
  const std::string program = where_is("prometheus-alertmanager");
  const std::string share = (std::filesystem::path(program).parent_path().parent_path() / "share").string();
  const std::string start = "mount --bind " + share + " /usr/share && exec " + program +
                            " --config.file=" + folder.write("alertmanager.yml", config) +
                            " --storage.path=" + folder.file("alertmanager") +
                            " --web.listen-address=" + address(port) + " --cluster.listen-address= --log.level=error";
  return std::make_unique<Server>(std::vector<std::string>{"unshare", "-m", "sh", "-c", start}, port, "/-/ready");
}

std::unique_ptr<Server> start_influxdb(const TempFolder& folder, int port) {
  const std::string config =
      folder.write("influxdb.conf", "reporting-disabled = true\nbind-address = \"" + address(free_port()) +
                                        "\"\n[meta]\n  dir = \"" + folder.file("meta") + "\"\n[data]\n  dir = \"" +
                                        folder.file("data") + "\"\n  wal-dir = \"" + folder.file("wal") +
                                        "\"\n[http]\n  bind-address = \"" + address(port) +
                                        "\"\n  log-enabled = false\n[monitor]\n  store-enabled = false\n");
  return std::make_unique<Server>(std::vector<std::string>{where_is("influxd"), "-config", config}, port, "/ping");
}

std::unique_ptr<Server> start_victoria_metrics(const TempFolder& folder) {
  const int port = free_port();
  return std::make_unique<Server>(
      std::vector<std::string>{where_is("victoria-metrics"), "-storageDataPath=" + folder.file("victoria"),
                               "-httpListenAddr=" + address(port), "-search.latencyOffset=0s", "-loggerLevel=ERROR"},
      port, "/health");
}

std::unique_ptr<Server> start_node_exporter(const std::string& textfile_folder) {
  const int port = free_port();
  return std::make_unique<Server>(
      std::vector<std::string>{where_is("prometheus-node-exporter"), "--collector.disable-defaults",
                               "--collector.textfile", "--collector.textfile.directory=" + textfile_folder,
                               "--web.listen-address=" + address(port), "--log.level=error"},
      port, "/metrics");
}

}  // namespace pmon::test
