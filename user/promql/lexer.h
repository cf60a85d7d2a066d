// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "pmon/snapshot.h"

namespace pmon::promql {

enum class TokenKind {
  kEnd,
  kWord,  // name or keyword; which one depends on where it stands
  kNumber,
  kDuration,
  kString,
  kSymbol,  // operators and brackets
};

struct Token {
  TokenKind kind = TokenKind::kEnd;
  std::string_view text;  // as written
  std::size_t begin = 0;
  double number = 0;       // kNumber
  Timestamp duration = 0;  // kDuration, ms
  std::string value;       // kString: unescaped; kWord: in lower case
  [[nodiscard]] std::size_t end() const { return begin + text.size(); }
};

// Tokens of the text with kEnd as the last one; they refer to the text. Throws SyntaxError.
[[nodiscard]] std::vector<Token> tokenize(std::string_view text);

// A Go string literal without its quotes; `quote` is its delimiter, `place` where it starts in the text
// (for errors). Throws SyntaxError.
[[nodiscard]] std::string unescape(std::string_view inside, char quote, std::size_t place);

}  // namespace pmon::promql
