// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <map>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "notify/notification_parts.h"
#include "notify/templates.h"

namespace pmon::notify {
namespace {

constexpr std::size_t kNamesShown = 5;
constexpr std::size_t kLongestName = 60;

// What there was no room for, by name.
class Remainder {
 public:
  Remainder(const std::vector<const AlertNotice*>& alerts, Escape escape) : escape_(escape), count_(alerts.size()) {
    for (const AlertNotice* alert : alerts) {
      ++by_name_[name(*alert)];
      resolved_ += is_firing(*alert) ? 0 : 1;
    }
  }

  void take(const AlertNotice& alert) {
    --count_;
    --by_name_[name(alert)];
    resolved_ -= is_firing(alert) ? 0 : 1;
  }
  void put_back(const AlertNotice& alert) {
    ++count_;
    ++by_name_[name(alert)];
    resolved_ += is_firing(alert) ? 0 : 1;
  }

  [[nodiscard]] std::string text(bool nothing_before) const {
    if (count_ == 0) return {};
    std::vector<std::pair<std::size_t, std::string_view>> names;
    for (const auto& [name, count] : by_name_) {
      if (count > 0) names.emplace_back(count, name);
    }
    std::ranges::stable_sort(names, std::ranges::greater(), [](const auto& entry) { return entry.first; });
    std::string out = nothing_before ? fmt::format("{} alert{}:", count_, count_ == 1 ? "" : "s")
                                     : fmt::format("… and {} more:", count_);
    for (std::size_t i = 0; i < std::min(names.size(), kNamesShown); ++i) {
      out += fmt::format("{} {} {}", i > 0 ? "," : "", names[i].second, names[i].first);
    }
    if (names.size() > kNamesShown) out += fmt::format(", {} other names", names.size() - kNamesShown);
    if (resolved_ == count_) {
      out += " (resolved)";
    } else if (resolved_ > 0) {
      out += fmt::format(" ({} of them resolved)", resolved_);
    }
    return out;
  }

 private:
  [[nodiscard]] std::string name(const AlertNotice& alert) const {
    return clipped(escape_(clipped(alert.labels.get("alertname"), kLongestName)), 2 * kLongestName);
  }

  Escape escape_;
  std::size_t count_;
  std::size_t resolved_ = 0;
  std::map<std::string, std::size_t> by_name_;
};

// In place of a text for which the channel has no room.
std::string short_text(const AlertNotice& alert, Escape escape) {
  std::string out = fmt::format("{} {}", is_firing(alert) ? "FIRING" : "RESOLVED", alert.labels.get("alertname"));
  for (const std::string_view label : {"severity", "comm", "pid", "instance"}) {
    if (alert.labels.has(label)) out += fmt::format(" {}={}", label, alert.labels.get(label));
  }
  return escape(out);
}

}  // namespace

std::string roll_up(const Notification& notification, const MessageTemplate& text, Escape escape, const Room& room) {
  const std::vector<const AlertNotice*> alerts = firing_first(notification);
  Remainder rest(alerts, escape);
  std::string out;
  std::size_t used = 0;
  const std::size_t separator = room.size(room.separator);
  for (const AlertNotice* alert : alerts) {
    rest.take(*alert);
    const std::string tail = rest.text(false);
    const std::size_t around = (out.empty() ? 0 : separator) + (tail.empty() ? 0 : separator + room.size(tail));
    const auto fits = [&](const std::string& entry) { return used + around + room.size(entry) <= room.bytes; };
    std::string entry = text.text(*alert, escape);
    if (!fits(entry)) entry = short_text(*alert, escape);
    if (!fits(entry)) {
      rest.put_back(*alert);
      break;
    }
    used += (out.empty() ? 0 : separator) + room.size(entry);
    if (!out.empty()) out += room.separator;
    out += entry;
  }
  const std::string tail = rest.text(out.empty());
  if (tail.empty()) return out;
  return out.empty() ? tail : out + std::string(room.separator) + tail;
}

}  // namespace pmon::notify
