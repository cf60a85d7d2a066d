// SPDX-License-Identifier: Apache-2.0
// What the workloads share: programs that do a known amount of something and tell what they did, so that
// a test can compare it with what pmon says. On stdout, one JSON object a line:
//
//   {"event":"ready","pid":N}                          before the work
//   {"event":"done","pid":N,"cpu_s":S,…}               after it: getrusage(2) at that moment, and its own counts
//
// With --step as the first word, the program waits after each of these lines for a line on its stdin (or its
// end), so that a test can look at it before, between and after. Without it nothing waits.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace workload {

class Steps {
 public:
  // `usage` names the words behind --step; with another number of words than it has, ends with status 2.
  Steps(int argc, char** argv, std::string_view usage);

  const std::string& word(std::size_t index) const { return words_[index]; }
  std::uint64_t number(std::size_t index) const;

  void ready() const;
  // Between ready() and done(): tells that a state is reached.
  void reached(std::string_view event, std::initializer_list<std::pair<std::string_view, std::uint64_t>> counts) const;
  void done(std::initializer_list<std::pair<std::string_view, std::uint64_t>> counts) const;

 private:
  void wait() const;

  std::string_view usage_;
  std::vector<std::string> words_;
  bool stepped_ = false;
};

// Runs until the calling thread has used that much CPU since the call.
void burn(std::uint64_t milliseconds);

// Ends the program with status 1 when the last library call failed.
void require(bool succeeded, const char* call);

}  // namespace workload
