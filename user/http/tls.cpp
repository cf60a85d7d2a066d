// SPDX-License-Identifier: Apache-2.0
#include "http/tls.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <climits>
#include <string>
#include <utility>

#include <fmt/format.h>

namespace pmon::http {
namespace {

struct FreeSsl {
  void operator()(SSL* ssl) const { SSL_free(ssl); }
};
using SslHandle = std::unique_ptr<SSL, FreeSsl>;

class TlsTransport : public Transport {
 public:
  TlsTransport(Socket socket, SslHandle ssl) : socket_(std::move(socket)), ssl_(std::move(ssl)) {}

  IoResult handshake() override {
    ERR_clear_error();
    const int result = SSL_accept(ssl_.get());
    return result == 1 ? IoResult{IoResult::State::kDone} : outcome_of(result);
  }

  IoResult read(std::span<char> into) override {
    ERR_clear_error();
    const int got = SSL_read(ssl_.get(), into.data(), length(into.size()));
    return got > 0 ? IoResult{IoResult::State::kDone, static_cast<std::size_t>(got)} : outcome_of(got);
  }

  IoResult write(std::string_view from) override {
    if (from.empty()) return {IoResult::State::kDone, 0};
    ERR_clear_error();
    const int put = SSL_write(ssl_.get(), from.data(), length(from.size()));
    return put > 0 ? IoResult{IoResult::State::kDone, static_cast<std::size_t>(put)} : outcome_of(put);
  }

  void end_writing() override {
    ERR_clear_error();
    if (!broken_) SSL_shutdown(ssl_.get());
    ::shutdown(socket_.fd(), SHUT_WR);
  }
  [[nodiscard]] int fd() const override { return socket_.fd(); }

 private:
  static int length(std::size_t size) { return static_cast<int>(std::min<std::size_t>(size, INT_MAX)); }

  IoResult outcome_of(int result) {
    switch (SSL_get_error(ssl_.get(), result)) {
      case SSL_ERROR_WANT_READ: return {IoResult::State::kWantRead};
      case SSL_ERROR_WANT_WRITE: return {IoResult::State::kWantWrite};
      case SSL_ERROR_ZERO_RETURN: return {};
      default: broken_ = true; return {};
    }
  }

