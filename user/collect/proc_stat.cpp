// SPDX-License-Identifier: Apache-2.0
#include "collect/proc_stat.h"

#include <unistd.h>

#include <concepts>

#include "collect/proc_scan.h"

namespace pmon::proc {

namespace {

// Walks the numbers after the comm. One failure sticks, so that callers check once.
class Fields {
 public:
  explicit Fields(std::string_view text) : text_(text) {}

  template <std::integral T>
  void take(T& value) {
    const auto number = parse_number<T>(word());
    if (number) value = *number;
    failed_ = failed_ || !number;
  }
  void skip(int count) {
    while (count-- > 0) {
      const std::string_view text = word();
      // Addresses and limits use the whole range of unsigned, a few fields are negative.
      const bool number = text.starts_with('-') ? parse_number<std::int64_t>(text).has_value()
                                                : parse_number<std::uint64_t>(text).has_value();
      failed_ = failed_ || !number;
    }
  }
  char letter() {
    const std::string_view text = word();
    failed_ = failed_ || text.size() != 1;
    return text.empty() ? '?' : text[0];
  }
  [[nodiscard]] bool at_end() const { return text_.empty(); }
  [[nodiscard]] bool failed() const { return failed_; }

 private:
  std::string_view word() {
    const std::size_t end = text_.find(' ');
    const std::string_view result = text_.substr(0, end);
    text_.remove_prefix(end == std::string_view::npos ? text_.size() : end + 1);
    return result;
  }
  std::string_view text_;
  bool failed_ = false;
};

}  // namespace

std::optional<Stat> parse_stat(std::string_view text) {
  if (!text.ends_with('\n')) return std::nullopt;  // cut short
  text.remove_suffix(1);
  // The comm may hold blanks, parentheses and newlines; nothing after it holds a parenthesis.
  const std::size_t open = text.find(" (");
  const std::size_t close = text.rfind(") ");
  if (open == std::string_view::npos || close == std::string_view::npos || close < open + 2) return std::nullopt;
  const auto pid = parse_number<std::int32_t>(text.substr(0, open));
  if (!pid) return std::nullopt;

  Stat stat;
  stat.pid = *pid;
  stat.comm = text.substr(open + 2, close - open - 2);
  Fields fields(text.substr(close + 2));
  stat.state = fields.letter();  // field 3
  fields.take(stat.parent_pid);
  fields.skip(4);  // process group, session, terminal, its foreground group
  fields.take(stat.flags);
  fields.take(stat.minor_faults);
  fields.skip(1);  // of reaped children
  fields.take(stat.major_faults);
  fields.skip(1);
  fields.take(stat.user_ticks);
  fields.take(stat.system_ticks);
  fields.skip(4);  // reaped children's times, priority, nice
  fields.take(stat.threads);
  fields.skip(1);
  fields.take(stat.start_ticks);  // field 22
  if (!fields.at_end()) {
    fields.skip(29);  // memory, signals, scheduling
    int wait_status = 0;
    fields.take(wait_status);  // field 52
    stat.wait_status = wait_status;
  }
  if (fields.failed()) return std::nullopt;
  return stat;
}

std::uint64_t clock_ticks_per_second() {
  static const long ticks = sysconf(_SC_CLK_TCK);
  return ticks > 0 ? static_cast<std::uint64_t>(ticks) : 100;
}

}  // namespace pmon::proc
