// SPDX-License-Identifier: Apache-2.0
#include "cli/record.h"

#include <optional>

#include <CLI/CLI.hpp>

#include "cli/following_words.h"
#include "cli/log.h"
#include "cli/parse.h"
#include "cli/print.h"
#include "export/text_format.h"
#include "export/utf8.h"
#include "monitor/record.h"

namespace pmon::cli {

namespace {

constexpr std::uint64_t kSmallestFile = 64UL << 10;
constexpr std::uint64_t kLargestFile = 1UL << 40;
constexpr std::uint32_t kMostFiles = 100'000;

struct Raw {
  FollowingWords following;
  std::optional<std::string> max_size;
  std::optional<std::string> keep;
  std::string log_level = "warn";
};

void declare_file(CLI::App& app, monitor::RecordOptions& options, Raw& raw) {
  const std::string group = "File";
  app.add_option("-o,--file", options.file.path, "Where to write; what is recorded there becomes FILE.1")
      ->required()
      ->type_name("FILE")
      ->group(group);
  app.add_option("--max-size", raw.max_size, "Begin a new file at this size (100M)")->type_name("SIZE")->group(group);
  app.add_option("--keep", raw.keep, "Files to keep besides it: FILE.1 is the youngest (9)")
      ->type_name("N")
      ->group(group);
  app.add_option("--log-level", raw.log_level, "What pmon tells of itself on stderr (warn)")
      ->check(one_of({"trace", "debug", "info", "warn", "error", "off"}))
      ->type_name("LEVEL")
      ->group(group);
}

Result<void> read(const Raw& raw, monitor::RecordOptions& options) {
  if (const auto done = raw.following.read(options.watch); !done) return done;
  if (raw.max_size) {
    const auto size = parse_size("--max-size", *raw.max_size, kSmallestFile, kLargestFile);
    if (!size) return std::unexpected(size.error());
    options.file.max_bytes = *size;
  }
  if (raw.keep) {
    const auto keep = parse_number<std::uint32_t>("--keep", *raw.keep, 0, kMostFiles);
    if (!keep) return std::unexpected(keep.error());
    options.file.keep = *keep;
  }
  return {};
}

std::unexpected<Error> with_remedy(Error error) {
  if (error.remedy.empty()) error.remedy = "see 'pmon record --help'";
  return std::unexpected(std::move(error));
}

}  // namespace

Result<int> run_record(const Words& words) {
  monitor::RecordOptions options;
  Raw raw;
  CLI::App app("Writes what the collector sees into a file, for 'pmon replay'.", "pmon record");
  app.get_formatter()->label("OPTIONS", "OPTION...] [-- CMD ARG...");
  declare_file(app, options, raw);
  raw.following.declare_targets(app, "Targets (every process where none is given)");
  raw.following.declare_collection(app);
  app.footer(
      "Ends when all targets have ended, after --duration, or on Ctrl-C.\n\n"
      "Examples:\n"
      "  pmon record -o host.pmonrec --duration 10m\n"
      "  pmon record -o redis.pmonrec --name redis --interval 500ms\n"
      "  pmon record -o load.pmonrec -- ./load-test --users 100");
  const auto own_words = raw.following.take_command(words);
  if (!own_words) return with_remedy(own_words.error());
  const auto parsed = parse(app, *own_words);
  if (!parsed) return std::unexpected(parsed.error());
  if (*parsed == Parsed::kHelpShown) return kEndedAsAsked;
  if (const auto done = read(raw, options); !done) return with_remedy(done.error());
  set_up_log(raw.log_level);

  const auto summary = monitor::record(options, log_notice);
  if (!summary) return std::unexpected(summary.error());
  print(fmt::format("{}: {} ticks in {}, {}\n", harmless(options.file.path), summary->ticks,
                    summary->files == 1 ? "1 file" : fmt::format("{} files", summary->files),
                    format_bytes(static_cast<double>(summary->bytes))));
  return kEndedAsAsked;
}

}  // namespace pmon::cli
