// SPDX-License-Identifier: Apache-2.0
#include <utility>

#include "export/exporters.h"
#include "export/http_destination.h"
#include "export/push_exporter.h"
#include "export/remote_write_body.h"

namespace pmon {

namespace {

constexpr std::size_t kMostSamples = 100'000;

class RemoteWriteEncoder : public Encoder {
 public:
  explicit RemoteWriteEncoder(RemoteWriteOptions options) : options_(std::move(options)) {}
  Encoded window(const Window& window) const override { return remote_write_bodies(window, options_); }

 private:
  RemoteWriteOptions options_;
};

}  // namespace

Settings RemoteWriteConfig::settings() {
  Settings all = http.settings();
  std::erase_if(all, [](const Setting& setting) { return setting.key == "gzip"; });  // snappy is part of the protocol
  append(all, {count_setting("batch", batch, kMostSamples), labels_setting("labels", labels)});
  append(all, metrics.settings());
  append(all, queue.settings());
  return all;
}

Result<std::unique_ptr<Exporter>> RemoteWriteConfig::start(const ExportSurroundings& surroundings) const {
  delivery::HttpRequest request = http.request("application/x-protobuf");
  request.headers.emplace_back("Content-Encoding", "snappy");
  request.headers.emplace_back("X-Prometheus-Remote-Write-Version", "0.1.0");
  auto queues = start_queues(*this, surroundings, std::make_unique<HttpDestination>(http.http, std::move(request)));
  if (!queues) return std::unexpected(queues.error());
  // As a Prometheus server that scrapes would name it.
  RemoteWriteOptions options{with_tags(labels, {{"instance", surroundings.host}, {"job", "pmon"}}), batch};
  return std::make_unique<PushExporter>(PushExporter::Parts{metrics.reducer(),
                                                            {},
                                                            std::make_unique<RemoteWriteEncoder>(std::move(options)),
                                                            nullptr,
                                                            std::move(queues->queue)});
}

}  // namespace pmon
