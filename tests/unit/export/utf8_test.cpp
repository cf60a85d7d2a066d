// SPDX-License-Identifier: Apache-2.0
#include "export/utf8.h"

#include <gtest/gtest.h>

namespace pmon {
namespace {

TEST(ValidUtf8, KeepsWellFormedText) {
  for (const std::string& text : std::initializer_list<std::string>{"", "nginx", "z\xc3\xa4hler", "\xe2\x82\xac",
                                                                    "\xf0\x9f\x92\xa9", "a\nb\x1b"}) {
    EXPECT_EQ(valid_utf8(text), text);
  }
}

TEST(ValidUtf8, ReplacesEachBadByte) {
  const std::string bad = "\xef\xbf\xbd";
  EXPECT_EQ(valid_utf8("a\xff"
                       "b"),
            "a" + bad + "b");
  EXPECT_EQ(valid_utf8("\xc3"), bad);  // cut off, as by the kernel's 15 bytes
  EXPECT_EQ(valid_utf8("\xe2\x82"), bad + bad);
  EXPECT_EQ(valid_utf8("\xc0\xaf"), bad + bad);            // overlong '/'
  EXPECT_EQ(valid_utf8("\xed\xa0\x80"), bad + bad + bad);  // surrogate
  EXPECT_EQ(valid_utf8("\xf4\x90\x80\x80"), bad + bad + bad + bad);
  EXPECT_EQ(valid_utf8("\xf0\x80\x80\xaf"), bad + bad + bad + bad);
}

TEST(Harmless, LeavesNothingForATerminalToObey) {
  EXPECT_EQ(harmless("\x1b[2J\x07"), "\\x1b[2J\\x07");
  EXPECT_EQ(harmless("a\nb\r"), "a\\x0ab\\x0d");
  EXPECT_EQ(harmless("\x7f"), "\\x7f");
  EXPECT_EQ(harmless("\xc2\x9b"
                     "2J"),
            "\\x9b2J");                  // CSI in one character
  EXPECT_EQ(harmless("\x9b"), "\\x9b");  // and as a bare byte
  EXPECT_EQ(harmless("\xe2\x80\xae"
                     "txt"),
            "\\u202etxt");  // right-to-left override
  EXPECT_EQ(harmless("\xff"), "\\xff");
}

TEST(Harmless, LeavesLinesAndTabsOfALongerTextAlone) {
  EXPECT_EQ(harmless_lines("a\tb\n\n  ^\x1b\n"), "a\tb\n\n  ^\\x1b\n");
  EXPECT_EQ(harmless_lines("\xff"), "\\xff");
}

TEST(Harmless, LeavesLettersAlone) { EXPECT_EQ(harmless("z\xc3\xa4hler \xe6\x97\xa5"), "z\xc3\xa4hler \xe6\x97\xa5"); }

}  // namespace
}  // namespace pmon
