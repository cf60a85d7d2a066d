// SPDX-License-Identifier: Apache-2.0
#include "notify/section_reader.h"

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <yaml-cpp/yaml.h>

#include "delivery/http_config.h"
#include "pmon/suggest.h"

namespace pmon::notify {

void SectionReader::keys(const YAML::Node& node, std::span<const std::string_view> known,
                         const config::YamlReader::ReadKey& read, std::span<const std::string_view> unsupported) {
  std::vector<std::string_view> all(known.begin(), known.end());
  all.emplace_back("send_resolved");
  const std::string what = fmt::format("an item of '{}'", section_);
  const auto read_own = [&](const std::string& key, const YAML::Node& value) {
    if (key == "send_resolved") {
      send_resolved_ = yaml_.flag(value, key);
    } else if (!value.IsNull()) {
      read(key, value);
    }
  };
  const auto explain = [&](const std::string& key) {
    if (std::ranges::find(unsupported, key) != unsupported.end()) {
      return fmt::format("'{}' is not supported in '{}' (known: {})", key, section_, fmt::join(all, ", "));
    }
    std::string meant = did_you_mean(key, all);
    if (meant.empty()) meant = fmt::format(" (known: {})", fmt::join(all, ", "));
    return fmt::format("unknown key '{}' in {}{}", key, what, meant);
  };
  yaml_.each_key(node, all, what, read_own, explain);
}

void SectionReader::need_one_of(const YAML::Node& node, std::initializer_list<std::string_view> keys) {
  need_one_of_or_global(node, keys, {});
}

void SectionReader::need_one_of_or_global(const YAML::Node& node, std::initializer_list<std::string_view> keys,
                                          std::initializer_list<std::string_view> global_keys) {
  if (!node.IsMap() && !node.IsNull()) return;
  std::vector<std::string_view> there;
  for (const std::string_view key : keys) {
    if (node.IsMap() && node[std::string(key)].IsDefined()) there.push_back(key);
  }
  if (there.size() > 1) {
    return yaml_.error(node[std::string(there[1])],
                       fmt::format("'{}' and '{}' say the same: keep one", there[0], there[1]));
  }
  const bool in_global =
      std::ranges::any_of(global_keys, [this](std::string_view key) { return global(key) != nullptr; });
  if (!there.empty() || in_global) return;
  const std::string or_global =
      global_keys.size() == 0 ? "" : fmt::format(", or 'global' '{}'", fmt::join(global_keys, "' or '"));
  yaml_.error(node, fmt::format("an item of '{}' needs '{}'{}", section_, fmt::join(keys, "' or '"), or_global));
}

const YAML::Node* SectionReader::global(std::string_view key) const {
  const auto at = std::ranges::find(config_.global, key, &routing::Section::name);
  return at == config_.global.end() || at->node->IsNull() ? nullptr : at->node.get();
}

delivery::HttpOptions SectionReader::http(const YAML::Node& node) { return delivery::read_http_config(yaml_, node); }

delivery::HttpOptions SectionReader::default_http() {
  const YAML::Node* node = global("http_config");
  return node == nullptr ? delivery::HttpOptions() : http(*node);
}

config::Secret SectionReader::global_url(const std::string& key) {
  const std::string file_key = key + "_file";
  if (const YAML::Node* node = global(key)) return url(*node, key);
  if (const YAML::Node* node = global(file_key)) return url_file(*node, file_key);
  return {};
}

config::Secret SectionReader::checked_url(const YAML::Node& node, std::string_view key, config::Secret url) {
  const std::string& text = url.reveal();
  const bool http = text.starts_with("http://") || text.starts_with("https://");
  const bool plain = std::ranges::all_of(text, [](unsigned char c) { return c > ' ' && c != 0x7f; });
  if (!text.empty() && (!http || !plain || text.ends_with("://"))) {
    yaml_.error(node, fmt::format("'{}' must be an address that begins with http:// or https://", key));
  }
  return url;
}

config::Secret SectionReader::url(const YAML::Node& node, std::string_view key) {
  if (node.IsScalar() && node.Scalar().empty()) yaml_.error(node, fmt::format("'{}' is empty", key));
  return checked_url(node, key, yaml_.secret(node, key));
}

config::Secret SectionReader::secret_file(const YAML::Node& node, std::string_view key) {
  const std::filesystem::path written(yaml_.text(node, key));
  if (written.empty()) return {};
  const std::filesystem::path folder = std::filesystem::path(yaml_.position(node).file).parent_path();
  auto secret = config::resolve_secret("file:" + (written.is_absolute() ? written : folder / written).string());
  yaml_.source()->mark_read(yaml_.offset(node), secret ? secret->reveal() : "");
  if (secret) return std::move(*secret);
  yaml_.error(node, fmt::format("'{}': {}", key, secret.error().message));
  return {};
}

config::Secret SectionReader::url_file(const YAML::Node& node, std::string_view key) {
  return checked_url(node, key, secret_file(node, key));
}

MessageTemplate SectionReader::message_template(const YAML::Node& node, std::string_view key,
                                                MessageTemplate::About about) {
  auto parsed = MessageTemplate::parse(yaml_.text(node, key), about);
  if (parsed) return std::move(*parsed);
  const auto& wrong = parsed.error();
  yaml_.error_inside(node,
                     {ErrorKind::kUsage, fmt::format("1:{}: '{}': {}", wrong.offset + 1, key, wrong.message), {}});
  return default_title();
}

std::vector<std::string> SectionReader::mentions(const YAML::Node& node, std::string_view key) {
  constexpr std::size_t kMost = 20;
  constexpr std::size_t kLongest = 64;
  std::vector<std::string> names = texts(node, key);
  if (names.size() > kMost) yaml_.error(node, fmt::format("'{}': at most {}", key, kMost));
  for (const std::string& name : names) {
    const bool fine = !name.empty() && name.size() <= kLongest && std::ranges::all_of(name, [](unsigned char c) {
      return std::isalnum(c) != 0 || std::string_view("-_.@+").find(static_cast<char>(c)) != std::string_view::npos;
    });
    if (!fine) yaml_.error(node, fmt::format("'{}': '{}' names nobody", key, name));
  }
  return names;
}

std::string SectionReader::header_value(const YAML::Node& node, std::string_view key) {
  std::string value = yaml_.expanded(node, key);
  const bool fine = std::ranges::all_of(value, [](char c) { return c >= ' ' && c < 0x7f; });
  if (!fine) yaml_.error(node, fmt::format("'{}' must be one line of plain ASCII", key));
  return value;
}

std::vector<std::string> SectionReader::texts(const YAML::Node& node, std::string_view key) {
  std::vector<std::string> texts;
  yaml_.each_item(node, key, [&](const YAML::Node& item) { texts.push_back(yaml_.expanded(item, key)); });
  return texts;
}

}  // namespace pmon::notify
