// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "http/message.h"
#include "pmon/result.h"

namespace pmon::http {

struct RequestLimits {
  std::size_t target_bytes = 8 << 10;  // of the URL
  std::size_t head_bytes = 16 << 10;   // of request line and headers
  std::size_t body_bytes = 64 << 10;
};

// Reads HTTP/1.0 and 1.1 requests (RFC 9112) out of the bytes of one connection, strictly: what two readers could
// understand in two ways (bare line feeds, folded headers, two lengths, a chunked body) is refused. Holds no more than
// the limits and what one read() gave beyond them.
class RequestParser {
 public:
  explicit RequestParser(const RequestLimits& limits) : limits_(limits) {}

  void append(std::string_view bytes) { buffer_ += bytes; }

  enum class Progress {
    kIncomplete,  // more bytes are needed
    kComplete,    // take() has the request
    kRefused,     // refusal() has the answer; nothing after it can be understood
  };
  [[nodiscard]] Progress parse();
  // After kComplete. What came behind the request stays for the next parse().
  [[nodiscard]] Request take();
  [[nodiscard]] Response refusal() const { return plain(refused_status_, refused_because_ + "\n"); }

  // The first byte of a request is there.
  [[nodiscard]] bool started() const { return head_done_ || !buffer_.empty(); }
  // The client waits for "100 Continue" before it sends the body; true once for a request.
  [[nodiscard]] bool wants_continue();

 private:
  Progress refuse(int status, std::string because);
  bool parse_head(std::string_view head);
  bool parse_request_line(std::string_view line);
  bool parse_header(std::string_view line);
  bool parse_framing();
  bool finish();

  RequestLimits limits_;
  std::string buffer_;
  std::size_t scanned_ = 0;  // no end of the head before it
  bool head_done_ = false;
  bool http_1_0_ = false;
  bool wants_continue_ = false;
  std::size_t body_size_ = 0;
  Request request_;
  int refused_status_ = 0;
  std::string refused_because_;
};

}  // namespace pmon::http
