// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "http/transport.h"
#include "pmon/result.h"

namespace pmon::http {

// Sockets that listen at "127.0.0.1:9777", "[::1]:9777", "localhost:9777" (each of its addresses) or ":9777" (every
// address of the host, of both families where it has both); port 0 is any that is free. Errors are kUsage (not such an
// address, none of this host, in use) or kUnsupported (not permitted).
[[nodiscard]] Result<std::vector<Socket>> listen_at(std::string_view address);

// The port that a socket is bound to.
[[nodiscard]] int port_of(const Socket& socket);

}  // namespace pmon::http
