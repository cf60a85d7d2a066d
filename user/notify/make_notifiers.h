// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "delivery/destination.h"
#include "notify/section_reader.h"
#include "pmon/result.h"
#include "routing/config.h"

namespace pmon::notify {

// What a receiver of the daemon's own output wants to see there.
enum class StdoutForm { kText, kJson };

// One item of a receiver's lists, read and found right.
struct NotifierConfig {
  std::string name;      // for the label `sink`: "team/slack", with a number where there are several: "team/slack-2"
  std::string kind;      // "slack"
  std::string identity;  // equal where all settings are, those of `global` included
  bool send_resolved = true;
  std::optional<std::chrono::milliseconds> timeout;  // for one attempt; absent: the queue's own
  MakeNotifier make;
};

struct ReceiverConfig {
  std::string name;
  std::vector<NotifierConfig> notifiers;
  std::vector<StdoutForm> outputs;  // the daemon's own output
};

// A receiver without anything tells nobody, as in Alertmanager.
struct Receivers {
  std::vector<ReceiverConfig> receivers;  // in the order of the file
  std::vector<config::Diagnostic> warnings;
};

// The kinds of receivers for routing::load(): those that pmon has, then those that it knows from Alertmanager and
// read_receivers() refuses with what to use instead.
[[nodiscard]] std::span<const std::string_view> receiver_kinds();

// Reads what routing::load() kept of receivers and `global`, secrets' files included. Every error in one message, as
// routing::load()'s.
[[nodiscard]] Result<Receivers> read_receivers(const routing::Config& config);
// The same, but what is wrong is told to the reader of the file in which the configuration is.
[[nodiscard]] Receivers read_receivers(config::YamlReader& yaml, const routing::Config& config);

// A queue's destination for what one receiver is told. Errors: a notifier that cannot be made here, such as a Kafka
// producer with settings that its library refuses.
[[nodiscard]] Result<std::unique_ptr<delivery::Destination>> make_destination(const NotifierConfig& config,
                                                                              const Surroundings& surroundings);

}  // namespace pmon::notify
