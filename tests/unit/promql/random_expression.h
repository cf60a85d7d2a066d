// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <random>
#include <string>
#include <vector>

#include "promtool_file.h"

namespace pmon::promql::testing {

// Makes input series and expressions of every kind whose results do not hang on the order of series or on
// the last bits of libm: of topk only what equals do not change, no transcendental functions but at the top.
class RandomExpressions {
 public:
  explicit RandomExpressions(unsigned seed) : random_(seed) {}

  [[nodiscard]] TestGroup group(std::size_t expressions);

 private:
  unsigned below(unsigned n) { return std::uniform_int_distribution<unsigned>(0, n - 1)(random_); }
  template <std::size_t kSize>
  std::string one_of(const char* const (&choices)[kSize]) {
    return choices[below(kSize)];
  }
  std::string values();
  std::string duration();
  std::string selector(bool range);
  std::string shift();
  std::string range_vector(int depth);
  std::string range_call(int depth);
  std::string vector(int depth);
  std::string without_at(int depth);
  std::string scalar(int depth);
  std::string binary(int depth);
  std::string aggregate(int depth);
  std::string value_call(int depth);
  std::string chain();
  std::string chain_operand();
  std::string buckets(int depth);

  std::mt19937 random_;
  bool without_at_ = false;
};

}  // namespace pmon::promql::testing
