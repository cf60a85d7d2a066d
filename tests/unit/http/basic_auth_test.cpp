// SPDX-License-Identifier: Apache-2.0
#include "http/basic_auth.h"

#include <chrono>

#include <gtest/gtest.h>

#include "http/bcrypt.h"

namespace pmon::http {
namespace {

using Verdict = BasicAuth::Verdict;

// Solar Designer's test vectors of crypt_blowfish.
const std::string kHash = "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW";
const std::string kEmptyHash = "$2a$05$CCCCCCCCCCCCCCCCCCCCC.7uG0VCzI2bS7j6ymqJi9CdcdxiRTWNy";
constexpr std::string_view kRight = "Basic YW5uYTpVKlU=";         // anna:U*U
constexpr std::string_view kWrong = "Basic YW5uYTpVKlY=";         // anna:U*V
constexpr std::string_view kStranger = "Basic b3R0bzpVKlU=";      // otto:U*U
constexpr std::string_view kWithZero = "Basic YW5uYTpVKlUAeA==";  // anna:U*U\0x

TEST(Bcrypt, KnowsTheVectors) {
  EXPECT_EQ(bcrypt_complaint(kHash), "");
  EXPECT_TRUE(bcrypt_matches("U*U", kHash));
  EXPECT_FALSE(bcrypt_matches("U*V", kHash));
  EXPECT_TRUE(bcrypt_matches("", kEmptyHash));
}

TEST(Bcrypt, TakesNoPasswordThatItWouldCut) {
  EXPECT_FALSE(bcrypt_matches(std::string("U*U\0x", 5), kHash));
  EXPECT_FALSE(bcrypt_matches(std::string(73, 'x'), kEmptyHash));
  EXPECT_FALSE(bcrypt_matches(std::string("\0x", 2), kEmptyHash));
}

TEST(Bcrypt, TellsWhatIsNoHash) {
  EXPECT_EQ(bcrypt_complaint(""), "not a bcrypt hash");
  EXPECT_EQ(bcrypt_complaint(kHash.substr(0, 59)), "not a bcrypt hash");
  EXPECT_EQ(bcrypt_complaint("$5$" + kHash.substr(3)), "not a bcrypt hash");
  EXPECT_EQ(bcrypt_complaint("$2a$03" + kHash.substr(6)), "the cost of the bcrypt hash is 3, not within 4 to 16");
}

TEST(BasicAuth, AsksNobodyWithoutUsers) { EXPECT_EQ(BasicAuth({}).glance(""), Verdict::kAllowed); }

TEST(BasicAuth, RemembersWhatWasRight) {
  BasicAuth auth({{"anna", kHash}});
  EXPECT_EQ(auth.glance(kRight), Verdict::kUnknown);
  EXPECT_FALSE(auth.verify(kWrong));
  EXPECT_EQ(auth.glance(kWrong), Verdict::kUnknown);
  EXPECT_TRUE(auth.verify(kRight));
  EXPECT_EQ(auth.glance(kRight), Verdict::kAllowed);
  EXPECT_EQ(auth.glance("basic   YW5uYTpVKlU="), Verdict::kAllowed);
  EXPECT_EQ(auth.glance(kWrong), Verdict::kUnknown);
  EXPECT_FALSE(auth.verify(kStranger));
  EXPECT_FALSE(auth.verify(kWithZero));
}

TEST(BasicAuth, DeniesWhatMakesNoSense) {
  const BasicAuth auth({{"anna", kHash}});
  for (const std::string_view header :
       {"", "Basic", "Basic ", "Bearer YW5uYTpVKlU=", "Basic YW5u", "Basic *", "Basic YW5uYTpVKlU"}) {
    EXPECT_EQ(auth.glance(header), Verdict::kDenied) << header;
  }
}

TEST(BasicAuthTiming, IsTheSameForStrangers) {
  // Cost 9: long enough to be measured, whatever else the machine does.
  const std::string hash = "$2a$09" + kHash.substr(6);
  BasicAuth auth({{"anna", hash}});
  const auto time_of = [&auth](std::string_view header) {
    auto shortest = std::chrono::steady_clock::duration::max();
    for (int i = 0; i < 5; ++i) {
      const auto begin = std::chrono::steady_clock::now();
      EXPECT_FALSE(auth.verify(header));
      shortest = std::min(shortest, std::chrono::steady_clock::now() - begin);
    }
    return std::chrono::duration<double>(shortest).count();
  };
  const double ratio = time_of(kStranger) / time_of(kWrong);
  EXPECT_GT(ratio, 0.6);
  EXPECT_LT(ratio, 1.7);
}

}  // namespace
}  // namespace pmon::http
