// SPDX-License-Identifier: Apache-2.0
#include <filesystem>
#include <limits>
#include <utility>

#include "export/exporters.h"
#include "export/textfile.h"

namespace pmon {

namespace {

// A text that could not be written is not worth another try: the next one is newer.
class TextfileDestination : public delivery::Destination {
 public:
  explicit TextfileDestination(TextfileWriter writer) : writer_(std::move(writer)) {}
  delivery::Outcome send(const delivery::Item& item, delivery::Deadline /*deadline*/) override {
    const auto written = writer_.write(item.body);
    return written ? delivery::Outcome::delivered() : delivery::Outcome::rejected(written.error().message);
  }

 private:
  TextfileWriter writer_;
};

// The file is written by a queue's thread, so that a slow disk holds up no tick. Of texts that wait, only the newest
// stays.
class TextfileExporter : public Exporter {
 public:
  TextfileExporter(MetricFilter filter, std::unique_ptr<delivery::Queue> queue)
      : filter_(std::move(filter)), queue_(std::move(queue)) {}

  [[nodiscard]] bool wants_metrics() const override { return true; }
  void metrics(Timestamp /*time*/, std::span<const exposition::Family> families) override {
    delivery::Item item{{}, 0};
    for (const exposition::Family& family : families) {
      if (!filter_.takes(family.name)) continue;
      item.body += exposition::text(std::span(&family, 1));
      item.count += static_cast<std::uint32_t>(family.samples.size());
    }
    queue_->push(std::move(item));
  }
  [[nodiscard]] const delivery::Queue& queue() const override { return *queue_; }
  [[nodiscard]] Legacy retire(Timestamp /*time*/) override { return {std::move(queue_), {}}; }
  void take_over(Legacy legacy) override { queue_->take_over(std::move(legacy.queue)); }
  void stop(Timestamp /*time*/, delivery::Deadline deadline) override { queue_->stop(deadline); }
  [[nodiscard]] std::optional<delivery::QueueStatus> status() const override { return queue_->status(); }

 private:
  MetricFilter filter_;
  std::unique_ptr<delivery::Queue> queue_;
};

}  // namespace

Settings TextfileConfig::settings() {
  return {
      text_setting("path", path),
      {"metrics",
       [this](config::YamlReader& yaml, const YAML::Node& node) { metrics = read_metric_names(yaml, node); }},
  };
}

std::string TextfileConfig::complaint() const {
  if (path.empty()) return "'path' is missing";
  if (std::filesystem::path(path).extension() != ".prom")
    return "'path' must end in .prom: node_exporter reads no other";
  return {};
}

Result<std::unique_ptr<Exporter>> TextfileConfig::start(const ExportSurroundings& surroundings) const {
  auto writer = TextfileWriter::open(path);
  if (!writer) return std::unexpected(writer.error());
  delivery::QueueOptions options;
  options.name = name;
  options.succeeds = surroundings.succeeds;
  options.capacity = 1;
  options.failures_to_open = std::numeric_limits<unsigned>::max();
  auto queue = delivery::Queue::start(std::make_unique<TextfileDestination>(std::move(*writer)), std::move(options));
  if (!queue) return std::unexpected(queue.error());
  return std::make_unique<TextfileExporter>(MetricFilter(metrics), std::move(*queue));
}

}  // namespace pmon
