// SPDX-License-Identifier: Apache-2.0
#include "delivery/gzip.h"

#include <limits>

#include <zlib.h>

namespace pmon::delivery {

Result<std::string> gzip(std::string_view bytes) {
  constexpr int kWindowBitsOfGzip = 15 + 16;  // zlib.h: "Add 16 to windowBits to write a simple gzip header"
  constexpr int kMemoryLevel = 8;
  if (bytes.size() > std::numeric_limits<uInt>::max()) return fail(ErrorKind::kUsage, "compress: more than 4 GiB");
  z_stream stream{};
  if (deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, kWindowBitsOfGzip, kMemoryLevel, Z_DEFAULT_STRATEGY) !=
      Z_OK) {
    return fail(ErrorKind::kFailed, "compress: no memory");
  }
  std::string out(deflateBound(&stream, bytes.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  const int end = deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  if (end != Z_STREAM_END) return fail(ErrorKind::kFailed, "compress: no room");
  return out;
}

}  // namespace pmon::delivery
