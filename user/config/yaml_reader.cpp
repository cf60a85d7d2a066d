// SPDX-License-Identifier: Apache-2.0
#include "config/yaml_reader.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <optional>
#include <set>
#include <utility>

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include "config/duration.h"
#include "pmon/suggest.h"

namespace pmon::config {
namespace {

struct Inner {
  std::size_t column = 0;  // bytes before it
  std::string message;
};

// "1:5: what\n…" of a text of one line; any other message is about the text's beginning.
Inner inner_of(const std::string& message) {
  const std::string first_line = message.substr(0, message.find('\n'));
  constexpr std::string_view kLine = "1:";
  if (!first_line.starts_with(kLine)) return {0, first_line};
  std::size_t column = 0;
  const char* const end = first_line.data() + first_line.size();
  const auto read = std::from_chars(first_line.data() + kLine.size(), end, column);
  if (read.ec != std::errc() || column == 0 || !std::string_view(read.ptr, end).starts_with(": ")) {
    return {0, first_line};
  }
  return {column - 1, std::string(read.ptr + 2, end)};
}

struct ByteUnit {
  std::string_view name;
  double bytes;
};

constexpr std::array<ByteUnit, 9> kByteUnits = {{{"", 1},
                                                 {"B", 1},
                                                 {"kB", 1e3},
                                                 {"MB", 1e6},
                                                 {"GB", 1e9},
                                                 {"KiB", 1024},
                                                 {"MiB", 1024.0 * 1024},
                                                 {"GiB", 1024.0 * 1024 * 1024},
                                                 {"TiB", 1024.0 * 1024 * 1024 * 1024}}};

std::string unknown_key(const std::string& key, std::string_view what, std::span<const std::string_view> known) {
  std::string meant = did_you_mean(key, known);
  if (meant.empty()) meant = fmt::format(" (known: {})", fmt::join(known, ", "));
  return fmt::format("unknown key '{}' in {}{}", key, what, meant);
}

void append_digests(const Source& source, const YAML::Node& node, std::string& out) {
  if (node.IsScalar()) {
    const auto digest = source.digest(source.offset(node.Mark().line, node.Mark().column));
    if (digest) out += fmt::format("\n#{:x}", *digest);
  }
  for (const auto& inner : node) {  // an item of a list, or a key and its value
    append_digests(source, node.IsMap() ? inner.second : YAML::Node(inner), out);
  }
}

}  // namespace

bool is_label_name(std::string_view name) {
  if (name.empty() || std::isdigit(static_cast<unsigned char>(name.front())) != 0) return false;
  return std::ranges::all_of(name, [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; });
}

YamlReader::YamlReader(std::string_view yaml, const std::string& file)
    : yaml_(yaml), source_(std::make_shared<Source>(file, yaml)) {}

void YamlReader::run(const Read& read) {
  try {
    read(YAML::Load(yaml_));
  } catch (const YAML::Exception& error) {
    const std::size_t place = error.mark.is_null() ? 0 : source_->offset(error.mark.line, error.mark.column);
    errors_.push_back(source_->error(place, "not valid YAML: " + error.msg));
  }
}

std::size_t YamlReader::offset(const YAML::Node& node) const {
  return source_->offset(node.Mark().line, node.Mark().column);
}

Position YamlReader::position(const YAML::Node& node) const { return source_->position(offset(node)); }

void YamlReader::error(const YAML::Node& node, std::string message) {
  errors_.push_back(source_->error(offset(node), std::move(message)));
}

void YamlReader::error_inside(const YAML::Node& node, const Error& inner) {
  const Inner wrong = inner_of(inner.message);
  error_inside(node, wrong.column, wrong.message);
}

void YamlReader::error_inside(const YAML::Node& node, std::size_t bytes, std::string message) {
  const std::size_t place = source_->inside_scalar(offset(node), node.Scalar(), bytes);
  errors_.push_back(source_->error(place, std::move(message)));
}

void YamlReader::warning(const YAML::Node& node, std::string message) {
  warnings_.push_back(source_->warning(offset(node), std::move(message)));
}

std::vector<Diagnostic> YamlReader::errors() const {
  std::vector<Diagnostic> sorted = errors_;
  std::ranges::stable_sort(
      sorted, {}, [](const Diagnostic& error) { return std::pair(error.position.line, error.position.column); });
  return sorted;
}

void YamlReader::each_key(const YAML::Node& map, std::span<const std::string_view> known, std::string_view what,
                          const ReadKey& read, const Explain& unknown) {
  if (map.IsNull()) return;
  if (!map.IsMap()) return error(map, fmt::format("{} must be a mapping", what));
  std::set<std::string> seen;
  for (const auto& pair : map) {
    const std::string key = pair.first.IsScalar() ? pair.first.Scalar() : "";
    if (!seen.insert(key).second) {
      error(pair.first, fmt::format("key '{}' is there twice", key));
    } else if (key == "<<") {
      error(pair.first, "merge keys ('<<') are not supported: write the keys out");
    } else if (known.empty() || std::ranges::find(known, key) != known.end()) {
      read(key, pair.second);
    } else {
      error(pair.first, unknown ? unknown(key) : unknown_key(key, what, known));
    }
  }
}

void YamlReader::each_item(const YAML::Node& list, std::string_view key, const Read& read) {
  if (list.IsNull()) return;
  if (!list.IsSequence()) return error(list, fmt::format("'{}' must be a list", key));
  for (const YAML::Node& item : list) read(item);
}

std::string YamlReader::text(const YAML::Node& node, std::string_view key) {
  if (node.IsScalar()) return node.Scalar();
  if (!node.IsNull()) error(node, fmt::format("'{}' must be a text", key));
  return {};
}

Timestamp YamlReader::duration(const YAML::Node& node, std::string_view key, bool zero_is_fine) {
  const std::string value = text(node, key);
  const std::optional<Timestamp> ms = parse_duration(value);
  if (!ms) {
    error(node, fmt::format("'{}': not a duration: '{}' (write 30s, 5m, 1h30m, 500ms)", key, value));
  } else if (*ms == 0 && !zero_is_fine) {
    error(node, fmt::format("'{}' must be longer than 0", key));
  }
  return ms.value_or(0);
}

bool YamlReader::flag(const YAML::Node& node, std::string_view key) {
  bool value = false;
  const bool quoted = node.Tag() == "!";
  if (node.IsNull()) return false;
  if (quoted || !node.IsScalar() || !YAML::convert<bool>::decode(node, value)) {
    error(node, fmt::format("'{}' must be true or false", key));
  }
  return value;
}

std::int64_t YamlReader::integer(const YAML::Node& node, std::string_view key, std::int64_t low, std::int64_t high) {
  const std::string value = text(node, key);
  std::int64_t number = 0;
  const auto read = std::from_chars(value.data(), value.data() + value.size(), number);
  if (read.ec != std::errc() || read.ptr != value.data() + value.size()) {
    error(node, fmt::format("'{}': not a whole number: '{}'", key, value));
  } else if (number < low || number > high) {
    error(node, fmt::format("'{}': {} is not within {} to {}", key, number, low, high));
  } else {
    return number;
  }
  return low;
}

std::uint64_t YamlReader::bytes(const YAML::Node& node, std::string_view key) {
  const std::string value = text(node, key);
  double number = 0;
  const char* const end = value.data() + value.size();
  const auto read = std::from_chars(value.data(), end, number);
  std::string_view unit(read.ptr, end);
  while (unit.starts_with(' ')) unit.remove_prefix(1);
  const auto* const known = std::ranges::find(kByteUnits, unit, &ByteUnit::name);
  if (read.ec == std::errc() && known != kByteUnits.end() && number >= 0 && number * known->bytes < 1e18) {
    return static_cast<std::uint64_t>(number * known->bytes);
  }
  error(node, fmt::format("'{}': not a size: '{}' (write 512kB, 64MB, 1GiB)", key, value));
  return 0;
}

Secret YamlReader::secret(const YAML::Node& node, std::string_view key) {
  auto resolved = resolve_secret(text(node, key));
  source_->mark_secret(offset(node), resolved ? resolved->reveal() : "");
  if (resolved) return std::move(*resolved);
  error(node, fmt::format("'{}': {}", key, resolved.error().message));
  return {};
}

std::string YamlReader::expanded(const YAML::Node& node, std::string_view key) {
  auto value = expand_environment(text(node, key));
  if (value) return std::move(*value);
  error(node, fmt::format("'{}': {}", key, value.error().message));
  return {};
}

std::string YamlReader::identity(const YAML::Node& node) const {
  std::string out = fmt::format("{}\n{}", position(node).file, YAML::Dump(node));
  append_digests(*source_, node, out);
  return out;
}

std::size_t YamlReader::one_of(const YAML::Node& node, std::string_view key, std::span<const std::string_view> words) {
  const std::string value = text(node, key);
  const auto known = std::ranges::find(words, value);
  if (known != words.end()) return static_cast<std::size_t>(known - words.begin());
  std::string meant = did_you_mean(value, words);
  if (meant.empty()) meant = fmt::format(" (one of: {})", fmt::join(words, ", "));
  error(node, fmt::format("'{}': unknown value '{}'{}", key, value, meant));
  return 0;
}

}  // namespace pmon::config
