// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>

namespace pmon::recording {

// CRC-32 as of gzip and PNG (polynomial 0x04C11DB7, reflected). At most 4 GiB.
[[nodiscard]] std::uint32_t checksum(std::string_view bytes);

}  // namespace pmon::recording
