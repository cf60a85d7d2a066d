// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "http/host.h"
#include "http/message.h"

namespace pmon::http {

// What is answered at each path; docs/http.md tells the forms. Called from several threads.

Response metrics_page(const Request& request, Host& host);

// At once, without the monitor's thread.
Response health_page(const Request& request, Host& host);
Response health_page(const Health& health);
Response ready_page(const Request& request, Host& host);
Response index_page(const Request& request, Host& host);

Response api_query(const Request& request, Host& host);
Response api_query_range(const Request& request, Host& host);
Response api_series(const Request& request, Host& host);
Response api_labels(const Request& request, Host& host);
Response api_label_values(const Request& request, Host& host);  // /api/v1/label/NAME/values
Response api_metadata(const Request& request, Host& host);
Response api_alerts(const Request& request, Host& host);
Response api_processes(const Request& request, Host& host);
Response api_build_info(const Request& request, Host& host);

Response config_page(const Request& request, Host& host);
Response reload_page(const Request& request, Host& host);

}  // namespace pmon::http
