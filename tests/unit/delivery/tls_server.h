// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <stdexcept>
#include <string>
#include <vector>

#include "../../fixtures/file_tree.h"

namespace pmon::delivery::test {

// Makes NAME.pem, self-signed for the host NAME and its own authority, and NAME.key.
inline void make_certificate(const fixtures::FileTree& folder, const std::string& name) {
  const std::string command =
      "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=" + name +
      " -addext subjectAltName=DNS:" + name + " -keyout " + folder.path(name + ".key") + " -out " +
      folder.path(name + ".pem") + " 2>/dev/null";
  if (std::system(command.c_str()) != 0) throw std::runtime_error("openssl req");  // NOLINT(cert-env33-c): our words
}

// openssl(1) as an HTTPS server that answers every GET with a page.
class TlsServer {
 public:
  TlsServer(const fixtures::FileTree& folder, const std::string& name, const std::vector<std::string>& more = {}) {
    const std::string cert = folder.path(name + ".pem");
    const std::string key = folder.path(name + ".key");
    std::vector<std::string> words = {"openssl", "s_server", "-accept", "127.0.0.1:0", "-cert",
                                      cert,      "-key",     key,       "-www"};
    words.insert(words.end(), more.begin(), more.end());
    std::vector<char*> argv;
    for (std::string& word : words) argv.push_back(word.data());
    argv.push_back(nullptr);
    int out[2];
    if (pipe2(out, O_CLOEXEC) != 0) throw std::runtime_error("pipe");
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, out[1], 1);
    posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
    const int failed = posix_spawnp(&pid_, "openssl", &actions, nullptr, argv.data(), environ);
    posix_spawn_file_actions_destroy(&actions);
    close(out[1]);
    std::string said;
    char letter = 0;
    const std::string accept = "ACCEPT 127.0.0.1:";
    while (failed == 0 && read(out[0], &letter, 1) == 1) {
      if (letter == '\n' && said.starts_with(accept)) break;
      letter == '\n' ? said.clear() : said.push_back(letter);
    }
    close(out[0]);
    if (failed != 0 || !said.starts_with(accept)) throw std::runtime_error("openssl s_server");
    port_ = said.substr(accept.size());
  }
  TlsServer(const TlsServer&) = delete;
  TlsServer& operator=(const TlsServer&) = delete;
  ~TlsServer() {
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }

  [[nodiscard]] std::string url() const { return "https://127.0.0.1:" + port_ + "/"; }

 private:
  pid_t pid_ = -1;
  std::string port_;
};

}  // namespace pmon::delivery::test
