// SPDX-License-Identifier: Apache-2.0
#include "config/source.h"

#include <algorithm>
#include <functional>

#include <fmt/format.h>

namespace pmon::config {
namespace {

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

}  // namespace

std::string Diagnostic::text() const {
  std::string out = fmt::format("{}:{}:{}: {}{}", position.file, position.line, position.column,
                                severity == Severity::kWarning ? "warning: " : "", message);
  if (source_line.empty()) return out;
  // Tabs are kept, so that the caret stands under its character however wide they are shown.
  std::string indent;
  const auto before = std::min(source_line.size(), static_cast<std::size_t>(std::max(0, position.column - 1)));
  for (std::size_t i = 0; i < before; ++i) {
    const bool continuation = (static_cast<unsigned char>(source_line[i]) & 0xc0) == 0x80;
    if (!continuation) indent += source_line[i] == '\t' ? '\t' : ' ';
  }
  return out + "\n  " + source_line + "\n  " + indent + "^";
}

std::string text_of(const std::vector<Diagnostic>& diagnostics) {
  std::string out;
  for (const Diagnostic& diagnostic : diagnostics) out += (out.empty() ? "" : "\n") + diagnostic.text();
  return out;
}

void append_line(std::string& errors, std::string_view more) {
  if (more.empty()) return;
  if (!errors.empty() && !errors.ends_with('\n')) errors += '\n';
  errors += more;
}

Source::Source(std::string file, std::string_view text) : file_(std::move(file)), text_(text), line_starts_{0} {
  for (std::size_t i = 0; i < text_.size(); ++i) {
    if (text_[i] == '\n') line_starts_.push_back(i + 1);
  }
}

void Source::mark_secret(std::size_t offset, std::string_view value) const {
  secrets_.insert(offset);
  mark_read(offset, value);
}

void Source::mark_read(std::size_t offset, std::string_view contents) const {
  digests_[offset] = std::hash<std::string_view>()(contents);
}

std::optional<std::size_t> Source::digest(std::size_t offset) const {
  const auto found = digests_.find(offset);
  return found == digests_.end() ? std::nullopt : std::optional(found->second);
}

Position Source::position(std::size_t offset) const {
  offset = std::min(offset, text_.size());
  const auto next = std::upper_bound(line_starts_.begin(), line_starts_.end(), offset);
  const auto line = static_cast<std::size_t>(next - line_starts_.begin());
  return {file_, static_cast<int>(line), static_cast<int>(offset - line_starts_[line - 1]) + 1};
}

std::size_t Source::offset(int line, int column) const {
  const auto index = static_cast<std::size_t>(std::max(0, line));
  if (index >= line_starts_.size()) return text_.size();
  return std::min(line_starts_[index] + static_cast<std::size_t>(std::max(0, column)), text_.size());
}

Diagnostic Source::error(std::size_t offset, std::string message) const {
  return diagnose(Diagnostic::Severity::kError, offset, std::move(message));
}

Diagnostic Source::warning(std::size_t offset, std::string message) const {
  return diagnose(Diagnostic::Severity::kWarning, offset, std::move(message));
}

Diagnostic Source::diagnose(Diagnostic::Severity severity, std::size_t offset, std::string message) const {
  const Position place = position(offset);
  const std::size_t start = line_starts_[static_cast<std::size_t>(place.line) - 1];
  std::string line = text_.substr(start, text_.find('\n', start) - start);
  while (!line.empty() && line.back() == '\r') line.pop_back();
  return {severity, place, std::move(message), std::move(line)};
}

std::size_t Source::inside_scalar(std::size_t start, std::string_view value, std::size_t inner) const {
  std::size_t at = std::min(start, text_.size());
  if (at < text_.size() && (text_[at] == '|' || text_[at] == '>')) at = std::min(text_.find('\n', at), text_.size());
  // Folding and indentation change white space only; quotes and backslashes stand in the file alone.
  const auto skip_to = [&](char wanted) {
    while (at < text_.size() && text_[at] != wanted) ++at;
  };
  for (std::size_t i = 0; i < std::min(inner, value.size()); ++i) {
    if (is_space(value[i])) continue;
    skip_to(value[i]);
    if (at < text_.size()) ++at;
  }
  if (inner < value.size() && !is_space(value[inner])) skip_to(value[inner]);
  return std::min(at, text_.size());
}

}  // namespace pmon::config
