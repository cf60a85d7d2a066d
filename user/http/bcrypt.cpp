// SPDX-License-Identifier: Apache-2.0
#include "http/bcrypt.h"

#include <crypt.h>
#include <openssl/crypto.h>

#include <algorithm>
#include <cstring>
#include <memory>

#include <fmt/format.h>

namespace pmon::http {
namespace {

constexpr std::size_t kHashLength = 60;  // "$2y$10$", 22 of salt, 31 of hash
constexpr std::size_t kLongestPassword = 72;
constexpr int kLowestCost = 4;
constexpr int kHighestCost = 16;  // seconds for each login; 31 would be days

bool is_bcrypt_char(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.' || c == '/';
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

}  // namespace

std::string bcrypt_complaint(std::string_view hash) {
  const bool form = hash.size() == kHashLength && hash.starts_with("$2") &&
                    std::string_view("aby").find(hash[2]) != std::string_view::npos && hash[3] == '$' &&
                    is_digit(hash[4]) && is_digit(hash[5]) && hash[6] == '$' &&
                    std::ranges::all_of(hash.substr(7), is_bcrypt_char);
  if (!form) return "not a bcrypt hash";
  const int cost = bcrypt_cost(hash);
  if (cost < kLowestCost || cost > kHighestCost) {
    return fmt::format("the cost of the bcrypt hash is {}, not within {} to {}", cost, kLowestCost, kHighestCost);
  }
  return {};
}

int bcrypt_cost(std::string_view hash) { return (hash[4] - '0') * 10 + (hash[5] - '0'); }

bool bcrypt_matches(const std::string& password, const std::string& hash) {
  const bool whole = password.size() <= kLongestPassword && password.find('\0') == std::string::npos;
  const auto work = std::make_unique<crypt_data>();  // 32 kB
  const char* const made = crypt_r(whole ? password.c_str() : "", hash.c_str(), work.get());
  const bool same =
      made != nullptr && std::strlen(made) == hash.size() && CRYPTO_memcmp(made, hash.data(), hash.size()) == 0;
  OPENSSL_cleanse(work.get(), sizeof(crypt_data));
  return same && whole;
}

}  // namespace pmon::http
