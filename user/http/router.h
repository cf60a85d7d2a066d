// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "http/host.h"
#include "http/message.h"

namespace pmon::http {

// One row of the table of paths.
struct Route {
  std::string_view path;     // a part "*" is any one part
  std::string_view methods;  // "GET, HEAD", as in Allow
  bool at_once;              // answered without the monitor's thread
  Response (*serve)(const Request&, Host&);
};

// nullptr where there is no such path.
[[nodiscard]] const Route* find_route(std::string_view path);

// 404 and 405: in Prometheus's form below /api/, else as plain text.
[[nodiscard]] Response no_such_path(const Request& request);
[[nodiscard]] bool allows(const Route& route, std::string_view method);
[[nodiscard]] Response wrong_method(const Request& request, const Route& route);

}  // namespace pmon::http
