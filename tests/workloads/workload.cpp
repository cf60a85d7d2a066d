// SPDX-License-Identifier: Apache-2.0
#include "workload.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cinttypes>
#include <cstdio>
#include <cstdlib>
#include <ctime>

namespace workload {

namespace {

double seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

std::uint64_t thread_cpu_ns() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000 + static_cast<std::uint64_t>(now.tv_nsec);
}

void print_counts(std::initializer_list<std::pair<std::string_view, std::uint64_t>> counts) {
  for (const auto& [name, count] : counts) {
    std::printf(",\"%.*s\":%" PRIu64, static_cast<int>(name.size()), name.data(), count);
  }
  std::puts("}");
  std::fflush(stdout);
}

}  // namespace

Steps::Steps(int argc, char** argv, std::string_view usage) : usage_(usage), words_(argv + 1, argv + argc) {
  if (!words_.empty() && words_.front() == "--step") {
    stepped_ = true;
    words_.erase(words_.begin());
  }
  const auto expected = usage.empty() ? 0 : std::count(usage.begin(), usage.end(), ' ') + 1;
  if (static_cast<std::ptrdiff_t>(words_.size()) != expected) {
    std::fprintf(stderr, "usage: %s [--step] %.*s\n", argv[0], static_cast<int>(usage.size()), usage.data());
    std::exit(2);
  }
}

std::uint64_t Steps::number(std::size_t index) const {
  const std::string& word = words_[index];
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
  if (error != std::errc{} || end != word.data() + word.size()) {
    std::fprintf(stderr, "'%s' is not a number; words: %.*s\n", word.c_str(), static_cast<int>(usage_.size()),
                 usage_.data());
    std::exit(2);
  }
  return value;
}

void Steps::wait() const {
  if (!stepped_) return;
  char byte = 0;
  while (read(STDIN_FILENO, &byte, 1) == 1 && byte != '\n') {
  }
}

void Steps::ready() const { reached("ready", {}); }

void Steps::reached(std::string_view event,
                    std::initializer_list<std::pair<std::string_view, std::uint64_t>> counts) const {
  std::printf("{\"event\":\"%.*s\",\"pid\":%d", static_cast<int>(event.size()), event.data(), getpid());
  print_counts(counts);
  wait();
}

void Steps::done(std::initializer_list<std::pair<std::string_view, std::uint64_t>> counts) const {
  rusage own{};
  rusage children{};
  getrusage(RUSAGE_SELF, &own);
  getrusage(RUSAGE_CHILDREN, &children);
  std::printf("{\"event\":\"done\",\"pid\":%d,\"cpu_s\":%.6f,\"children_cpu_s\":%.6f", getpid(),
              seconds(own.ru_utime) + seconds(own.ru_stime), seconds(children.ru_utime) + seconds(children.ru_stime));
  std::printf(",\"minflt\":%ld,\"majflt\":%ld,\"nvcsw\":%ld,\"nivcsw\":%ld", own.ru_minflt, own.ru_majflt, own.ru_nvcsw,
              own.ru_nivcsw);
  print_counts(counts);
  wait();
}

void burn(std::uint64_t milliseconds) {
  const std::uint64_t end = thread_cpu_ns() + milliseconds * 1'000'000;
  while (thread_cpu_ns() < end) {
    for (int turn = 0; turn < 2000; ++turn) asm volatile("");
  }
}

void require(bool succeeded, const char* call) {
  if (succeeded) return;
  std::perror(call);
  std::exit(1);
}

}  // namespace workload
