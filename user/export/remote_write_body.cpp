// SPDX-License-Identifier: Apache-2.0
#include "export/remote_write_body.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include <remote_write.pb.h>
#include <snappy.h>

#include "export/utf8.h"

namespace pmon {

namespace {

using prometheus::TimeSeries;
using prometheus::WriteRequest;

class Requests {
 public:
  explicit Requests(std::size_t most_samples) : most_samples_(most_samples) {}

  TimeSeries& add_series() {
    if (samples_ >= most_samples_) end_request();
    return *request_.add_timeseries();
  }
  void add_sample(TimeSeries& series, double value, Timestamp time) {
    prometheus::Sample& sample = *series.add_samples();
    sample.set_value(value);
    sample.set_timestamp(time);
    ++samples_;
  }
  [[nodiscard]] Encoded take() && {
    end_request();
    return std::move(encoded_);
  }

 private:
  void end_request() {
    if (samples_ == 0) return;
    const std::string plain = request_.SerializeAsString();
    delivery::Item item{{}, samples_};
    snappy::Compress(plain.data(), plain.size(), &item.body);
    encoded_.items.push_back(std::move(item));
    request_.Clear();
    samples_ = 0;
  }

  std::size_t most_samples_;
  std::uint32_t samples_ = 0;
  WriteRequest request_;
  Encoded encoded_;
};

// Sorted, as the specification asks; "__name__" is put among them where it belongs.
void set_labels(TimeSeries& series, const Labels& labels, const std::string& name) {
  const auto add = [&series](std::string_view label, std::string value) {
    prometheus::Label& pair = *series.add_labels();
    pair.set_name(std::string(label));
    pair.set_value(std::move(value));
  };
  bool named = false;
  for (const auto& [label, value] : labels) {
    if (!named && label > kNameLabel) {
      add(kNameLabel, name);
      named = true;
    }
    add(label, valid_utf8(value));
  }
  if (!named) add(kNameLabel, name);
}

}  // namespace

Encoded remote_write_bodies(const Window& window, const RemoteWriteOptions& options) {
  Requests requests(options.most_samples);
  const auto stale = std::bit_cast<double>(kStaleBits);
  for (const WindowFamily& family : window.families) {
    std::array<std::string, kStatistics.size()> names;
    for (const Statistic statistic : kStatistics) {
      names[static_cast<std::size_t>(statistic)] = series_name(family.name, family.kind, statistic);
    }
    for (const WindowSeries& series : family.series) {
      const Labels labels = with_tags(series.labels, options.labels);
      for (std::size_t i = 0; i < names.size(); ++i) {
        const bool ends = series.ended && series.told.has(kStatistics[i]);
        if (!series.values[i] && !ends) continue;
        TimeSeries& out = requests.add_series();
        set_labels(out, labels, names[i]);
        if (series.values[i]) requests.add_sample(out, *series.values[i], series.time);
        // A clock that was set back must not bring the marker before the sample.
        if (ends) requests.add_sample(out, stale, std::max(window.end, series.time + 1));
      }
    }
  }
  return std::move(requests).take();
}

}  // namespace pmon
