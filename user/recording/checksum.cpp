// SPDX-License-Identifier: Apache-2.0
#include "recording/checksum.h"

#include <zlib.h>

namespace pmon::recording {

std::uint32_t checksum(std::string_view bytes) {
  return static_cast<std::uint32_t>(
      crc32(0, reinterpret_cast<const Bytef*>(bytes.data()), static_cast<uInt>(bytes.size())));
}

}  // namespace pmon::recording