  Socket socket_;
  SslHandle ssl_;
  bool broken_ = false;  // OpenSSL must not be asked again, not even to say good-bye
};

std::unexpected<Error> tls_error(const std::string& what) {
  std::string reason = "unknown error";
  if (const unsigned long code = ERR_get_error(); code != 0) {
    const char* const text = ERR_reason_error_string(code);
    if (text != nullptr) reason = text;
  }
  ERR_clear_error();
  return fail(ErrorKind::kUsage, fmt::format("{}: {}", what, reason));
}

int version_number(TlsVersion version) {
  switch (version) {
    case TlsVersion::kTls10: return TLS1_VERSION;
    case TlsVersion::kTls11: return TLS1_1_VERSION;
    case TlsVersion::kTls12: return TLS1_2_VERSION;
    case TlsVersion::kTls13: return TLS1_3_VERSION;
  }
  return TLS1_2_VERSION;
}

int take_any(X509_STORE_CTX* /*store*/, void* /*unused*/) { return 1; }

Result<void> set_client_auth(SSL_CTX* context, const TlsConfig& config) {
  switch (config.client_auth) {
    case ClientAuth::kNoClientCert: return {};
    case ClientAuth::kRequestClientCert:
    case ClientAuth::kRequireAnyClientCert: SSL_CTX_set_cert_verify_callback(context, take_any, nullptr); break;
    case ClientAuth::kVerifyClientCertIfGiven:
    case ClientAuth::kRequireAndVerifyClientCert: {
      const char* const file = config.client_ca_file.c_str();
      if (SSL_CTX_load_verify_locations(context, file, nullptr) != 1) {
        return tls_error(fmt::format("client_ca_file '{}'", config.client_ca_file));
      }
      SSL_CTX_set_client_CA_list(context, SSL_load_client_CA_file(file));
      break;
    }
  }
  const bool required = config.client_auth == ClientAuth::kRequireAnyClientCert ||
                        config.client_auth == ClientAuth::kRequireAndVerifyClientCert;
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER | (required ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0), nullptr);
  return {};
}

// IANA's names ("TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256") as the list that OpenSSL takes.
Result<void> set_ciphers(SSL_CTX* context, const TlsConfig& config) {
  if (config.cipher_suites.empty()) return {};
  if (SSL_CTX_set_cipher_list(context, "ALL") != 1) return tls_error("cipher_suites");
  std::string list;
  for (const std::string& wanted : config.cipher_suites) {
    const STACK_OF(SSL_CIPHER)* const known = SSL_CTX_get_ciphers(context);
    std::string name;
    for (int i = 0; i < sk_SSL_CIPHER_num(known); ++i) {
      const SSL_CIPHER* const cipher = sk_SSL_CIPHER_value(known, i);
      const char* const standard = SSL_CIPHER_standard_name(cipher);
      if (standard != nullptr && wanted == standard) name = SSL_CIPHER_get_name(cipher);
    }
    if (name.empty()) return fail(ErrorKind::kUsage, fmt::format("cipher_suites: unknown suite '{}'", wanted));
    if (!wanted.starts_with("TLS_AES_") && !wanted.starts_with("TLS_CHACHA20_POLY1305_SHA256")) {
      list += (list.empty() ? "" : ":") + name;  // those of TLS 1.3 cannot be chosen, in Go neither
    }
  }
  if (!list.empty() && SSL_CTX_set_cipher_list(context, list.c_str()) != 1) return tls_error("cipher_suites");
  return {};
}

Result<void> set_curves(SSL_CTX* context, const TlsConfig& config) {
  if (config.curve_preferences.empty()) return {};
  const std::string list = fmt::format("{}", fmt::join(config.curve_preferences, ":"));
  if (SSL_CTX_set1_groups_list(context, list.c_str()) != 1) return tls_error("curve_preferences");
  return {};
}

Result<void> set_certificate(SSL_CTX* context, const TlsConfig& config) {
  if (SSL_CTX_use_certificate_chain_file(context, config.cert_file.c_str()) != 1) {
    return tls_error(fmt::format("cert_file '{}'", config.cert_file));
  }
  if (SSL_CTX_use_PrivateKey_file(context, config.key_file.c_str(), SSL_FILETYPE_PEM) != 1) {
    return tls_error(fmt::format("key_file '{}'", config.key_file));
  }
  return {};
}

// Clients that speak HTTP/2 must hear that this server does not.
int choose_protocol(SSL* /*ssl*/, const unsigned char** out, unsigned char* out_length, const unsigned char* in,
                    unsigned in_length, void* /*unused*/) {
  static constexpr auto kHttp11 = std::to_array<unsigned char>({8, 'h', 't', 't', 'p', '/', '1', '.', '1'});
  unsigned char* chosen = nullptr;
  const int result = SSL_select_next_proto(&chosen, out_length, kHttp11.data(), kHttp11.size(), in, in_length);
  *out = chosen;
  return result == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_NOACK;
}

}  // namespace

void TlsContext::Free::operator()(ssl_ctx_st* context) const { SSL_CTX_free(context); }

Result<std::shared_ptr<const TlsContext>> TlsContext::make(const TlsConfig& config) {
  ERR_clear_error();
  Handle handle(SSL_CTX_new(TLS_server_method()));
  if (!handle) return tls_error("TLS");
  SSL_CTX* const context = handle.get();
  // Above 0 OpenSSL does not speak what is older than TLS 1.2, whatever the minimum.
  if (config.min_version < TlsVersion::kTls12) SSL_CTX_set_security_level(context, 0);
  SSL_CTX_set_min_proto_version(context, version_number(config.min_version));
  SSL_CTX_set_max_proto_version(context, version_number(config.max_version));
  SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_NO_TICKET);
  if (config.prefer_server_cipher_suites) SSL_CTX_set_options(context, SSL_OP_CIPHER_SERVER_PREFERENCE);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);  // it would grow with the clients
  SSL_CTX_set_mode(context,
                   SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_CTX_set_alpn_select_cb(context, choose_protocol, nullptr);
  for (const auto set : {set_certificate, set_client_auth, set_ciphers, set_curves}) {
    if (auto done = set(context, config); !done) return std::unexpected(done.error());
  }
  return std::shared_ptr<const TlsContext>(new TlsContext(std::move(handle)));
}

std::unique_ptr<Transport> TlsContext::accept(Socket socket) const {
  SslHandle ssl(SSL_new(context_.get()));
  if (!ssl || SSL_set_fd(ssl.get(), socket.fd()) != 1) return nullptr;
  return std::make_unique<TlsTransport>(std::move(socket), std::move(ssl));
}

}  // namespace pmon::http
