// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "pmon/result.h"

namespace pmon::config {

// A password, token or an address that holds one. It has no text form, so that it gets into no message by accident.
class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string value) : value_(std::move(value)) {}
  [[nodiscard]] const std::string& reveal() const { return value_; }
  [[nodiscard]] bool empty() const { return value_.empty(); }
  bool operator==(const Secret&) const = default;

 private:
  std::string value_;
};

// What the user wrote where a secret belongs: "file:/path" (the file's text without the line break at its end) or a
// text in which each ${NAME} stands for an environment variable. Errors (kUsage): the file cannot be read, there is no
// such variable; they name the file or variable, never a value.
[[nodiscard]] Result<Secret> resolve_secret(std::string_view written);
// The same for texts that are no secret: each ${NAME} replaced.
[[nodiscard]] Result<std::string> expand_environment(std::string_view written);

}  // namespace pmon::config
