// SPDX-License-Identifier: Apache-2.0
#include <utility>

#include "export/exporters.h"
#include "export/http_destination.h"
#include "export/push_exporter.h"
#include "export/report.h"

namespace pmon {

namespace {

constexpr std::size_t kMostReports = 100'000;

// Items are lines, as a fallback file is to have them; a request has them as an array.
class ReportEncoder : public Encoder {
 public:
  explicit ReportEncoder(ReportOptions options) : options_(std::move(options)) {}
  Encoded window(const Window& window) const override { return report_lines(window, options_); }

 private:
  ReportOptions options_;
};

}  // namespace

Settings HttpPushConfig::settings() {
  Settings all = http.settings();
  append(all, {count_setting("batch", batch, kMostReports), text_setting("fallback", fallback),
               labels_setting("tags", tags)});
  append(all, metrics.settings());
  append(all, queue.settings());
  return all;
}

Result<std::unique_ptr<Exporter>> HttpPushConfig::start(const ExportSurroundings& surroundings) const {
  auto destination = std::make_unique<HttpDestination>(
      http.http, http.request("application/json"), [](const delivery::Item& item) { return report_array(item.body); });
  auto queues = start_queues(*this, surroundings, std::move(destination));
  if (!queues) return std::unexpected(queues.error());
  ReportOptions report{surroundings.host, tags, batch};
  return std::make_unique<PushExporter>(PushExporter::Parts{metrics.reducer(),
                                                            {},
                                                            std::make_unique<ReportEncoder>(std::move(report)),
                                                            std::move(queues->fallback),
                                                            std::move(queues->queue)});
}

}  // namespace pmon
