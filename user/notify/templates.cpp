// SPDX-License-Identifier: Apache-2.0
#include "notify/templates.h"

#include <algorithm>

#include "notify/notification_parts.h"

namespace pmon::notify {
namespace {

// The engine's data has two maps, a text and a number; here they get the names that they have in messages, in the
// way in which Prometheus itself defines $labels.
constexpr std::string_view kAlertNames = "{{$annotations := $externalLabels}}{{$status := $externalURL}}";
constexpr std::string_view kMessageNames =
    "{{$annotations := $externalLabels}}{{$status := $externalURL}}{{$count := $value}}";

constexpr std::string_view kTitle =
    R"([{{ toUpper $status }}:{{ $count | printf "%.0f" }}] {{ or $labels.alertname "alerts" }})"
    R"({{ with $labels.comm }} {{ . }}{{ end }}{{ with $labels.pid }} (pid {{ . }}){{ end }})"
    R"({{ with $labels.instance }} on {{ . }}{{ end }})";

constexpr std::string_view kAlertText =
    R"({{ toUpper $status }} {{ $labels.alertname }}: )"
    R"({{ with or $annotations.summary $annotations.description $annotations.message }}{{ . }}{{ else }})"
    R"({{ range $name, $text := $labels }}{{ if ne $name "alertname" }}{{ $name }}={{ $text }} {{ end }}{{ end }})"
    R"({{ end }})";

// What Alertmanager's templates have and this data has not shows only when a template is used.
std::string trial(const rules::Template& parsed) {
  const Labels none;
  const auto text = parsed.expand({&none, &none, "firing", 1});
  if (text || text.error().message.find("in type struct") == std::string::npos) return {};
  return text.error().message + " (a text is about one alert, a title about what all have in common: use $labels, " +
         "$annotations, $status, $value; in titles $count)";
}

Labels escaped(const Labels& labels, Escape escape) {
  Labels out;
  for (const auto& [name, value] : labels) out.set(name, escape(value));
  return out;
}

}  // namespace

std::expected<MessageTemplate, rules::Template::ParseError> MessageTemplate::parse(std::string_view written,
                                                                                   About about) {
  const std::string_view names = about == About::kAlert ? kAlertNames : kMessageNames;
  auto parsed = rules::Template::parse(std::string(names) + std::string(written));
  if (!parsed) {
    rules::Template::ParseError error = std::move(parsed.error());
    error.offset -= std::min(error.offset, names.size());
    constexpr std::string_view kThere = " in rule files";
    if (error.message.ends_with(kThere)) error.message.resize(error.message.size() - kThere.size());
    return std::unexpected(std::move(error));
  }
  if (std::string wrong = trial(*parsed); !wrong.empty()) {
    return std::unexpected(rules::Template::ParseError{0, std::move(wrong)});
  }
  return MessageTemplate(std::string(written), std::move(*parsed));
}

MessageTemplate MessageTemplate::of(std::string_view written, About about) {
  auto parsed = parse(written, about);
  return parsed ? std::move(*parsed) : std::move(*parse("", about));
}

std::string MessageTemplate::text(const AlertNotice& alert, Escape escape) const {
  const Labels labels = escaped(alert.labels, escape);
  const Labels annotations = escaped(alert.annotations, escape);
  return template_.expand_or_error({&labels, &annotations, status_of(alert), alert.value});
}

std::string MessageTemplate::text(const Notification& notification, Escape escape) const {
  const Labels labels = escaped(notification.common_labels, escape);
  const Labels annotations = escaped(notification.common_annotations, escape);
  const auto count = static_cast<double>(count_of_status(notification));
  return template_.expand_or_error({&labels, &annotations, status_of(notification), count});
}

const MessageTemplate& default_title() {
  static const MessageTemplate title = MessageTemplate::of(kTitle, MessageTemplate::About::kMessage);
  return title;
}

const MessageTemplate& default_alert_text() {
  static const MessageTemplate text = MessageTemplate::of(kAlertText, MessageTemplate::About::kAlert);
  return text;
}

std::string title_text(const MessageTemplate& title, const Notification& notification, Escape escape,
                       std::size_t bytes) {
  return clipped(title.text(notification, escape), bytes);
}

}  // namespace pmon::notify
