// SPDX-License-Identifier: Apache-2.0
#include "http/basic_auth.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "http/bcrypt.h"
#include "http/header_text.h"

namespace pmon::http {
namespace {

constexpr std::size_t kKeyBytes = 32;
constexpr std::size_t kMostRemembered = 100;

struct Credentials {
  std::string user;
  std::string password;
};

std::optional<std::string> base64_decoded(std::string_view text) {
  if (text.empty() || text.size() % 4 != 0) return std::nullopt;
  std::string out(text.size() / 4 * 3, '\0');
  const int size = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                                   reinterpret_cast<const unsigned char*>(text.data()), static_cast<int>(text.size()));
  if (size < 0) return std::nullopt;
  const std::size_t padding = text.ends_with("==") ? 2 : text.ends_with('=') ? 1 : 0;
  out.resize(static_cast<std::size_t>(size) - padding);
  return out;
}

std::optional<Credentials> credentials_of(std::string_view authorization) {
  std::string_view rest = authorization;
  if (lower(take_until(rest, ' ')) != "basic") return std::nullopt;
  const auto pair = base64_decoded(trimmed(rest));
  const std::size_t colon = pair ? pair->find(':') : std::string::npos;
  if (colon == std::string::npos) return std::nullopt;
  return Credentials{pair->substr(0, colon), pair->substr(colon + 1)};
}

// A hash of no password that anybody knows, which takes as long to check as the slowest of the users'.
std::string decoy_of(const std::map<std::string, std::string>& users) {
  int cost = 10;
  if (!users.empty()) cost = bcrypt_cost(users.begin()->second);
  for (const auto& [user, hash] : users) cost = std::max(cost, bcrypt_cost(hash));
  std::string decoy = "$2b$10$" + std::string(53, 'O');
  decoy[4] = static_cast<char>('0' + cost / 10);
  decoy[5] = static_cast<char>('0' + cost % 10);
  return decoy;
}

}  // namespace

BasicAuth::BasicAuth(std::map<std::string, std::string> users)
    : users_(std::move(users)), decoy_(decoy_of(users_)), key_(kKeyBytes, '\0') {
  // Without random numbers nothing is remembered.
  if (RAND_bytes(reinterpret_cast<unsigned char*>(key_.data()), static_cast<int>(key_.size())) != 1) key_.clear();
}

std::string BasicAuth::memory_key(const std::string& user, const std::string& password) const {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  const std::string text = user + '\0' + password;
  HMAC(EVP_sha256(), key_.data(), static_cast<int>(key_.size()), reinterpret_cast<const unsigned char*>(text.data()),
       text.size(), digest.data(), &size);
  return {reinterpret_cast<const char*>(digest.data()), size};
}

BasicAuth::Verdict BasicAuth::glance(std::string_view authorization) const {
  if (users_.empty()) return Verdict::kAllowed;
  const auto given = credentials_of(authorization);
  if (!given) return Verdict::kDenied;
  const std::string key = memory_key(given->user, given->password);
  const std::lock_guard lock(mutex_);
  return remembered_.contains(key) ? Verdict::kAllowed : Verdict::kUnknown;
}

bool BasicAuth::verify(std::string_view authorization) {
  const auto given = credentials_of(authorization);
  if (!given) return users_.empty();
  const auto user = users_.find(given->user);
  const bool known = user != users_.end();
  const bool right = bcrypt_matches(given->password, known ? user->second : decoy_) && known;
  if (right && !key_.empty()) {
    const std::lock_guard lock(mutex_);
    if (remembered_.size() >= kMostRemembered) remembered_.erase(remembered_.begin());
    remembered_.insert(memory_key(given->user, given->password));
  }
  return right;
}

}  // namespace pmon::http
