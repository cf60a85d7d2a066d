// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config/secret.h"
#include "config/source.h"
#include "pmon/result.h"
#include "pmon/snapshot.h"

namespace YAML {
class Node;
}

namespace pmon::config {

// Reads a YAML file strictly, and collects what is wrong instead of stopping at it. Exceptions of the YAML library
// must not leave run().
class YamlReader {
 public:
  using Read = std::function<void(const YAML::Node&)>;
  using ReadKey = std::function<void(const std::string&, const YAML::Node&)>;
  using Explain = std::function<std::string(const std::string&)>;

  YamlReader(std::string_view yaml, const std::string& file);
  // For nodes of a file that somebody else has read.
  explicit YamlReader(std::shared_ptr<const Source> source) : source_(std::move(source)) {}

  // Calls read(root), where the text is YAML at all.
  void run(const Read& read);

  // Calls read(key, value) for each key of a mapping; keys that are not `known` (empty: any) are errors, in the words
  // of unknown(key) where it is given. A null is an empty mapping.
  void each_key(const YAML::Node& map, std::span<const std::string_view> known, std::string_view what,
                const ReadKey& read, const Explain& unknown = {});
  // Calls read(item) for each item of a list. A null is an empty list.
  void each_item(const YAML::Node& list, std::string_view key, const Read& read);
  [[nodiscard]] std::string text(const YAML::Node& node, std::string_view key);
  // In milliseconds. A zero is an error where it has no meaning.
  [[nodiscard]] Timestamp duration(const YAML::Node& node, std::string_view key, bool zero_is_fine);
  [[nodiscard]] bool flag(const YAML::Node& node, std::string_view key);
  // From low to high; out of range, with a fraction or with a unit is an error.
  [[nodiscard]] std::int64_t integer(const YAML::Node& node, std::string_view key, std::int64_t low, std::int64_t high);
  // "64MB", "1.5GiB", "4096": as bytes.
  [[nodiscard]] std::uint64_t bytes(const YAML::Node& node, std::string_view key);
  // As resolve_secret() and expand_environment().
  [[nodiscard]] Secret secret(const YAML::Node& node, std::string_view key);
  [[nodiscard]] std::string expanded(const YAML::Node& node, std::string_view key);
  // What a node comes to, once it was read: the same text where it is written alike and the secrets and files that it
  // names hold the same; of another file it is another.
  [[nodiscard]] std::string identity(const YAML::Node& node) const;
  // The index of the text among the words; unknown ones are errors with a suggestion (0).
  [[nodiscard]] std::size_t one_of(const YAML::Node& node, std::string_view key,
                                   std::span<const std::string_view> words);

  void error(const YAML::Node& node, std::string message);
  // `inner` is an error about the node's text that begins with "line:column: ", as parse_matcher()'s.
  void error_inside(const YAML::Node& node, const Error& inner);
  // At so many bytes within the node's text.
  void error_inside(const YAML::Node& node, std::size_t bytes, std::string message);
  void warning(const YAML::Node& node, std::string message);
  [[nodiscard]] Position position(const YAML::Node& node) const;
  // Of the node within the file, in bytes.
  [[nodiscard]] std::size_t offset(const YAML::Node& node) const;

  // In the order of the file.
  [[nodiscard]] std::vector<Diagnostic> errors() const;
  [[nodiscard]] std::size_t error_count() const { return errors_.size(); }
  [[nodiscard]] const std::vector<Diagnostic>& warnings() const { return warnings_; }
  [[nodiscard]] const std::shared_ptr<const Source>& source() const { return source_; }

 private:
  std::string yaml_;
  std::shared_ptr<const Source> source_;
  std::vector<Diagnostic> errors_;
  std::vector<Diagnostic> warnings_;
};

// A label name as Prometheus has it: letters, digits and _, no digit first.
[[nodiscard]] bool is_label_name(std::string_view name);

}  // namespace pmon::config
