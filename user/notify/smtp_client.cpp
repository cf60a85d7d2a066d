// SPDX-License-Identifier: Apache-2.0
#include "notify/smtp_client.h"

#include <curl/curl.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstring>
#include <memory>

#include <fmt/format.h>

#include "delivery/interruption.h"
#include "notify/text.h"

namespace pmon::notify {
namespace {

using delivery::Outcome;
using std::chrono::milliseconds;

struct CurlEnd {
  void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using Handle = std::unique_ptr<CURL, CurlEnd>;
using List = std::unique_ptr<curl_slist, CurlEnd>;

std::size_t read_mail(char* buffer, std::size_t size, std::size_t count, void* rest_of_mail) {
  auto& rest = *static_cast<std::string_view*>(rest_of_mail);
  const std::size_t taken = std::min(size * count, rest.size());
  std::memcpy(buffer, rest.data(), taken);
  rest.remove_prefix(taken);
  return taken;
}

int check_interruption(void*, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  return delivery::interrupted() ? 1 : 0;
}

bool is_loopback(std::string_view host) { return host == "localhost" || host == "127.0.0.1" || host == "::1"; }

List list_of(const std::vector<std::string>& texts) {
  List list;
  for (const std::string& text : texts) {
    curl_slist* longer = curl_slist_append(list.get(), text.c_str());
    if (longer == nullptr) return nullptr;
    (void)list.release();
    list.reset(longer);
  }
  return list;
}

void set_tls(CURL* curl, const EmailOptions& options) {
  const bool has_password = !options.auth_username.empty();
  const bool required = options.require_tls || (has_password && !is_loopback(options.host));
  curl_easy_setopt(curl, CURLOPT_USE_SSL, static_cast<long>(required ? CURLUSESSL_ALL : CURLUSESSL_TRY));
  const delivery::HttpOptions& tls = options.tls;
  if (!tls.ca_file.empty()) curl_easy_setopt(curl, CURLOPT_CAINFO, tls.ca_file.c_str());
  if (!tls.cert_file.empty()) curl_easy_setopt(curl, CURLOPT_SSLCERT, tls.cert_file.c_str());
  if (!tls.key_file.empty()) curl_easy_setopt(curl, CURLOPT_SSLKEY, tls.key_file.c_str());
  if (tls.insecure_skip_verify) {
    curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, 0L);
    curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 0L);
  }
}

void set_authentication(CURL* curl, const EmailOptions& options) {
  if (options.auth_username.empty()) return;
  curl_easy_setopt(curl, CURLOPT_USERNAME, options.auth_username.c_str());
  curl_easy_setopt(curl, CURLOPT_PASSWORD, options.auth_password.reveal().c_str());
  if (!options.auth_identity.empty()) curl_easy_setopt(curl, CURLOPT_SASL_AUTHZID, options.auth_identity.c_str());
}

std::string bracketed(const std::string& host) { return host.find(':') == std::string::npos ? host : "[" + host + "]"; }

// Where the mail goes, and under which name: the path is what we say at EHLO.
std::string server_url(const EmailOptions& options, const std::string& host) {
  const std::string_view scheme = options.implicit_tls ? "smtps" : "smtp";
  return fmt::format("{}://{}:{}/{}", scheme, bracketed(host), options.port, options.hello);
}

Outcome outcome_of(CURL* curl, CURLcode code, const EmailOptions& options, std::string_view said) {
  if (code == CURLE_OK) return Outcome::delivered();
  const std::string server = fmt::format("mail by {}:{}: ", options.host, options.port);
  if (code == CURLE_ABORTED_BY_CALLBACK) return Outcome::retry(server + "given up: the queue ends");
  const std::string what = server + (said.empty() ? std::string(curl_easy_strerror(code)) : one_line(said));
  long answer = 0;
  curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &answer);
  const bool busy = answer >= 400 && answer < 500;  // which STARTTLS may be answered with, too (RFC 3207)
  if (code == CURLE_USE_SSL_FAILED && !busy) {
    return Outcome::rejected(what + " (the server offers no TLS; 'require_tls: false' sends without)");
  }
  if (answer >= 500 && answer < 600) return Outcome::rejected(fmt::format("{} ({})", what, answer));
  const bool never = code == CURLE_URL_MALFORMAT || code == CURLE_SSL_CERTPROBLEM || code == CURLE_SSL_CACERT_BADFILE;
  return never ? Outcome::rejected(what) : Outcome::retry(answer >= 400 ? fmt::format("{} ({})", what, answer) : what);
}

}  // namespace

Outcome send_mail(const EmailOptions& options, const Envelope& envelope, std::string_view mail,
                  delivery::Deadline deadline) {
  const Handle curl(curl_easy_init());
  const List recipients = list_of(envelope.to);
  if (curl == nullptr || recipients == nullptr) return Outcome::retry("mail: not enough memory");
  const auto left = std::chrono::ceil<milliseconds>(deadline - delivery::Clock::now());
  if (left <= milliseconds(0)) return Outcome::retry("mail: no time left");
  // The certificate must have another name than the address: libcurl asks for that name at this address.
  const std::string& name = options.tls.server_name.empty() ? options.host : options.tls.server_name;
  const List connect_to =
      name == options.host
          ? nullptr
          : list_of({fmt::format("{}:{}:{}:{}", bracketed(name), options.port, bracketed(options.host), options.port)});
  if (connect_to) curl_easy_setopt(curl.get(), CURLOPT_CONNECT_TO, connect_to.get());

  std::array<char, CURL_ERROR_SIZE> said{};
  std::string_view rest = mail;
  curl_easy_setopt(curl.get(), CURLOPT_URL, server_url(options, name).c_str());
  curl_easy_setopt(curl.get(), CURLOPT_PROTOCOLS_STR, "smtp,smtps");
  curl_easy_setopt(curl.get(), CURLOPT_PROXY, "");  // whatever the environment says
  curl_easy_setopt(curl.get(), CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl.get(), CURLOPT_QUICK_EXIT, 1L);  // else a time-out waits for the resolver's thread
  curl_easy_setopt(curl.get(), CURLOPT_NOPROGRESS, 0L);
  curl_easy_setopt(curl.get(), CURLOPT_XFERINFOFUNCTION, check_interruption);
  curl_easy_setopt(curl.get(), CURLOPT_TIMEOUT_MS, static_cast<long>(left.count()));
  curl_easy_setopt(curl.get(), CURLOPT_ERRORBUFFER, said.data());
  curl_easy_setopt(curl.get(), CURLOPT_MAIL_FROM, envelope.from.c_str());
  curl_easy_setopt(curl.get(), CURLOPT_MAIL_RCPT, recipients.get());
  curl_easy_setopt(curl.get(), CURLOPT_UPLOAD, 1L);
  curl_easy_setopt(curl.get(), CURLOPT_READFUNCTION, read_mail);
  curl_easy_setopt(curl.get(), CURLOPT_READDATA, &rest);
  set_tls(curl.get(), options);
  set_authentication(curl.get(), options);
  const CURLcode code = curl_easy_perform(curl.get());
  return outcome_of(curl.get(), code, options, said.data());
}

}  // namespace pmon::notify
