// SPDX-License-Identifier: Apache-2.0
#include "export/json_output.h"

#include <span>

#include <nlohmann/json.hpp>

#include "export/metrics_json.h"
#include "export/utf8.h"

namespace pmon {

namespace {

using Json = nlohmann::ordered_json;

Json labels_of(const Labels& labels) {
  Json out = Json::object();
  for (const auto& [name, value] : labels) {
    if (name != kNameLabel && name != "alertname") out[valid_utf8(name)] = valid_utf8(value);
  }
  return out;
}

Json evidence_of(const Evidence& evidence) {
  Json out = Json::object();
  if (evidence.empty()) return out;
  out["metrics"] = json_metrics(evidence.back().metrics);
  if (evidence.size() == 1) return out;
  Json& history = out["history"] = Json::array();
  for (const EvidencePoint& point : std::span(evidence).first(evidence.size() - 1)) {
    Json metrics = json_metrics(point.metrics);
    if (!metrics.empty()) history.push_back({{"ts", point.time}, {"metrics", std::move(metrics)}});
  }
  return out;
}

void set_if(Json& object, const char* name, const std::optional<double>& value) {
  if (value) object[name] = json_number(*value);
}

// The kernel tells CPU time in microseconds; more digits would be rounding's.
std::optional<double> in_microseconds(const std::optional<double>& seconds) {
  return seconds ? std::optional(std::round(*seconds * 1e6) / 1e6) : std::nullopt;
}

Json object(const char* type, Timestamp time) { return {{"type", type}, {"ts", time}}; }

// Start times are clock ticks since boot: with the pid, the identity that every line of one process shares.
Json about(const char* type, Timestamp time, const ProcessKey& key, const std::string& comm) {
  Json out = object(type, time);
  out["pid"] = key.pid;
  if (key.start_ticks != 0) out["start_time"] = key.start_ticks;
  out["comm"] = valid_utf8(comm);
  return out;
}

void append(std::string& buffer, const Json& line) {
  buffer += line.dump(-1, ' ', false, Json::error_handler_t::replace);
  buffer += '\n';
}

const char* level_name(Notice::Level level) {
  switch (level) {
    case Notice::Level::kInfo: return "info";
    case Notice::Level::kWarning: return "warning";
    case Notice::Level::kError: return "error";
  }
  return "";
}

const char* event_name(LifecycleEvent::Kind kind) {
  switch (kind) {
    case LifecycleEvent::Kind::kExec: return "exec";
    case LifecycleEvent::Kind::kOomKill: return "oom_kill";
  }
  return "";
}

}  // namespace

void JsonOutput::alert(const AlertNotice& notice, const Evidence& evidence) {
  Json line = object("alert", notice.time);
  line["alert"] = valid_utf8(notice.labels.get("alertname"));
  line["state"] = notice.state == AlertNotice::State::kFiring ? "firing" : "resolved";
  line["reason"] = notice.reason;
  if (!notice.receiver.empty()) line["receiver"] = valid_utf8(notice.receiver);
  line["value"] = json_number(notice.value);
  line["active_since"] = notice.active_since;
  line["labels"] = labels_of(notice.labels);
  line["annotations"] = labels_of(notice.annotations);
  line["evidence"] = evidence_of(evidence);
  append(buffer_, line);
}

void JsonOutput::sample(Timestamp time, const ProcessSample& process, std::optional<double> interval_seconds) {
  Json line = about("sample", time, process.key, process.comm);
  set_if(line, "interval_s", interval_seconds);
  line["metrics"] = json_metrics(process.metrics);
  append(buffer_, line);
}

void JsonOutput::exit(Timestamp time, const ProcessSample& process) {
  Json line = about("exit", time, process.key, process.comm);
  if (process.exit) {
    if (process.exit->code) line["exit_code"] = *process.exit->code;
    if (process.exit->signal) line["signal"] = *process.exit->signal;
    set_if(line, "lifetime_s", process.exit->lifetime_seconds);
  }
  line["metrics"] = json_metrics(process.metrics);
  append(buffer_, line);
}

void JsonOutput::event(Timestamp time, const LifecycleEvent& event) {
  append(buffer_, about(event_name(event.kind), time, event.key, event.comm));
}

void JsonOutput::notice(Timestamp time, const Notice& notice) {
  Json line = object("notice", time);
  line["level"] = level_name(notice.level);
  line["code"] = notice.code;
  line["text"] = valid_utf8(notice.text);
  append(buffer_, line);
}

void JsonOutput::status(const WatchStatus& /*status*/) {}

void JsonOutput::summary(const WatchSummary& summary) {
  Json line = object("summary", summary.time);
  line["elapsed_s"] = json_number(summary.elapsed_seconds);
  line["ticks"] = summary.ticks;
  line["processes_seen"] = summary.processes_seen;
  line["exits_seen"] = summary.exits_seen;
  line["alerts_fired"] = summary.alerts_fired;
  Json& by_name = line["alerts"] = Json::object();
  for (const auto& [name, count] : summary.alerts_by_name) by_name[valid_utf8(name)] = count;
  Json& lost = line["events_lost"] = Json::object();
  for (const Loss& loss : summary.losses) lost[valid_utf8(loss.cause)] = loss.total;
  set_if(line, "own_cpu_seconds", in_microseconds(summary.own_cpu_seconds));
  set_if(line, "own_start_cpu_seconds", in_microseconds(summary.own_start_cpu_seconds));
  set_if(line, "own_peak_rss_bytes", summary.own_peak_rss_bytes);
  append(buffer_, line);
}

Result<Output::Reader> JsonOutput::flush() {
  if (buffer_.empty()) return Reader::kListening;
  const auto result = sink_.write(buffer_);
  buffer_.clear();
  return result;
}

}  // namespace pmon
