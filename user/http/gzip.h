// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "http/message.h"

namespace pmon::http {

// A body made piece by piece, compressed on its way where the client takes that, so that a large one is never whole
// in memory twice.
class BodyWriter {
 public:
  explicit BodyWriter(bool gzip);
  ~BodyWriter();
  BodyWriter(const BodyWriter&) = delete;
  BodyWriter& operator=(const BodyWriter&) = delete;

  void append(std::string piece);
  // Sets the response's body, and says how it is encoded. Once.
  void finish(Response& response);

 private:
  struct Deflater;

  void deflate(std::string_view input, bool last);

  std::unique_ptr<Deflater> deflater_;  // absent: as it is
  std::vector<std::string> pieces_;
};

// Compresses a body that is large enough to be worth it and is not compressed yet.
void compress(Response& response);

}  // namespace pmon::http
