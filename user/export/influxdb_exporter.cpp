// SPDX-License-Identifier: Apache-2.0
#include <utility>

#include <yaml-cpp/yaml.h>

#include "export/exporters.h"
#include "export/http_destination.h"
#include "export/line_protocol.h"
#include "export/push_exporter.h"

namespace pmon {

namespace {

constexpr std::size_t kMostLines = 5000;

class LineProtocolEncoder : public Encoder {
 public:
  explicit LineProtocolEncoder(LineProtocolOptions options) : options_(std::move(options)) {}
  Encoded window(const Window& window) const override { return line_protocol(window, options_); }

 private:
  LineProtocolOptions options_;
};

Setting secret_setting(std::string_view key, config::Secret& into) {
  return {key, [key, &into](config::YamlReader& yaml, const YAML::Node& node) { into = yaml.secret(node, key); }};
}

}  // namespace

Settings InfluxdbConfig::settings() {
  Settings all = http.settings();
  append(all,
         {text_setting("database", database), text_setting("retention_policy", retention_policy),
          text_setting("username", username), secret_setting("password", password), text_setting("org", org),
          text_setting("bucket", bucket), secret_setting("token", token), count_setting("batch", batch, kMostLines),
          text_setting("fallback", fallback), labels_setting("tags", tags)});
  append(all, metrics.settings());
  append(all, queue.settings());
  return all;
}

std::string InfluxdbConfig::complaint() const {
  if (std::string wrong = http.complaint(); !wrong.empty()) return wrong;
  if (http.url.reveal().find_first_of("?#") != std::string::npos) {
    return "'url' must have no query: 'database' or 'bucket' say where to write";
  }
  const bool second = !org.empty() || !bucket.empty() || !token.empty();
  const bool first = !database.empty() || !retention_policy.empty() || !username.empty() || !password.empty();
  if (first && second)
    return "'database', 'username' are of InfluxDB 1, 'org', 'bucket', 'token' of 2: use one or the other";
  if (second && bucket.empty()) return "'bucket' is missing";
  if (!second && database.empty()) return "'database' (InfluxDB 1) or 'bucket' (2) is missing";
  if (username.empty() != password.empty()) return "'username' and 'password' belong together";
  const bool other_way = !http.http.user.empty() || !http.http.authorization.empty();
  if (other_way && (!username.empty() || !token.empty())) return "'http_config' says already how to log in";
  return {};
}

std::string InfluxdbConfig::path() const {
  if (!bucket.empty()) {
    return "/api/v2/write?org=" + percent_encoded(org) + "&bucket=" + percent_encoded(bucket) + "&precision=ms";
  }
  std::string path = "/write?db=" + percent_encoded(database);
  if (!retention_policy.empty()) path += "&rp=" + percent_encoded(retention_policy);
  return path + "&precision=ms";
}

Result<std::unique_ptr<Exporter>> InfluxdbConfig::start(const ExportSurroundings& surroundings) const {
  delivery::HttpOptions options = http.http;
  if (!username.empty()) {
    options.user = username;
    options.password = password;
  }
  if (!token.empty()) {
    options.authorization_type = "Token";
    options.authorization = token;
  }
  auto destination =
      std::make_unique<HttpDestination>(std::move(options), http.request("text/plain; charset=utf-8", path()));
  auto queues = start_queues(*this, surroundings, std::move(destination));
  if (!queues) return std::unexpected(queues.error());
  LineProtocolOptions lines{with_tags(tags, {{"host", surroundings.host}}), batch};
  return std::make_unique<PushExporter>(PushExporter::Parts{metrics.reducer(),
                                                            {},
                                                            std::make_unique<LineProtocolEncoder>(std::move(lines)),
                                                            std::move(queues->fallback),
                                                            std::move(queues->queue)});
}

}  // namespace pmon
