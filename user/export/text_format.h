// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "export/output.h"
#include "pmon/labels.h"
#include "pmon/snapshot.h"

namespace pmon {

// Local time as "11-23 14:03:22".
[[nodiscard]] std::string format_time(Timestamp time);
// "0.25s", "12.3s", "3m02s", "1h05m", "2d03h".
[[nodiscard]] std::string format_duration(double seconds);
// Powers of 1024 as top(1) shows them: "512B", "1.2M", "31G".
[[nodiscard]] std::string format_bytes(double bytes);
// "250", "12.5k", "3.1M".
[[nodiscard]] std::string format_count(double count);

// "nginx[1234]", made harmless.
[[nodiscard]] std::string process_name(std::string_view comm, std::string_view pid);
[[nodiscard]] std::string process_name(std::string_view comm, std::int32_t pid);
// Whom an alert is about: the process, else the group, else its labels.
[[nodiscard]] std::string alert_subject(const Labels& labels);

// How a process ended: "exited with 1", "killed by SIGKILL (9)", "ended" where the collector does not know.
[[nodiscard]] std::string exit_text(const Exit& exit);
// Why an alert resolved, in words; the reason itself where there are none for it.
[[nodiscard]] std::string_view resolve_reason(std::string_view reason);

// The process at the alert, and how it came there: at most two lines; empty without evidence.
[[nodiscard]] std::string evidence_text(const Evidence& evidence);

// Values of a counter per second between two points; absent where it cannot be known.
[[nodiscard]] std::optional<double> rate_between(const MetricValues& before, const MetricValues& now, Metric metric,
                                                 double seconds);

// `text` made harmless and broken between words into lines of at most `width` columns (bytes, so that
// wide text breaks early), each with `indent` blanks in front and a newline behind. Its own line
// feeds stay. Words longer than a line are not broken.
[[nodiscard]] std::string wrap(std::string_view text, std::size_t indent, std::size_t width = 80);

}  // namespace pmon
