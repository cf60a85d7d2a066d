// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "monitor/saved_alerts.h"
#include "monitor/state_folder.h"
#include "pmon/file_replacer.h"
#include "pmon/result.h"
#include "pmon/snapshot.h"

namespace pmon::monitor {

// alerts.json in a state folder: what a monitor remembers of its alerts from run to run. The folder is this
// object's own until its end. Written as FileReplacer does it, so that after a crash at any moment the old or the
// new state is there. One thread.
class AlertMemory {
 public:
  // Makes the folder and takes its lock. Errors (kUsage): it cannot be made or written, or another pmon has it.
  [[nodiscard]] static Result<AlertMemory> open(const std::string& folder);

  // What an earlier run left, carried over to now; nothing where there is none. A file that is damaged or of
  // another version is set aside as alerts.json.damaged-TIME, with a notice.
  [[nodiscard]] std::optional<SavedAlerts> load(const Tick& now, std::vector<Notice>& notices);

  // How far a monitor's alerts are.
  struct Progress {
    bool told = false;          // somebody was told something since the last call
    std::uint64_t changes = 0;  // of the engine, since its start
    bool counting = false;      // some `for` or `keep_firing_for` runs
  };
  // After each tick: writes what `take` gives where that is due. At once when somebody was told, so that nobody is
  // told twice; other changes at most once a second; a time that runs each ten seconds, which is what a loss of power
  // can cost it. That this run lives is noted at each tick without waiting for the disk, so that the end of the
  // process alone costs a running time nothing. What cannot be written is tried again each ten seconds, with one notice
  // when it begins to fail and one when it works again.
  [[nodiscard]] std::vector<Notice> after_tick(const Tick& now, const Progress& progress,
                                               const std::function<SavedAlerts()>& take);
  // At the end, whether due or not.
  [[nodiscard]] std::vector<Notice> finish(const Tick& now, const std::function<SavedAlerts()>& take);

  [[nodiscard]] const std::string& path() const { return file_.path(); }

 private:
  AlertMemory(FileLock lock, const std::string& folder);
  void note_life(const Tick& now) const;
  void count_life(SavedAlerts& saved, const Tick& now) const;
  [[nodiscard]] bool is_due(Timestamp t, const Progress& progress) const;
  [[nodiscard]] std::vector<Notice> write(const Tick& now, const std::function<SavedAlerts()>& take);
  [[nodiscard]] Notice set_aside(const Tick& now, const std::string& why) const;

  FileLock lock_;
  FileReplacer file_;
  std::string boot_id_;
  bool dirty_ = false;
  bool failed_ = false;
  std::uint64_t changes_ = 0;
  std::optional<Timestamp> tried_at_;
};

}  // namespace pmon::monitor
