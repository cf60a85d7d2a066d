// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "config/yaml_reader.h"
#include "delivery/http_client.h"

namespace pmon::delivery {

// Reads Prometheus's http_config: basic_auth {username, password, password_file}, authorization {type, credentials,
// credentials_file}, bearer_token(_file), tls_config {ca_file, cert_file, key_file, server_name,
// insecure_skip_verify}, proxy_url, follow_redirects. What is wrong is told to the reader.
[[nodiscard]] HttpOptions read_http_config(config::YamlReader& yaml, const YAML::Node& node);

}  // namespace pmon::delivery
