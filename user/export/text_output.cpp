// SPDX-License-Identifier: Apache-2.0
#include "export/text_output.h"

#include <fmt/format.h>

#include "export/text_format.h"
#include "export/utf8.h"

namespace pmon {

namespace {

constexpr std::size_t kIndent = 15;             // under the word that follows the time
constexpr std::size_t kNameWidth = 24;          // "fifteen letters[4194304]"
constexpr std::size_t kMostLifecycleLines = 5;  // a tick; a storm of processes must not hide an alert
constexpr std::string_view kClearLine = "\r\x1b[K";

template <typename Format>
std::string or_dash(const std::optional<double>& value, Format&& format) {
  return value ? format(*value) : "-";
}

std::string percent(double cores) { return fmt::format("{:.1f}%", cores * 100); }
std::string whole(double value) { return fmt::format("{:.0f}", value); }
std::string plural(std::uint64_t count, std::string_view one, std::string_view many) {
  return fmt::format("{} {}", count, count == 1 ? one : many);
}

}  // namespace

TextOutput::~TextOutput() {
  if (status_shown_) (void)sink_.write(kClearLine);
}

std::string TextOutput::painted(std::string_view text, Colour colour) const {
  if (!colour_) return std::string(text);
  switch (colour) {
    case Colour::kNone: return std::string(text);
    case Colour::kRed: return fmt::format("\x1b[1;31m{}\x1b[0m", text);
    case Colour::kGreen: return fmt::format("\x1b[32m{}\x1b[0m", text);
    case Colour::kYellow: return fmt::format("\x1b[33m{}\x1b[0m", text);
  }
  return std::string(text);
}

void TextOutput::line(Timestamp time, std::string_view word, Colour colour, std::string_view rest) {
  const std::string wrapped = wrap(fmt::format("{:<8} {}", word, rest), kIndent);
  buffer_ += format_time(time) + ' ' + painted(word, colour);
  buffer_ += std::string_view(wrapped).substr(kIndent + word.size());
}

void TextOutput::alert(const AlertNotice& notice, const Evidence& evidence) {
  const bool firing = notice.state == AlertNotice::State::kFiring;
  const std::string lasted = format_duration(static_cast<double>(notice.time - notice.active_since) / 1000);
  std::string rest;
  if (notice.labels.has("severity")) rest += harmless(notice.labels.get("severity")) + ' ';
  rest += harmless(notice.labels.get("alertname"));
  if (const std::string subject = alert_subject(notice.labels); !subject.empty()) rest += ' ' + subject;
  if (!firing) {
    rest += fmt::format(" after {} ({})", lasted, harmless(resolve_reason(notice.reason)));
  } else if (notice.reason == "repeat") {
    rest += fmt::format(" still, for {}", lasted);
  }
  if (!notice.receiver.empty()) rest += ", to " + harmless(notice.receiver);
  line(notice.time, firing ? "FIRING" : "RESOLVED", firing ? Colour::kRed : Colour::kGreen, rest);
  if (!firing) return;  // its annotations told of the time when it fired
  if (notice.annotations.has("summary")) {
    buffer_ += wrap(notice.annotations.get("summary"), kIndent);
  } else {
    buffer_ += wrap(fmt::format("value {:g}", notice.value), kIndent);
  }
  if (notice.reason == "repeat") return;
  for (const auto& [name, text] : notice.annotations) {
    if (name == "description") {
      buffer_ += wrap(text, kIndent);
    } else if (name != "summary") {
      buffer_ += wrap(fmt::format("{}: {}", name, text), kIndent);
    }
  }
  buffer_ += wrap(evidence_text(evidence), kIndent);
}

void TextOutput::sample(Timestamp time, const ProcessSample& process, std::optional<double> interval_seconds) {
  const MetricValues& now = process.metrics;
  std::optional<double> cpu;
  std::optional<double> faults;
  if (const auto before = before_.find(process.key); before != before_.end() && interval_seconds) {
    cpu = rate_between(before->second, now, Metric::kCPU, *interval_seconds);
    faults = rate_between(before->second, now, Metric::kMAJOR_FAULTS, *interval_seconds);
  }
  before_[process.key] = now;
  std::string name = fmt::format("{:<{}}", process_name(process.comm, process.key.pid), kNameWidth);
  // Only a name of escaped bytes is wider; the numbers stay in their columns.
  if (name.size() > kNameWidth) name += fmt::format("\n{:{}}", "", kIndent + kNameWidth);
  buffer_ +=
      fmt::format("{} {} cpu {:>6} thr {:>4} rss {:>5} heap {:>5}", format_time(time), name, or_dash(cpu, percent),
                  or_dash(now.get(Metric::kTHREADS), whole), or_dash(now.get(Metric::kRESIDENT), format_bytes),
                  or_dash(now.get(Metric::kHEAP), format_bytes));
  if (faults && *faults >= 0.5) buffer_ += fmt::format("\n{:{}}{} major faults/s", "", kIndent, format_count(*faults));
  buffer_ += '\n';
}

bool TextOutput::shows_lifecycle(Timestamp time) {
  more_time_ = time;
  return ++lifecycle_lines_ <= kMostLifecycleLines;
}

void TextOutput::exit(Timestamp time, const ProcessSample& process) {
  before_.erase(process.key);
  const Exit exit = process.exit.value_or(Exit{});
  if (!shows_lifecycle(time)) {
    ++more_exits_;
    more_killed_ += exit.signal.value_or(0) != 0 ? 1 : 0;
    return;
  }
  std::string rest = fmt::format("{} {}", process_name(process.comm, process.key.pid), exit_text(exit));
  if (exit.lifetime_seconds) rest += " after " + format_duration(*exit.lifetime_seconds);
  if (const auto cpu = process.metrics.get(Metric::kCPU)) rest += ", cpu " + format_duration(*cpu);
  line(time, "EXIT", exit.signal.value_or(0) != 0 ? Colour::kYellow : Colour::kNone, rest);
}

void TextOutput::event(Timestamp time, const LifecycleEvent& event) {
  const std::string name = process_name(event.comm, event.key.pid);
  switch (event.kind) {
    case LifecycleEvent::Kind::kExec:
      if (shows_lifecycle(time)) {
        line(time, "EXEC", Colour::kNone, name);
      } else {
        ++more_execs_;
      }
      break;
    case LifecycleEvent::Kind::kOomKill:
      line(time, "OOM KILL", Colour::kRed, name + " was chosen by the kernel, out of memory");
      break;
  }
}

void TextOutput::notice(Timestamp time, const Notice& notice) {
  switch (notice.level) {
    case Notice::Level::kInfo: line(time, "NOTE", Colour::kNone, notice.text); break;
    case Notice::Level::kWarning: line(time, "WARNING", Colour::kYellow, notice.text); break;
    case Notice::Level::kError: line(time, "ERROR", Colour::kRed, notice.text); break;
  }
}

void TextOutput::status(const WatchStatus& status) {
  const auto columns = sink_.columns();
  if (!columns) return;
  status_ =
      fmt::format("{}  {}", format_duration(status.elapsed_seconds), plural(status.targets, "process", "processes"));
  if (status.waiting > 0) status_ += fmt::format(" ({} not there)", status.waiting);
  status_ += fmt::format("  cpu {}  thr {}  rss {}  {} firing", or_dash(status.cpu_cores, percent),
                         or_dash(status.threads, whole), or_dash(status.resident_bytes, format_bytes),
                         plural(status.alerts_firing, "alert", "alerts"));
  if (status_.size() >= *columns) status_.resize(*columns > 0 ? *columns - 1 : 0);  // a full line would scroll
}

void TextOutput::summary(const WatchSummary& summary) {
  status_.clear();
  std::string text =
      fmt::format("Watched {} for {} in {}, {} seen; ", plural(summary.processes_seen, "process", "processes"),
                  format_duration(summary.elapsed_seconds), plural(summary.ticks, "tick", "ticks"),
                  plural(summary.exits_seen, "exit", "exits"));
  text += summary.alerts_fired == 0 ? "no alert fired" : plural(summary.alerts_fired, "alert", "alerts") + " fired";
  for (std::size_t i = 0; i < summary.alerts_by_name.size(); ++i) {
    const auto& [name, count] = summary.alerts_by_name[i];
    text += fmt::format("{}{} {}", i == 0 ? ": " : ", ", name, count);
  }
  buffer_ += wrap(text + '.', 0);
  std::string lost;
  for (const Loss& loss : summary.losses) {
    if (loss.total == 0) continue;
    lost +=
        fmt::format("{}{} {}{}", lost.empty() ? "" : ", ", loss.cause, loss.total, loss.healed ? " (made good)" : "");
  }
  if (!lost.empty()) buffer_ += wrap("Lost events: " + lost + '.', 0);
  if (summary.own_cpu_seconds) {
    std::string own = "pmon itself used " + format_duration(*summary.own_cpu_seconds) + " of CPU";
    if (const auto start = summary.own_start_cpu_seconds; start && summary.elapsed_seconds > 0) {
      own += fmt::format(", {} of it to start ({:.2f}% of a core since)", format_duration(*start),
                         (*summary.own_cpu_seconds - *start) / summary.elapsed_seconds * 100);
    }
    if (summary.own_peak_rss_bytes) own += ", at most " + format_bytes(*summary.own_peak_rss_bytes) + " of memory";
    buffer_ += wrap(own + '.', 0);
  }
}

Result<Output::Reader> TextOutput::flush() {
  if (more_execs_ + more_exits_ > 0) {
    std::string rest =
        fmt::format("{} and {}", plural(more_execs_, "exec", "execs"), plural(more_exits_, "exit", "exits"));
    if (more_killed_ > 0) rest += fmt::format(" ({} by a signal)", more_killed_);
    line(more_time_, "MORE", Colour::kNone, rest);
  }
  lifecycle_lines_ = more_execs_ = more_exits_ = more_killed_ = 0;
  std::string out;
  if (status_shown_) out += kClearLine;
  out += buffer_;
  out += status_;
  buffer_.clear();
  status_shown_ = !status_.empty();
  return out.empty() ? Result<Reader>(Reader::kListening) : sink_.write(out);
}

}  // namespace pmon
