// SPDX-License-Identifier: Apache-2.0
#include "http/listener.h"

#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>
#include <charconv>
#include <memory>
#include <optional>

#include <fmt/format.h>

#include "pmon/errno_text.h"

namespace pmon::http {
namespace {

constexpr std::string_view kGiveAnother = "give an address of this host, such as 127.0.0.1:9777, or :9777 for all";
constexpr int kBacklog = 1024;  // beyond it the kernel makes clients wait a second and more

struct HostPort {
  std::string host;  // "": all
  int port = 0;
};

std::optional<HostPort> split(std::string_view address) {
  const std::size_t colon = address.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  std::string_view host = address.substr(0, colon);
  const std::string_view digits = address.substr(colon + 1);
  HostPort out;
  const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), out.port);
  if (read.ec != std::errc() || read.ptr != digits.data() + digits.size() || out.port < 0 || out.port > 65535) {
    return std::nullopt;
  }
  if (host.starts_with('[') && host.ends_with(']')) {
    host = host.substr(1, host.size() - 2);
    if (host.empty()) return std::nullopt;
  } else if (host.find(':') != std::string_view::npos) {
    return std::nullopt;  // an IPv6 address needs brackets
  }
  out.host = host;
  return out;
}

// What may pass by itself is no mistake in the configuration, though it often is one: the service is to try again when
// the address has come or its other user has gone.
std::unexpected<Error> listen_error(int number, std::string_view address, int port) {
  const std::string what = fmt::format("listen at {}: {}", address, errno_text(number));
  if (number == EADDRINUSE) {
    return fail(
        ErrorKind::kFailed, what,
        fmt::format("another program, or another pmon, has this port: 'ss -ltnp sport = :{}' names it; stop it, "
                    "or give another address in http.listen",
                    port));
  }
  if (number == EACCES || number == EPERM) {
    return fail(ErrorKind::kUnsupported, what, "ports below 1024 need CAP_NET_BIND_SERVICE; give a higher one");
  }
  const bool may_pass =
      number == EADDRNOTAVAIL || number == EMFILE || number == ENFILE || number == ENOMEM || number == ENOBUFS;
  return fail(may_pass ? ErrorKind::kFailed : ErrorKind::kUsage, what, std::string(kGiveAnother));
}

// A socket, or errno.
std::expected<Socket, int> open_at(const addrinfo& info, bool both_families) {
  Socket socket(::socket(info.ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (socket.fd() < 0) return std::unexpected(errno);
  const int on = 1;
  const int only_v6 = both_families ? 0 : 1;
  ::setsockopt(socket.fd(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (info.ai_family == AF_INET6) ::setsockopt(socket.fd(), IPPROTO_IPV6, IPV6_V6ONLY, &only_v6, sizeof only_v6);
  if (::bind(socket.fd(), info.ai_addr, info.ai_addrlen) != 0) return std::unexpected(errno);
  if (::listen(socket.fd(), kBacklog) != 0) return std::unexpected(errno);
  return socket;
}

struct FreeAddresses {
  void operator()(addrinfo* list) const { ::freeaddrinfo(list); }
};
using Addresses = std::unique_ptr<addrinfo, FreeAddresses>;

Result<Addresses> resolve(const HostPort& where, std::string_view address, int family) {
  addrinfo hints{};
  hints.ai_family = family;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  addrinfo* list = nullptr;
  const std::string port = std::to_string(where.port);
  const int result = ::getaddrinfo(where.host.empty() ? nullptr : where.host.c_str(), port.c_str(), &hints, &list);
  if (result == 0) return Addresses(list);
  const bool may_pass = result == EAI_AGAIN || result == EAI_SYSTEM || result == EAI_MEMORY;
  return fail(may_pass ? ErrorKind::kFailed : ErrorKind::kUsage,
              fmt::format("listen at {}: {}", address, ::gai_strerror(result)), std::string(kGiveAnother));
}

}  // namespace

Result<std::vector<Socket>> listen_at(std::string_view address) {
  const auto where = split(address);
  if (!where) {
    return fail(ErrorKind::kUsage, fmt::format("listen at '{}': not an address and a port", address),
                "write 127.0.0.1:9777, [::1]:9777, or :9777 for all addresses");
  }
  std::vector<Socket> sockets;
  const bool all = where->host.empty();
  for (const int family : {all ? AF_INET6 : AF_UNSPEC, AF_INET}) {
    const auto addresses = resolve(*where, address, family);
    if (!addresses) return std::unexpected(addresses.error());
    for (const addrinfo* info = addresses->get(); info != nullptr; info = info->ai_next) {
      auto socket = open_at(*info, all);
      if (!socket && all && family == AF_INET6 && (socket.error() == EAFNOSUPPORT || socket.error() == EADDRNOTAVAIL)) {
        continue;  // a host without IPv6
      }
      if (!socket) return listen_error(socket.error(), address, where->port);
      sockets.push_back(std::move(*socket));
    }
    if (!sockets.empty()) break;
  }
  return sockets;
}

int port_of(const Socket& socket) {
  sockaddr_storage address{};
  socklen_t length = sizeof address;
  if (::getsockname(socket.fd(), reinterpret_cast<sockaddr*>(&address), &length) != 0) return 0;
  return ntohs(address.ss_family == AF_INET6 ? reinterpret_cast<const sockaddr_in6*>(&address)->sin6_port
                                             : reinterpret_cast<const sockaddr_in*>(&address)->sin_port);
}

}  // namespace pmon::http
