// SPDX-License-Identifier: Apache-2.0
#include "config/secret.h"

#include "config/read_file.h"
#include "pmon/environment.h"

namespace pmon::config {

Result<std::string> expand_environment(std::string_view written) {
  std::string out;
  while (true) {
    const std::size_t begin = written.find("${");
    out += written.substr(0, begin);
    if (begin == std::string_view::npos) return out;
    const std::size_t end = written.find('}', begin);
    if (end == std::string_view::npos) return fail(ErrorKind::kUsage, "'${' without its '}'");
    const std::string name(written.substr(begin + 2, end - begin - 2));
    const auto value = environment(name.c_str());
    if (!value) return fail(ErrorKind::kUsage, "the environment has no variable '" + name + "'");
    out += *value;
    written.remove_prefix(end + 1);
  }
}

Result<Secret> resolve_secret(std::string_view written) {
  constexpr std::string_view kFile = "file:";
  if (!written.starts_with(kFile)) {
    auto value = expand_environment(written);
    if (!value) return std::unexpected(value.error());
    return Secret(std::move(*value));
  }
  auto text = read_file(std::string(written.substr(kFile.size())), "secret's file");
  if (!text) return std::unexpected(text.error());
  while (text->ends_with('\n') || text->ends_with('\r')) text->pop_back();
  return Secret(std::move(*text));
}

}  // namespace pmon::config
