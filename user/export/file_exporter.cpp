// SPDX-License-Identifier: Apache-2.0
#include <utility>

#include <yaml-cpp/yaml.h>

#include "export/exporters.h"
#include "export/push_exporter.h"
#include "export/report.h"
#include "export/rotating_file.h"

namespace pmon {

namespace {

constexpr std::uint64_t kLeastBytes = 1'000'000;
constexpr std::int64_t kMostFiles = 1000;

class FileEncoder : public Encoder {
 public:
  explicit FileEncoder(ReportOptions options) : options_(std::move(options)) {}
  Encoded window(const Window& window) const override { return report_lines(window, options_); }
  Encoded events(std::span<const EventLine> events) const override {
    Batches batches(options_.most_lines);
    for (const EventLine& event : events) batches.add(event.json);
    return std::move(batches).take();
  }

 private:
  ReportOptions options_;
};

}  // namespace

Settings FileConfig::settings() {
  Settings all = {
      text_setting("path", path),
      {"max_size",
       [this](config::YamlReader& yaml, const YAML::Node& node) {
         const std::size_t before = yaml.error_count();
         max_bytes = yaml.bytes(node, "max_size");
         if (max_bytes < kLeastBytes && yaml.error_count() == before) {
           yaml.error(node, "'max_size' must be at least 1MB");
         }
       }},
      {"keep",
       [this](config::YamlReader& yaml, const YAML::Node& node) {
         keep = static_cast<unsigned>(yaml.integer(node, "keep", 0, kMostFiles));
       }},
      events_setting(events),
      labels_setting("tags", tags),
  };
  append(all, metrics.settings());
  append(all, queue.settings());
  return all;
}

std::string FileConfig::complaint() const { return path.empty() ? "'path' is missing" : ""; }

Result<std::unique_ptr<Exporter>> FileConfig::start(const ExportSurroundings& surroundings) const {
  auto file = RotatingFile::open({path, max_bytes, keep}, surroundings.written.contains(path));
  if (!file) return std::unexpected(file.error());
  auto queues = start_queues(*this, surroundings, std::make_unique<FileDestination>(std::move(*file)));
  if (!queues) return std::unexpected(queues.error());
  ReportOptions report{surroundings.host, tags};
  return std::make_unique<PushExporter>(PushExporter::Parts{
      metrics.reducer(), events, std::make_unique<FileEncoder>(std::move(report)), nullptr, std::move(queues->queue)});
}

}  // namespace pmon
