// SPDX-License-Identifier: Apache-2.0
#include "config/without_secrets.h"

#include <yaml-cpp/yaml.h>

namespace pmon::config {
namespace {

constexpr const char* kMask = "<secret>";

// http://user:password@host keeps all but the password.
std::string without_password(const std::string& text) {
  const std::size_t scheme = text.find("://");
  if (scheme == std::string::npos) return text;
  const std::size_t user = scheme + 3;
  const std::size_t at = text.rfind('@', text.find('/', user));
  const std::size_t colon = text.find(':', user);
  if (at == std::string::npos || colon == std::string::npos || colon > at) return text;
  return text.substr(0, colon + 1) + kMask + text.substr(at);
}

void emit(YAML::Emitter& out, const YAML::Node& node, const Source& source) {
  switch (node.Type()) {
    case YAML::NodeType::Undefined: break;
    case YAML::NodeType::Null: out << YAML::Null; break;
    case YAML::NodeType::Scalar: {
      const bool secret = source.is_secret(source.offset(node.Mark().line, node.Mark().column));
      if (node.Tag() == "!") out << YAML::DoubleQuoted;  // was quoted: no number, no flag
      out << (secret ? kMask : without_password(node.Scalar()));
      break;
    }
    case YAML::NodeType::Sequence:
      out << YAML::BeginSeq;
      for (const auto& item : node) emit(out, item, source);
      out << YAML::EndSeq;
      break;
    case YAML::NodeType::Map:
      out << YAML::BeginMap;
      for (const auto& entry : node) {
        out << YAML::Key << entry.first.Scalar() << YAML::Value;
        emit(out, entry.second, source);
      }
      out << YAML::EndMap;
      break;
  }
}

}  // namespace

std::string without_secrets(const Source& source) {
  try {
    YAML::Emitter out;
    emit(out, YAML::Load(source.text()), source);
    return out.good() ? std::string(out.c_str()) + "\n" : "";
  } catch (const YAML::Exception&) {
    return "";
  }
}

}  // namespace pmon::config
