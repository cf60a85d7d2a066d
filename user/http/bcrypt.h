// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace pmon::http {

// Why a text is no bcrypt hash that can be used ("$2y$10$…", cost 4 to 16); "" where it is one.
[[nodiscard]] std::string bcrypt_complaint(std::string_view hash);

// Of a hash without complaint: log2 of the rounds.
[[nodiscard]] int bcrypt_cost(std::string_view hash);

// Slow on purpose (10 is some 50 ms). Passwords longer than 72 bytes, of which bcrypt would see a part only, or with a
// zero byte match nothing; that takes its time as well.
[[nodiscard]] bool bcrypt_matches(const std::string& password, const std::string& hash);

}  // namespace pmon::http
