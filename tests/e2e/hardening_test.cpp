// SPDX-License-Identifier: Apache-2.0
// What cmake/Hardening.cmake asks for is in the programs, as readelf(1) sees it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "support/child.h"

namespace pmon::test {
namespace {

using testing::ContainsRegex;
using testing::HasSubstr;
using testing::Not;

class Hardening : public testing::TestWithParam<const char*> {
 protected:
  static std::string path() { return std::string(PMON_BINARY) + GetParam(); }
  static std::string readelf(const std::string& words) {
    const Outcome read = run({"readelf", words, "--wide", path()});
    EXPECT_EQ(read.status, 0) << read.err;
    return read.out;
  }
};

TEST_P(Hardening, LoadsWhereNobodyKnowsAndWritesNoCode) {
  EXPECT_THAT(readelf("--file-header"), HasSubstr("DYN (Position-Independent Executable"));
  const std::string segments = readelf("--segments");
  EXPECT_THAT(segments, ContainsRegex("GNU_STACK .* RW  0x"));
  EXPECT_THAT(segments, Not(ContainsRegex("LOAD .* RWE ")));
}

TEST_P(Hardening, ItsTableOfFunctionsIsReadOnly) {
  EXPECT_THAT(readelf("--segments"), HasSubstr("GNU_RELRO"));
  const std::string dynamic = readelf("--dynamic");
  EXPECT_THAT(dynamic, HasSubstr("BIND_NOW"));
  EXPECT_THAT(dynamic, Not(HasSubstr("TEXTREL")));
  EXPECT_THAT(dynamic, Not(ContainsRegex("RPATH|RUNPATH"))) << "libraries come from the system's folders alone";
}

TEST_P(Hardening, ItsOwnCodeIsGuarded) {
  const std::string symbols = readelf("--dyn-syms");
  EXPECT_THAT(symbols, HasSubstr("__stack_chk_fail"));
  EXPECT_THAT(symbols, ContainsRegex("__(read|pread|mem[a-z]+|str[a-z]+|fdelt|v?snprintf)_chk"));
#ifdef __x86_64__
  std::ifstream file(path(), std::ios::binary);
  const std::string bytes(std::istreambuf_iterator<char>(file), {});
  constexpr std::string_view kEndbr64 = "\xf3\x0f\x1e\xfa";
  std::size_t found = 0;
  for (std::size_t at = bytes.find(kEndbr64); at != std::string::npos; at = bytes.find(kEndbr64, at + 1)) ++found;
  EXPECT_GT(found, 1000U) << "each function that may be called through a pointer begins so";
#endif
}

INSTANTIATE_TEST_SUITE_P(Of, Hardening, testing::Values("", "-daemon"),
                         [](const auto& test) { return test.param[0] == '\0' ? "pmon" : "pmon_daemon"; });

}  // namespace
}  // namespace pmon::test
