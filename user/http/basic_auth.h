// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <string_view>

namespace pmon::http {

// Basic authentication (RFC 7617) against bcrypt hashes. Checking a password is slow by design, so what was right
// once is remembered, as a keyed hash, and known again at once. Thread-safe.
class BasicAuth {
 public:
  enum class Verdict : std::uint8_t {
    kAllowed,
    kDenied,   // no credentials, or no sense in them
    kUnknown,  // verify() must say
  };

  // Users' names and hashes without bcrypt_complaint(); with none, all are allowed.
  explicit BasicAuth(std::map<std::string, std::string> users);

  // At once. `authorization` is the header's value.
  [[nodiscard]] Verdict glance(std::string_view authorization) const;
  // As slow as bcrypt, whether there is such a user or not.
  [[nodiscard]] bool verify(std::string_view authorization);

 private:
  [[nodiscard]] std::string memory_key(const std::string& user, const std::string& password) const;

  std::map<std::string, std::string> users_;
  std::string decoy_;  // the hash that stands in for users that are none
  std::string key_;    // of this process alone
  mutable std::mutex mutex_;
  std::set<std::string> remembered_;
};

}  // namespace pmon::http
