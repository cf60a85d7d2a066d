// SPDX-License-Identifier: Apache-2.0
#include "cli/parse.h"

#include <algorithm>

#include <CLI/CLI.hpp>

#include "cli/print.h"
#include "pmon/suggest.h"

namespace pmon::cli {

namespace {

struct Unit {
  std::string_view name;
  Timestamp ms;
};
constexpr Unit kUnits[] = {{"d", 86'400'000}, {"h", 3'600'000}, {"m", 60'000}, {"s", 1000}, {"ms", 1}};

std::string duration_text(Timestamp ms) {
  std::string out;
  for (const Unit& unit : kUnits) {
    if (ms < unit.ms) continue;
    out += fmt::format("{}{}", ms / unit.ms, unit.name);
    ms %= unit.ms;
  }
  return out.empty() ? "0s" : out;
}

std::unexpected<Error> bad_duration(std::string_view option, std::string_view text) {
  const bool unit_missing = !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
  return fail(ErrorKind::kUsage,
              fmt::format("{}: '{}' is not a duration{}", option, text, unit_missing ? ", its unit is missing" : ""),
              unit_missing ? fmt::format("write {}s or {}m", text, text) : "write 500ms, 30s, 1m30s or 1h");
}

std::vector<std::string> option_names(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::Option* option : app.get_options()) {
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
    for (const std::string& name : option->get_snames()) names.push_back("-" + name);
  }
  return names;
}

std::unexpected<Error> unexpected_word(const CLI::App& app, std::string word, const std::string& remedy) {
  if (word.starts_with("--")) word.resize(std::min(word.find('='), word.size()));
  if (word.starts_with("-")) {
    return fail(ErrorKind::kUsage, fmt::format("unknown option '{}'{}", word, did_you_mean(word, option_names(app))),
                remedy);
  }
  return fail(ErrorKind::kUsage, fmt::format("unexpected word '{}'", word), remedy);
}

// CLI11 leaves two blank lines between the groups of options.
std::string help_of(const CLI::App& app) {
  std::string help = app.help();
  for (std::size_t at = help.find("\n\n\n"); at != std::string::npos; at = help.find("\n\n\n")) help.erase(at, 1);
  return help;
}

}  // namespace

Result<Parsed> parse(CLI::App& app, const Words& words) {
  app.get_formatter()->column_width(24);
  const std::string remedy = fmt::format("see '{} --help'", app.get_name());
  try {
    app.parse(Words(words.rbegin(), words.rend()));  // CLI11 takes them from the back
    return Parsed::kRun;
  } catch (const CLI::CallForHelp&) {
    print(help_of(app));
    return Parsed::kHelpShown;
  } catch (const CLI::ExtrasError&) {
    return unexpected_word(app, app.remaining().front(), remedy);
  } catch (const CLI::ParseError& error) {
    return fail(ErrorKind::kUsage, error.what(), remedy);
  }
}

Result<Timestamp> parse_duration(std::string_view option, std::string_view text, Timestamp low, Timestamp high) {
  std::string_view rest = text;
  Timestamp total = 0;
  const Unit* next_unit = std::begin(kUnits);
  while (!rest.empty()) {
    Timestamp number = 0;
    const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), number);
    if (error != std::errc{} || number < 0 || number > 1'000'000'000) return bad_duration(option, text);
    rest.remove_prefix(static_cast<std::size_t>(end - rest.data()));
    const std::string_view name = rest.substr(0, rest.find_first_of("0123456789"));
    const Unit* unit = std::find_if(next_unit, std::end(kUnits), [name](const Unit& u) { return u.name == name; });
    if (unit == std::end(kUnits)) return bad_duration(option, text);
    rest.remove_prefix(name.size());
    total += number * unit->ms;
    next_unit = unit + 1;
  }
  if (text.empty()) return bad_duration(option, text);
  if (total < low || total > high) {
    return fail(ErrorKind::kUsage,
                fmt::format("{}: {} is not within {} to {}", option, text, duration_text(low), duration_text(high)));
  }
  return total;
}

Result<std::uint64_t> parse_size(std::string_view option, std::string_view text, std::uint64_t low,
                                 std::uint64_t high) {
  constexpr std::string_view kPrefixes = "KMGT";
  std::string_view digits = text;
  unsigned shift = 0;
  if (const std::size_t prefix = text.empty() ? std::string_view::npos : kPrefixes.find(text.back());
      prefix != std::string_view::npos) {
    shift = 10 * (static_cast<unsigned>(prefix) + 1);
    digits.remove_suffix(1);
  }
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (error == std::errc::invalid_argument || end != digits.data() + digits.size()) {
    return fail(ErrorKind::kUsage, fmt::format("{}: '{}' is not a size", option, text), "write 512K, 100M or 1G");
  }
  if (error != std::errc{} || number > UINT64_MAX >> shift || number << shift < low || number << shift > high) {
    return fail(ErrorKind::kUsage, fmt::format("{}: {} is not within {} to {} bytes", option, text, low, high));
  }
  return number << shift;
}

}  // namespace pmon::cli
