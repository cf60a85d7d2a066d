// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "http/transport.h"
#include "http/web_config.h"
#include "pmon/result.h"

struct ssl_ctx_st;

namespace pmon::http {

// A server's certificate and terms. Immutable; may be used from any thread.
class TlsContext {
 public:
  // Errors (kUsage): a file cannot be read or holds something else, key and certificate do not belong together, an
  // unknown cipher suite.
  [[nodiscard]] static Result<std::shared_ptr<const TlsContext>> make(const TlsConfig& config);

  // nullptr where there is no memory for it.
  [[nodiscard]] std::unique_ptr<Transport> accept(Socket socket) const;

 private:
  struct Free {
    void operator()(ssl_ctx_st* context) const;
  };
  using Handle = std::unique_ptr<ssl_ctx_st, Free>;

  explicit TlsContext(Handle context) : context_(std::move(context)) {}

  Handle context_;
};

}  // namespace pmon::http
