// SPDX-License-Identifier: Apache-2.0
#include "cli/silence.h"

#include <pwd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <filesystem>
#include <optional>

#include <CLI/CLI.hpp>

#include "alerts/rfc3339.h"
#include "alerts/silences.h"
#include "cli/parse.h"
#include "cli/print.h"
#include "export/text_format.h"
#include "export/utf8.h"
#include "monitor/silence_file.h"
#include "monitor/state_folder.h"
#include "pmon/suggest.h"

namespace pmon::cli {

namespace {

using alerts::Silence;
using alerts::SilenceState;

constexpr Timestamp kLongest = 10'000 * Timestamp{86'400'000};

Timestamp wall_clock() {
  const auto since_epoch = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::milliseconds>(since_epoch).count();
}

std::string user_name() {
  const passwd* const entry = ::getpwuid(::geteuid());  // NOLINT(concurrency-mt-unsafe): the one thread
  return entry != nullptr ? entry->pw_name : fmt::format("uid {}", ::geteuid());
}

void declare_state(CLI::App& app, std::string& folder) {
  app.add_option("--state", folder, fmt::format("Where they are kept ({})", monitor::kDefaultStateFolder))
      ->type_name("DIR");
}

// A folder that is named and not there is a slip: no monitor would read what is written to it.
Result<void> check_state(const std::string& folder) {
  std::error_code ignored;
  if (folder == monitor::kDefaultStateFolder || std::filesystem::is_directory(folder, ignored)) return {};
  return fail(ErrorKind::kUsage, fmt::format("--state: no such folder '{}'", folder),
              fmt::format("give that of the pmon that is to heed it; its default is {}", monitor::kDefaultStateFolder));
}

Result<Timestamp> parse_time(std::string_view option, const std::string& text) {
  const auto time = alerts::parse_rfc3339(text);
  if (!time) {
    return fail(ErrorKind::kUsage, fmt::format("{}: '{}' is not a time", option, text),
                "write it as in 2026-11-23T14:00:00Z or 2026-11-23T14:00:00+01:00");
  }
  return *time;
}

struct AddWords {
  std::string folder = monitor::kDefaultStateFolder;
  std::optional<std::string> duration;
  std::optional<std::string> start;
  std::optional<std::string> end;
  std::string comment;
  std::string author = user_name();
  std::vector<std::string> matchers;
};

// As amtool has it, a first word without an operator is an alert's name.
Result<std::vector<alerts::LabelMatcher>> read_matchers(const Words& words) {
  std::vector<alerts::LabelMatcher> all;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (i == 0 && words[i].find_first_of("=~{") == std::string::npos) {
      all.push_back(alerts::LabelMatcher::equal("alertname", words[i]));
      continue;
    }
    if (words[i].find_first_of("=~{") == std::string::npos) {
      return fail(ErrorKind::kUsage, fmt::format("'{}' is no matcher", words[i]),
                  "an alert's name comes first; whatever else is label=value");
    }
    auto matchers = alerts::parse_matchers(words[i]);
    if (!matchers) return std::unexpected(matchers.error());
    std::ranges::move(*matchers, std::back_inserter(all));
  }
  return all;
}

Result<void> read_times(const AddWords& words, Timestamp now, Silence& silence) {
  silence.starts_at = now;
  if (words.start) {
    const auto start = parse_time("--start", *words.start);
    if (!start) return std::unexpected(start.error());
    silence.starts_at = *start;
  }
  if (!words.end) {
    const auto duration = parse_duration("--duration", words.duration.value_or("1h"), 1000, kLongest);
    if (!duration) return std::unexpected(duration.error());
    silence.ends_at = silence.starts_at + *duration;
    return {};
  }
  if (words.duration) return fail(ErrorKind::kUsage, "--duration and --end both say when it ends", "give one of them");
  const auto end = parse_time("--end", *words.end);
  if (!end) return std::unexpected(end.error());
  silence.ends_at = *end;
  return {};
}

Result<Silence> read_silence(const AddWords& words, Timestamp now) {
  Silence silence;
  auto matchers = read_matchers(words.matchers);
  if (!matchers) return std::unexpected(matchers.error());
  silence.matchers = std::move(*matchers);
  if (const auto done = read_times(words, now, silence); !done) return std::unexpected(done.error());
  silence.created_by = words.author;
  silence.comment = words.comment;
  auto id = monitor::new_silence_id();
  if (!id) return std::unexpected(id.error());
  silence.id = std::move(*id);
  return silence;
}

Result<int> run_add(const Words& words) {
  AddWords asked;
  CLI::App app("Mutes the alerts that match all MATCHERs and prints the silence's ID.", "pmon silence add");
  app.add_option("MATCHER", asked.matchers, "Conditions on labels, or first an alert's name")
      ->required()
      ->type_name("");
  app.add_option("-d,--duration", asked.duration, "For how long (1h)")->type_name("TIME");
  app.add_option("--start", asked.start, "From when on (now)")->type_name("RFC3339");
  app.add_option("--end", asked.end, "Until when, in place of --duration")->type_name("RFC3339");
  app.add_option("-c,--comment", asked.comment, "Why")->type_name("TEXT");
  app.add_option("-a,--author", asked.author, "Who says so (you)")->default_str("")->type_name("NAME");
  declare_state(app, asked.folder);
  app.footer(
      "A matcher is label=value, label!=value, label=~regex or label!~regex; values may\n"
      "stand in double quotes, and an expression must match the whole value.\n\n"
      "Examples:\n"
      "  pmon silence add HeapLeak comm=java --duration 2h --comment 'known, fix is out'\n"
      "  pmon silence add 'group=~\"php.*\"' --start 2026-12-24T18:00:00Z -d 12h");
  const auto parsed = parse(app, words);
  if (!parsed) return std::unexpected(parsed.error());
  if (*parsed == Parsed::kHelpShown) return kEndedAsAsked;
  if (const auto there = check_state(asked.folder); !there) return std::unexpected(there.error());
  const Timestamp now = wall_clock();
  const auto silence = read_silence(asked, now);
  if (!silence) return std::unexpected(silence.error());
  const auto done = monitor::SilenceFile(asked.folder).change(now, [&](alerts::Silences& silences) {
    return silences.add(*silence, now);
  });
  if (!done) return std::unexpected(done.error());
  print(silence->id + "\n");
  return kEndedAsAsked;
}

// "2026-11-23 14:03:22 UTC": silences may reach into other years.
std::string time_text(Timestamp time) {
  const std::string text = alerts::format_rfc3339(time);
  return fmt::format("{} {} UTC", text.substr(0, 10), text.substr(11, 8));
}

void print_text(const std::vector<Silence>& silences, Timestamp now) {
  for (const Silence& silence : silences) {
    print(fmt::format("{}  {}\n", harmless(silence.id), alerts::name_of(state_of(silence, now))));
    print(wrap(harmless(alerts::text_of(silence.matchers)), 4));
    print(fmt::format("    {} to {}\n", time_text(silence.starts_at), time_text(silence.ends_at)));
    const std::string_view separator = silence.comment.empty() ? "" : ": ";
    print(wrap(harmless(fmt::format("by {}{}{}", silence.created_by, separator, silence.comment)), 4));
  }
}

Result<int> run_list(const Words& words) {
  std::string folder = monitor::kDefaultStateFolder;
  std::string output = "text";
  bool expired = false;
  CLI::App app("Lists the silences that are active or pending.", "pmon silence list");
  app.add_flag("--expired", expired, "Those that are over, too (kept for five days)");
  app.add_option("-o,--output", output, "How to tell (text)")
      ->check(CLI::IsMember({"text", "json"}).description(""))
      ->type_name("text|json");
  declare_state(app, folder);
  app.footer("JSON is that of Alertmanager's /api/v2/silences.");
  const auto parsed = parse(app, words);
  if (!parsed) return std::unexpected(parsed.error());
  if (*parsed == Parsed::kHelpShown) return kEndedAsAsked;
  if (const auto there = check_state(folder); !there) return std::unexpected(there.error());
  const auto silences = monitor::SilenceFile(folder).read();
  if (!silences) return std::unexpected(silences.error());
  const Timestamp now = wall_clock();
  std::vector<Silence> shown;
  for (const Silence& silence : silences->all()) {
    if (expired || state_of(silence, now) != SilenceState::kExpired) shown.push_back(silence);
  }
  if (output == "json") {
    print(alerts::silences_json(shown, now));
  } else {
    print_text(shown, now);
  }
  return kEndedAsAsked;
}

// All of them, or none: an ID that is wrong changes nothing.
Result<void> expire(alerts::Silences& silences, const Words& ids, bool all, Timestamp now) {
  Words ending = ids;
  if (all) {
    for (const Silence& silence : silences.all()) {
      if (state_of(silence, now) != SilenceState::kExpired) ending.push_back(silence.id);
    }
  }
  for (const std::string& id : ending) {
    if (const auto done = silences.expire(id, now); !done) return done;
  }
  return {};
}

Result<int> run_expire(const Words& words) {
  std::string folder = monitor::kDefaultStateFolder;
  Words ids;
  bool all = false;
  CLI::App app("Ends silences now.", "pmon silence expire");
  app.add_option("ID", ids, "As 'pmon silence list' shows them")->type_name("");
  app.add_flag("--all", all, "Every silence");
  declare_state(app, folder);
  const auto parsed = parse(app, words);
  if (!parsed) return std::unexpected(parsed.error());
  if (*parsed == Parsed::kHelpShown) return kEndedAsAsked;
  if (const auto there = check_state(folder); !there) return std::unexpected(there.error());
  if (all && !ids.empty()) return fail(ErrorKind::kUsage, "--all and IDs", "give one or the other");
  if (ids.empty() && !all) {
    return fail(ErrorKind::kUsage, "no silence given", "give IDs, or --all; 'pmon silence list' shows them");
  }
  const Timestamp now = wall_clock();
  const auto done = monitor::SilenceFile(folder).change(
      now, [&](alerts::Silences& silences) { return expire(silences, ids, all, now); });
  if (!done) return std::unexpected(done.error());
  return kEndedAsAsked;
}

constexpr std::array<Command, 3> kParts = {{
    {"add", "Mute alerts that match for some time", run_add},
    {"list", "Show what is muted, until when and why", run_list},
    {"expire", "End silences now", run_expire},
}};

std::string overview() {
  std::string text =
      "Mutes alerts for some time; a running pmon heeds it at its next tick.\n\n"
      "Usage: pmon silence add|list|expire [OPTION...]\n\nCommands:\n";
  for (const Command& part : kParts) text += fmt::format("  {:<9} {}\n", part.name, part.help);
  return text + "\n'pmon silence COMMAND --help' tells the options of a command.\n";
}

}  // namespace

Result<int> run_silence(const Words& words) {
  const std::string remedy = "see 'pmon silence --help'";
  if (words.empty()) return fail(ErrorKind::kUsage, "silence: say add, list or expire", remedy);
  if (words.front() == "--help" || words.front() == "-h") {
    print(overview());
    return kEndedAsAsked;
  }
  const auto part = std::ranges::find(kParts, words.front(), &Command::name);
  if (part != kParts.end()) return part->run({words.begin() + 1, words.end()});
  std::vector<std::string_view> names;
  names.reserve(kParts.size());
  for (const Command& known : kParts) names.push_back(known.name);
  return fail(ErrorKind::kUsage,
              fmt::format("silence: unknown word '{}'{}", words.front(), did_you_mean(words.front(), names)), remedy);
}

}  // namespace pmon::cli
