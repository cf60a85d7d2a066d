// SPDX-License-Identifier: Apache-2.0
// What a user without privileges may try against root's daemon on the same host: read its secrets, stop it, hog it,
// have it look elsewhere.
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <functional>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "e2e/daemon.h"
#include "e2e/server.h"
#include "support/workloads.h"

namespace pmon::test {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr const char* kSecret = "geheim-4711";

Words as_nobody(Words words) {
  Words all{"setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"};
  all.insert(all.end(), words.begin(), words.end());
  return all;
}

// Runs the calls as nobody, in a process of its own; the names of those that were let do what they do.
std::string permitted(const std::vector<std::pair<std::string, std::function<bool()>>>& calls) {
  int ends[2];
  if (pipe(ends) != 0) return "no pipe";
  const pid_t pid = fork();
  if (pid == 0) {
    std::string done;
    if (setresgid(65534, 65534, 65534) != 0 || setresuid(65534, 65534, 65534) != 0) done = "still root ";
    for (const auto& [name, call] : calls) done += call() ? name + " " : "";
    (void)!::write(ends[1], done.data(), done.size());
    _exit(0);
  }
  close(ends[1]);
  std::string told(4096, '\0');
  const ssize_t size = ::read(ends[0], told.data(), told.size());
  close(ends[0]);
  waitpid(pid, nullptr, 0);
  told.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
  return told;
}

bool can_open(const std::string& path, int flags = O_RDONLY) {
  const int fd = ::open(path.c_str(), flags | O_CLOEXEC | O_NONBLOCK);
  if (fd >= 0) ::close(fd);
  return fd >= 0;
}

class LocalUser : public testing::Test {
 protected:
  // Everything that pmon writes by itself, in folders that anybody may enter.
  std::string yaml() const {
    return "http: {enable_reload: false}\nexport:\n  file: [{path: '" + files_.file("out.jsonl") +
           "', events: [alert]}]\n  http: [{name: h, url: 'http://u:" + kSecret +
           "@127.0.0.1:1/', spool: true, window: 1s}]\n  kafka: [{brokers: ['127.0.0.1:1'], properties: "
           "{sasl.password: '${PMON_TEST_SECRET}'}}]\n";
  }
  static ChildOptions options() { return {.environment = {{"PMON_TEST_SECRET", kSecret}}}; }
  void SetUp() override {
    if (geteuid() != 0) GTEST_SKIP() << "needs root, from whom something can be taken";
    ASSERT_EQ(chmod(files_.path().c_str(), 0755), 0);
  }
  const TempFolder files_;
};

TEST_F(LocalUser, ReadsNoSecret) {
  Daemon daemon(yaml(), {"--interval", "100ms"}, options());
  ASSERT_EQ(chmod(daemon.folder().path().c_str(), 0755), 0);
  ASSERT_TRUE(eventually([&] { return std::filesystem::exists(daemon.folder().file("state/spool/h/queue.db")); }));
  const std::string proc = "/proc/" + std::to_string(daemon.child().pid());
  std::vector<std::pair<std::string, std::function<bool()>>> reads;
  for (const char* name : {"/environ", "/maps", "/mem", "/stack", "/fd/1", "/root/etc/hostname"}) {
    reads.emplace_back(proc + name, [path = proc + name] { return can_open(path); });
  }
  for (const std::string& top : {files_.path(), daemon.folder().file("state")}) {
    for (const auto& entry : std::filesystem::recursive_directory_iterator(top)) {
      const std::string path = entry.path();
      reads.emplace_back(path, [path] { return can_open(path, O_RDONLY); });
      reads.emplace_back(path, [path] { return can_open(path, O_WRONLY); });
    }
  }
  EXPECT_GE(reads.size(), 6U + 2 * 5U) << "state, lock, spool and its files, lines";
  EXPECT_EQ(permitted(reads), "");
  EXPECT_EQ(permitted({{"control", [] { return can_open("/etc/passwd"); }}}), "control ");
  const Outcome words = run(as_nobody({"cat", proc + "/cmdline", proc + "/status"}));
  EXPECT_EQ(words.status, 0);
  std::string seen = words.out;
  for (const char* path : {"/config", "/metrics", "/healthz", "/", "/api/v1/alerts", "/api/v1/processes?limit=10000"}) {
    seen += daemon.get(path).body;
  }
  EXPECT_THAT(seen, Not(HasSubstr(kSecret)));
  EXPECT_EQ(daemon.post("/-/reload").status, 403);
}

TEST_F(LocalUser, NeitherStopsNorTracesNorSlowsIt) {
  Daemon daemon(yaml(), {"--interval", "100ms"}, options());
  const pid_t pid = daemon.child().pid();
  const std::string lock = daemon.folder().file("lock");
  ASSERT_EQ(chmod(daemon.folder().path().c_str(), 0755), 0);
  EXPECT_EQ(permitted({
                {"kill", [=] { return kill(pid, SIGKILL) == 0; }},
                {"stop", [=] { return kill(pid, SIGSTOP) == 0; }},
                {"reload", [=] { return kill(pid, SIGHUP) == 0; }},
                {"trace", [=] { return ptrace(PTRACE_SEIZE, pid, 0, 0) == 0; }},
                {"nice", [=] { return setpriority(PRIO_PROCESS, static_cast<id_t>(pid), 19) == 0; }},
                {"limits",
                 [=] {
                   const rlimit none{0, 0};
                   return prlimit(pid, RLIMIT_NOFILE, &none, nullptr) == 0;
                 }},
                {"affinity",
                 [=] {
                   cpu_set_t one;
                   CPU_ZERO(&one);
                   CPU_SET(0, &one);
                   return sched_setaffinity(pid, sizeof one, &one) == 0;
                 }},
                {"memory",
                 [=] {
                   char byte = 0;
                   iovec here{&byte, 1};
                   iovec there{reinterpret_cast<void*>(0x400000), 1};
                   return process_vm_readv(pid, &here, 1, &there, 1, 0) >= 0 || errno != EPERM;
                 }},
                {"oom", [=] { return can_open("/proc/" + std::to_string(pid) + "/oom_score_adj", O_WRONLY); }},
                {"lock", [=] { return can_open(lock); }},
            }),
            "");
  const Outcome second = run(as_nobody(pmon({"run", "--set", "lock=" + lock, "--state", "", "--listen", "off"})));
  EXPECT_NE(second.status, 0);
  EXPECT_EQ(daemon.get("/healthz").status, 200);
  EXPECT_EQ(daemon.stop(), 0);
}

// Hundreds of connections that never ask, and processes and threads up to what a user may have: the others are watched
// and served all the while.
TEST_F(LocalUser, CrowdsNobodyOut) {
  SteppedWorkload burner("burn", {"1", "1", "any"});
  burner.wait_for("ready");
  Daemon daemon("collect: {ledger_slots: 1024}\n", {"--interval", "100ms"});
  Child hog(
      as_nobody({"bash", "-c",
                 "for ((i = 0; i < 400; ++i)); do exec {fd}<>/dev/tcp/127.0.0.1/" + std::to_string(daemon.port()) +
                     " && printf 'GET /metrics HTTP/1.1\\r\\n' >&$fd; done; echo connected; read -r"}));
  ASSERT_TRUE(hog.wait_for_out("connected"));
  Child bomb(as_nobody({"bash", "-c",
                        "ulimit -u 1500; for ((i = 0; i < 1400; ++i)); do sleep 60 & done 2>/dev/null; "
                        "echo full; read -r; kill $(jobs -p)"}));
  ASSERT_TRUE(bomb.wait_for_out("full", Milliseconds(40'000)));
  EXPECT_TRUE(daemon.child().wait_for_out("\"code\":\"ledger_full\"")) << "it says what it does not see";
  EXPECT_TRUE(daemon.child().wait_for_out("\"alert\":\"PmonBlind\""));
  EXPECT_EQ(daemon.get("/healthz").status, 200);
  const std::string threads =
      "pmon_process_threads{comm=\"workload_burn\",pid=\"" + std::to_string(burner.pid()) + "\"}";
  EXPECT_TRUE(daemon.metric("pmon_group_processes{group=\"workload_burn\"}").has_value());
  bomb.write("\n");
  EXPECT_TRUE(bomb.wait(Milliseconds(20'000)).has_value());
  EXPECT_TRUE(daemon.child().wait_for_out("ledger_full_healed", Milliseconds(20'000)));
  EXPECT_TRUE(eventually([&] { return daemon.metric(threads) == 1; })) << "who was there first is still watched";
  EXPECT_EQ(daemon.stop(), 0);
}

}  // namespace
}  // namespace pmon::test
