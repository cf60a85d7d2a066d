// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "http/endpoints.h"
#include "rules/template_texts.h"

namespace pmon::http {

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
                                         rules::html_escaped(health.version), rules::html_escaped(health.collector),
                                         health.stale ? "The last collection is too old." : ""));
  page.content_type = kHtml;
  return page;
}

}  // namespace pmon::http
