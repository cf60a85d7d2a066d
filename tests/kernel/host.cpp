// SPDX-License-Identifier: Apache-2.0
#include "host.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <ctime>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <utility>

#include "collect/kernel_facts.h"

namespace pmon {

namespace {

[[noreturn]] void die(const std::string& why) { throw std::runtime_error(why); }

Tick now() {
  timespec wall{};
  clock_gettime(CLOCK_REALTIME, &wall);
  return {static_cast<Timestamp>(wall.tv_sec) * 1000 + wall.tv_nsec / 1'000'000, boottime_now_ns()};
}

std::string file_text(const char* path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

Host::Host(const BpfSizes& sizes) {
  auto opened = EbpfCollector::open(sizes);
  if (!opened) die(opened.error().text());
  collector_ = std::move(*opened);
  tick();
}

const Snapshot& Host::tick() {
  if (const auto collected = collector_->collect(now(), snapshot_); !collected) die(collected.error().text());
  for (const ProcessSample& process : snapshot_.processes) {
    if (process.exit) exits_.push_back(process);
    if (process.born) ++births_[process.key];
  }
  events_.insert(events_.end(), snapshot_.events.begin(), snapshot_.events.end());
  notices_.insert(notices_.end(), snapshot_.notices.begin(), snapshot_.notices.end());
  return snapshot_;
}

const ProcessSample* Host::living(pid_t pid) const {
  for (const ProcessSample& process : snapshot_.processes) {
    if (process.key.pid == pid && !process.exit) return &process;
  }
  return nullptr;
}

const ProcessSample& Host::alive(pid_t pid) const {
  const ProcessSample* process = living(pid);
  if (process == nullptr) die("process " + std::to_string(pid) + " is not in the ledger");
  return *process;
}

bool Host::until(const std::function<bool()>& condition) {
  for (int attempt = 0; attempt < 500; ++attempt) {
    tick();
    if (condition()) return true;
    usleep(10'000);
  }
  return false;
}

std::optional<ProcessSample> Host::ended(pid_t pid) {
  const auto is_it = [pid](const ProcessSample& process) { return process.key.pid == pid; };
  if (!until([&] { return std::ranges::any_of(exits_, is_it); })) return std::nullopt;
  return *std::ranges::find_if(exits_, is_it);
}

std::uint64_t Host::lost(const std::string& cause) const {
  for (const Loss& loss : snapshot_.losses) {
    if (loss.cause == cause) return loss.total;
  }
  die("no loss is called " + cause);
}

int Host::births(const ProcessKey& key) const {
  const auto found = births_.find(key);
  return found == births_.end() ? 0 : found->second;
}

void Host::forget() {
  births_.clear();
  exits_.clear();
  events_.clear();
  notices_.clear();
}

Child::Child(const Body& body) {
  int down[2];
  int up[2];
  if (pipe(down) != 0 || pipe(up) != 0) die("pipe");
  pid_ = fork();
  if (pid_ < 0) die("fork");
  if (pid_ == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);  // a test that is killed leaves nobody behind
    close(down[1]);
    close(up[0]);
    body([&] {
      char byte = 's';
      if (write(up[1], &byte, 1) != 1 || read(down[0], &byte, 1) != 1) _exit(0);
    });
    _exit(0);
  }
  close(down[0]);
  close(up[1]);
  to_child_ = down[1];
  from_child_ = up[0];
}

Child::~Child() {  // NOLINT(bugprone-exception-escape): it ends the test program then
  close(to_child_);
  close(from_child_);
  if (waited_) return;
  kill(pid_, SIGKILL);  // it may wait in a step for ever: later children hold copies of its pipes
  wait();
}

void Child::await_step() const {
  char byte = 0;
  if (read(from_child_, &byte, 1) != 1) die("the child ended before its next step");
}

void Child::go() const {
  if (write(to_child_, "g", 1) != 1) die("the child does not listen");
}

int Child::wait() {
  int status = 0;
  if (wait4(pid_, &status, 0, &usage_) != pid_) die("wait4");
  waited_ = true;
  return status;
}

[[gnu::noinline]] pid_t flash(int code) {
  // NOLINTNEXTLINE(bugprone-unsafe-functions,clang-analyzer-security.insecureAPI.vfork): the shortest
  const pid_t pid = vfork();
  if (pid == 0) _exit(code);
  if (pid < 0) die("vfork");
  waitpid(pid, nullptr, 0);
  return pid;
}

double seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
}

bool emulated() {
  // The processor's name on x86, the machine's on arm64.
  static const bool found = file_text("/proc/cpuinfo").find("QEMU") != std::string::npos ||
                            file_text("/sys/firmware/devicetree/base/compatible").starts_with("linux,dummy-virt");
  return found;
}

double cpu_tolerance(double seconds) { return 0.01 * seconds + (emulated() ? 0.02 : 0.0002); }

double cpu_seconds(const rusage& usage) { return seconds(usage.ru_utime) + seconds(usage.ru_stime); }

void burn(double cpu_seconds) {
  timespec start{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &start);
  for (;;) {
    for (int i = 0; i < 20'000; ++i) asm volatile("" : "+r"(i));
    timespec now{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    const double used =
        static_cast<double>(now.tv_sec - start.tv_sec) + static_cast<double>(now.tv_nsec - start.tv_nsec) * 1e-9;
    if (used >= cpu_seconds) return;
  }
}

double status_value(pid_t pid, const std::string& key) {
  std::ifstream status("/proc/" + std::to_string(pid) + "/status");
  std::string line;
  while (std::getline(status, line)) {
    if (!line.starts_with(key + ":")) continue;
    std::istringstream words(line.substr(key.size() + 1));
    double value = 0;
    std::string unit;
    words >> value >> unit;
    return unit == "kB" ? value * 1024 : value;
  }
  die("no " + key + " in /proc/" + std::to_string(pid) + "/status");
}

unsigned long long stat_field(pid_t pid, int number) {
  std::ifstream stat("/proc/" + std::to_string(pid) + "/stat");
  std::string text((std::istreambuf_iterator<char>(stat)), {});
  std::istringstream words(text.substr(text.rfind(')') + 2));
  std::string word;
  for (int field = 3; field <= number; ++field) words >> word;
  return std::stoull(word);
}

}  // namespace pmon
