// SPDX-License-Identifier: Apache-2.0
#include "http/gzip.h"

#include <zlib.h>

#include <algorithm>
#include <utility>

namespace pmon::http {
namespace {

constexpr std::size_t kPieceBytes = 64 << 10;
constexpr std::size_t kWorthIt = 1024;  // less fits into one packet anyway
constexpr int kLevel = 1;               // a scrape is large and alike: higher levels cost twice the time for a tenth
constexpr int kGzipWindow = 15 + 16;    // zlib: the largest window, in a gzip frame
constexpr int kMemoryLevel = 8;

}  // namespace

struct BodyWriter::Deflater {
  z_stream stream{};
  Deflater() {
    ready = deflateInit2(&stream, kLevel, Z_DEFLATED, kGzipWindow, kMemoryLevel, Z_DEFAULT_STRATEGY) == Z_OK;
  }
  ~Deflater() { deflateEnd(&stream); }
  Deflater(const Deflater&) = delete;
  Deflater& operator=(const Deflater&) = delete;
  bool ready = false;
};

BodyWriter::BodyWriter(bool gzip) {
  if (!gzip) return;
  deflater_ = std::make_unique<Deflater>();
  if (!deflater_->ready) deflater_.reset();  // no memory for it: send it as it is
}

BodyWriter::~BodyWriter() = default;

void BodyWriter::append(std::string piece) {
  if (deflater_) {
    deflate(piece, false);
  } else if (!piece.empty()) {
    pieces_.push_back(std::move(piece));
  }
}

void BodyWriter::deflate(std::string_view input, bool last) {
  z_stream& stream = deflater_->stream;
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(input.data()));  // zlib only reads it
  stream.avail_in = static_cast<uInt>(input.size());
  for (;;) {
    if (pieces_.empty() || pieces_.back().size() == kPieceBytes) {
      pieces_.emplace_back();
      pieces_.back().reserve(kPieceBytes);
    }
    std::string& piece = pieces_.back();
    const std::size_t used = piece.size();
    piece.resize(kPieceBytes);
    stream.next_out = reinterpret_cast<Bytef*>(piece.data() + used);
    stream.avail_out = static_cast<uInt>(kPieceBytes - used);
    const int result = ::deflate(&stream, last ? Z_FINISH : Z_NO_FLUSH);
    piece.resize(kPieceBytes - stream.avail_out);
    if (last ? result == Z_STREAM_END : stream.avail_out > 0) return;
  }
}

void BodyWriter::finish(Response& response) {
  if (deflater_) {
    deflate({}, true);
    pieces_.back().shrink_to_fit();
    response.headers.emplace_back("Content-Encoding", "gzip");
    deflater_.reset();
  }
  response.body = std::move(pieces_);
}

void compress(Response& response) {
  const auto encoded = std::ranges::find(response.headers, "Content-Encoding", &Field::first);
  if (encoded != response.headers.end() || response.body_size() < kWorthIt) return;
  BodyWriter writer(true);
  for (std::string& piece : response.body) writer.append(std::exchange(piece, {}));
  writer.finish(response);
}

}  // namespace pmon::http
