// SPDX-License-Identifier: Apache-2.0
#include <malloc.h>

#include <utility>

#include "export/exposition.h"
#include "http/accept.h"
#include "http/endpoints.h"
#include "http/gzip.h"

namespace pmon::http {
namespace {

constexpr std::size_t kManySamples = 10'000;

std::string_view content_type_of(exposition::Format format) {
  switch (format) {
    case exposition::Format::kText: return "text/plain; version=0.0.4; charset=utf-8";
    case exposition::Format::kOpenMetrics: return "application/openmetrics-text; version=1.0.0; charset=utf-8";
  }
  return kPlain;
}

}  // namespace

Response metrics_page(const Request& request, Host& host) {
  auto families = host.families();
  if (!families) return plain(503, families.error().text() + "\n");
  const exposition::Format format = exposition_format(request.header("accept"));
  BodyWriter body(accepts_gzip(request.header("accept-encoding")));
  std::size_t samples = 0;
  for (exposition::Family& family : *families) {
    samples += family.samples.size();
    std::string text;
    exposition::append_family(text, family, format);
    body.append(std::move(text));
    std::exchange(family.samples, {});  // no longer needed: a large scrape is never there twice
  }
  body.append(std::string(exposition::end_of(format)));
  Response response{.content_type = std::string(content_type_of(format)),
                    .headers = {{"Vary", "Accept, Accept-Encoding"}}};
  body.finish(response);
  families->clear();
  if (samples > kManySamples) ::malloc_trim(0);
  return response;
}

}  // namespace pmon::http
