// SPDX-License-Identifier: Apache-2.0
#include "monitor/alert_memory.h"

#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstdio>
#include <fstream>
#include <utility>

#include <fmt/chrono.h>
#include <fmt/format.h>

#include "pmon/errno_text.h"
#include "pmon/safe_open.h"

namespace pmon::monitor {

namespace {

constexpr std::size_t kLargest = std::size_t{256} << 20;  // far beyond the alerts of any host
constexpr Timestamp kChangesEvery = 1000;
constexpr Timestamp kRunningEvery = 10'000;  // also how often a failed write is tried again

std::string read_boot_id() {
  std::ifstream file("/proc/sys/kernel/random/boot_id");
  std::string id;
  std::getline(file, id);
  return id;
}

// Absent where there is no file.
std::optional<Result<std::string>> read_if_there(const std::string& path) {
  auto text = read_plain_file(path, kLargest);
  if (text) return std::move(*text);
  if (text.error().number == ENOENT) return std::nullopt;
  return fail(ErrorKind::kFailed, "read: " + text.error().reason);
}

}  // namespace

AlertMemory::AlertMemory(FileLock lock, const std::string& folder)
    : lock_(std::move(lock)),
      file_("alert memory", folder + "/alerts.json", kStateFileMode),
      boot_id_(read_boot_id()) {}

Result<AlertMemory> AlertMemory::open(const std::string& folder) {
  if (const auto made = make_state_folder(folder); !made) return std::unexpected(made.error());
  Result<FileLock> lock = FileLock::try_take(folder + "/alerts.lock");
  if (!lock) {
    Error error = lock.error();
    error.kind = ErrorKind::kUsage;
    return std::unexpected(std::move(error));
  }
  return AlertMemory(std::move(*lock), folder);
}

Notice AlertMemory::set_aside(const Tick& now, const std::string& why) const {
  const std::time_t seconds = now.wall / 1000;
  const std::string aside = fmt::format("{}.damaged-{:%Y%m%dT%H%M%SZ}", path(), fmt::gmtime(seconds));
  const bool moved = std::rename(path().c_str(), aside.c_str()) == 0;
  const std::string where = moved ? fmt::format("it is now '{}'", aside)
                                  : fmt::format("it cannot be set aside ({}) and will be replaced", errno_text(errno));
  return {Notice::Level::kError, "alert_memory_damaged",
          fmt::format("alert memory '{}': {}; {}, and pmon starts without: alerts that fire are told again", path(),
                      why, where)};
}

// The pid, for whoever finds the folder taken, and the time since boot; always of one length.
void AlertMemory::note_life(const Tick& now) const {
  lock_.note(fmt::format("{:<10} {:>20}\n", ::getpid(), now.boottime_ns));
}

// Between the last write and its end the earlier run saw nothing new, or it would have written that; its time counts.
void AlertMemory::count_life(SavedAlerts& saved, const Tick& now) const {
  const std::string_view note = lock_.found();
  const std::size_t at = note.find_last_of(' ');
  if (saved.boot_id != boot_id_ || at == std::string_view::npos) return;
  std::uint64_t alive_ns = 0;
  const auto read = std::from_chars(note.data() + at + 1, note.data() + note.size(), alive_ns);
  const bool later = alive_ns > saved.saved_at.boottime_ns && alive_ns <= now.boottime_ns;
  if (read.ec != std::errc() || !later) return;
  saved.engine.time += static_cast<Timestamp>((alive_ns - saved.saved_at.boottime_ns) / 1'000'000);
}

std::optional<SavedAlerts> AlertMemory::load(const Tick& now, std::vector<Notice>& notices) {
  const auto text = read_if_there(path());
  if (!text) return std::nullopt;
  Result<SavedAlerts> saved = *text ? parse_saved_alerts(**text) : Result<SavedAlerts>(std::unexpected(text->error()));
  if (!saved) {
    notices.push_back(set_aside(now, saved.error().text()));
    return std::nullopt;
  }
  count_life(*saved, now);
  carry_over(*saved, now, boot_id_);
  dirty_ = true;  // by this run's clocks from now on
  return std::move(*saved);
}

bool AlertMemory::is_due(Timestamp t, const Progress& progress) const {
  const Timestamp since = tried_at_ ? t - *tried_at_ : kRunningEvery;
  if (failed_) return dirty_ && since >= kRunningEvery;
  if (progress.told) return true;
  return dirty_ ? since >= kChangesEvery : progress.counting && since >= kRunningEvery;
}

std::vector<Notice> AlertMemory::after_tick(const Tick& now, const Progress& progress,
                                            const std::function<SavedAlerts()>& take) {
  const bool changed = std::exchange(changes_, progress.changes) != progress.changes;
  dirty_ = dirty_ || progress.told || changed;
  note_life(now);
  if (!is_due(now.now, progress)) return {};
  return write(now, take);
}

std::vector<Notice> AlertMemory::finish(const Tick& now, const std::function<SavedAlerts()>& take) {
  return write(now, take);
}

std::vector<Notice> AlertMemory::write(const Tick& now, const std::function<SavedAlerts()>& take) {
  tried_at_ = now.now;
  SavedAlerts saved = take();
  saved.saved_at = now;
  saved.boot_id = boot_id_;
  const auto written = file_.replace(saved_alerts_text(saved));
  dirty_ = !written;
  const bool failed_before = std::exchange(failed_, !written);
  if (!written && !failed_before) {
    return {{Notice::Level::kError, "alert_memory_failed",
             written.error().text() + "; until it can be written, a restart may tell alerts twice"}};
  }
  if (written && failed_before) {
    return {{Notice::Level::kInfo, "alert_memory_works", "the alert memory is written again"}};
  }
  return {};
}

}  // namespace pmon::monitor
