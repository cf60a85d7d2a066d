// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "http/endpoints.h"

namespace pmon::http {
namespace {

std::string html_escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      default: out += c;
    }
  }
  return out;
}

}  // namespace

Response index_page(const Request& /*request*/, Host& host) {
  const Health health = host.health();
  Response page = plain(200, fmt::format(R"(<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><title>pmon</title></head>
<body>
<h1>pmon {}</h1>
<p>Collector: {}. {}</p>
<ul>
<li><a href="metrics">metrics</a></li>
<li><a href="healthz">healthz</a>, <a href="readyz">readyz</a>, <a href="config">config</a></li>
<li><a href="api/v1/alerts">alerts</a></li>
<li><a href="api/v1/processes?sort=cpu&amp;limit=20">processes by CPU</a>,
<a href="api/v1/processes?sort=memory&amp;limit=20">by memory</a></li>
<li><a href="api/v1/query?query=pmon_process_cpu_seconds_total">query</a>,
<a href="api/v1/metadata">metadata</a>, <a href="api/v1/labels">labels</a></li>
</ul>
</body>
</html>
)",
                                         html_escaped(health.version), html_escaped(health.collector),
                                         health.stale ? "The last collection is too old." : ""));
  page.content_type = kHtml;
  return page;
}

}  // namespace pmon::http
