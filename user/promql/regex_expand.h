// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <re2/re2.h>

namespace pmon::promql {

// Go's Regexp.Expand: in `text` $1, ${1}, $name and ${name} are what a match of `regex` has in these groups, the whole
// match being the first; $$ is a dollar. A group that is not there is empty, and so is a number with a leading zero; a
// dollar that starts no reference stays.
[[nodiscard]] std::string regex_expand(std::string_view text, const re2::RE2& regex,
                                       const std::vector<re2::StringPiece>& groups);

}  // namespace pmon::promql
