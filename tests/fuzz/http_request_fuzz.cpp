// SPDX-License-Identifier: Apache-2.0
// HTTP requests from a connection: what is made of them does not depend on how their bytes are split. The limits are
// small ones, so that their edges are met.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "http/request_parser.h"

namespace {

using pmon::http::Request;
using pmon::http::RequestParser;

struct Outcome {
  std::vector<Request> requests;
  RequestParser::Progress last = RequestParser::Progress::kIncomplete;
  int status = 0;
  std::string because;
};

bool same(const Request& a, const Request& b) {
  return a.method == b.method && a.path == b.path && a.parameters == b.parameters && a.headers == b.headers &&
         a.body == b.body && a.keep_alive == b.keep_alive;
}

// next(LEFT): how many bytes the connection gives at once.
template <typename Next>
Outcome read(std::string_view bytes, Next&& next) {
  constexpr pmon::http::RequestLimits kLimits{.target_bytes = 60, .head_bytes = 150, .body_bytes = 40};
  using Progress = RequestParser::Progress;
  RequestParser parser(kLimits);
  Outcome out;
  while (!bytes.empty() && out.last != Progress::kRefused) {
    const std::size_t size = std::clamp<std::size_t>(next(bytes.size()), 1, bytes.size());
    parser.append(bytes.substr(0, size));
    bytes.remove_prefix(size);
    for (out.last = parser.parse(); out.last == Progress::kComplete; out.last = parser.parse()) {
      out.requests.push_back(parser.take());
    }
  }
  if (out.last == Progress::kRefused) {
    out.status = parser.refusal().status;
    out.because = parser.refusal().body.at(0);
    if (parser.parse() != Progress::kRefused || out.status < 400) std::abort();
  }
  return out;
}

void require_same(const Outcome& a, const Outcome& b) {
  if (a.last != b.last || a.status != b.status || a.because != b.because ||
      !std::ranges::equal(a.requests, b.requests, same)) {
    std::abort();
  }
}

}  // namespace

// The first byte tells the sizes of the third way to split.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const Outcome whole = read(bytes, [](std::size_t left) { return left; });
  require_same(whole, read(bytes, [](std::size_t) { return std::size_t{1}; }));
  std::uint32_t random = data[0];
  require_same(whole, read(bytes, [&random](std::size_t) {
                 random = random * 1664525 + 1013904223;
                 return std::size_t{random >> 24} % 50;
               }));
  return 0;
}
