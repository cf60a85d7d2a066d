// SPDX-License-Identifier: Apache-2.0
#include "delivery/spool.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <filesystem>
#include <utility>

#include <fmt/chrono.h>
#include <fmt/format.h>

#include "pmon/errno_text.h"
#include "pmon/safe_open.h"

namespace pmon::delivery {
namespace {

constexpr const char* kFile = "queue.db";
constexpr std::uint64_t kItemOverhead = 64;         // so that empty bodies are bounded, too
constexpr std::uint64_t kWorthShrinking = 4 << 20;  // bytes that went through before the file is made small again

std::uint64_t cost(const Item& item) { return item.body.size() + kItemOverhead; }

// What the user cannot mend by other words: it may pass, and the queue goes on without its disk until then.
bool is_disk_trouble(int number) {
  return number == ENOSPC || number == EDQUOT || number == EROFS || number == EIO || number == EMFILE ||
         number == ENFILE || number == ENOMEM;
}

std::unexpected<Error> folder_error(int number, const std::string& what, std::string remedy = {}) {
  return fail(is_disk_trouble(number) ? ErrorKind::kFailed : ErrorKind::kUsage, what + ": " + errno_text(number),
              std::move(remedy));
}

// As mkdir -p, for the owner alone.
int make_folders(const std::filesystem::path& path) {
  if (mkdir(path.c_str(), 0700) == 0 || errno == EEXIST) return 0;
  if (errno != ENOENT || !path.has_parent_path() || path.parent_path() == path) return errno;
  if (const int above = make_folders(path.parent_path()); above != 0) return above;
  return mkdir(path.c_str(), 0700) == 0 || errno == EEXIST ? 0 : errno;
}

std::string time_text() {
  return fmt::format("{:%Y%m%dT%H%M%SZ}",
                     fmt::gmtime(std::chrono::system_clock::to_time_t(std::chrono::system_clock::now())));
}

}  // namespace

Result<std::unique_ptr<Spool>> Spool::open(const std::string& folder, std::uint64_t max_bytes) {
  std::unique_ptr<Spool> spool(new Spool(folder, max_bytes));
  if (const auto ready = spool->ready(); !ready && ready.error().kind != ErrorKind::kFailed) {
    return std::unexpected(ready.error());
  }
  return spool;
}

Spool::~Spool() {
  database_.reset();
  if (folder_fd_ >= 0) close(folder_fd_);
}

std::string Spool::path() const { return folder_ + "/" + kFile; }

Result<void> Spool::take_folder() {
  while (folder_.size() > 1 && folder_.ends_with('/')) folder_.pop_back();  // else a link would be followed
  if (const int number = make_folders(folder_); number != 0) return folder_error(number, "make spool " + folder_);
  const int fd = ::open(folder_.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (fd < 0) {
    const int number = errno;
    const bool link = std::filesystem::is_symlink(std::filesystem::path(folder_));
    return folder_error(link ? ELOOP : number, "open spool " + folder_, link ? "name a folder, not a link to one" : "");
  }
  const auto refuse = [&](auto error) {
    close(fd);
    return error;
  };
  struct stat status {};
  if (fstat(fd, &status) != 0) return refuse(folder_error(errno, "open spool " + folder_));
  if ((status.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
    return refuse(fail(ErrorKind::kUsage, "open spool " + folder_ + ": others may write there",
                       "give it a folder of its own, or chmod go-w"));
  }
  if (is_strangers(folder_, status.st_uid)) {
    return refuse(fail(ErrorKind::kUsage, "open spool " + folder_ + ": it is another user's, where others may write",
                       "name a folder of your own"));
  }
  if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return refuse(folder_error(errno, "lock spool " + folder_));
    return refuse(fail(ErrorKind::kUsage, "lock spool " + folder_ + ": another queue uses it",
                       "each sink needs a folder of its own; is another pmon running?"));
  }
  std::error_code error;  // links above the folder are the administrator's, and SQLite refuses every one
  const std::filesystem::path canonical = std::filesystem::canonical(folder_, error);
  if (error) return refuse(folder_error(error.value(), "open spool " + folder_));
  folder_ = canonical.string();
  folder_fd_ = fd;
  return {};
}

// SQLite takes the mode of what it adds from the file that is there.
Result<void> Spool::prepare_file() const {
  const auto fd = open_plain_file(path(), O_RDWR | O_CREAT, 0600);
  if (!fd) {
    const auto& [number, reason] = fd.error();
    return fail(is_disk_trouble(number) ? ErrorKind::kFailed : ErrorKind::kUsage, "open " + path() + ": " + reason,
                number == ELOOP || number == EINVAL || number == EMLINK ? "remove it" : "");
  }
  fchmod(*fd, 0600);
  close(*fd);
  return {};
}

Result<void> Spool::ready() {
  if (folder_fd_ < 0) {
    if (auto taken = take_folder(); !taken) return taken;
  }
  if (database_) return {};
  for (int attempt = 0; attempt < 2; ++attempt) {  // the second after a damaged file was set aside
    if (auto prepared = prepare_file(); !prepared) return prepared;
    const auto opened = open_database();
    if (opened) return {};
    if (!opened.error().damaged() || !set_aside(opened.error())) return failed("open", opened.error());
  }
  return fail(ErrorKind::kFailed, "open " + path() + ": damaged, and so is a fresh one");
}

SqlResult<void> Spool::open_database() {
  auto database = SpoolDatabase::open(path());
  if (!database) return std::unexpected(database.error());
  const auto totals = (*database)->totals(removed_);
  if (!totals) return std::unexpected(totals.error());
  found_ += totals->items > size_ ? totals->items - size_ : 0;
  lost_ += totals->items < size_ ? size_ - totals->items : 0;
  size_ = totals->items;
  bytes_ = totals->body_bytes + totals->items * kItemOverhead;
  last_ = std::max(last_, totals->last_id);
  database_ = std::move(*database);
  return {};
}

Result<std::vector<Item>> Spool::append(std::span<const Item> items) {
  if (auto opened = ready(); !opened) return std::unexpected(opened.error());
  std::uint64_t added = 0;
  for (const Item& item : items) added += cost(item);
  std::vector<Item> evicted;
  std::uint64_t freed = 0;
  std::int64_t erase_through = removed_;
  while (bytes_ - freed + added > max_bytes_ && evicted.size() < size_) {
    auto oldest = database_->oldest(erase_through);
    if (!oldest) return failed("read", oldest.error());
    if (!*oldest) break;
    erase_through = (*oldest)->id;
    freed += cost((*oldest)->item);
    evicted.push_back(std::move((*oldest)->item));
  }
  const std::size_t evicted_stored = evicted.size();
  while (!items.empty() && bytes_ - freed + added > max_bytes_) {
    added -= cost(items.front());
    evicted.push_back(items.front());
    items = items.subspan(1);
  }
  if (const auto done = database_->replace(erase_through, items, last_ + 1); !done) {
    return failed("append", done.error());
  }
  removed_ = erase_through;
  last_ += static_cast<std::int64_t>(items.size());
  size_ = size_ - evicted_stored + items.size();
  bytes_ = bytes_ - freed + added;
  written_ += added;
  return evicted;
}

Result<std::optional<StoredItem>> Spool::oldest() {
  if (auto opened = ready(); !opened) return std::unexpected(opened.error());
  auto oldest = database_->oldest(removed_);
  if (!oldest) return failed("read", oldest.error());
  if (!*oldest) {  // whatever was said to be there
    lost_ += std::exchange(size_, 0);
    bytes_ = 0;
  }
  return std::move(*oldest);
}

Result<void> Spool::remove(const StoredItem& stored) {
  if (stored.id <= removed_ || size_ == 0) return {};  // it went with a damaged file
  removed_ = stored.id;
  --size_;
  bytes_ -= std::min(bytes_, cost(stored.item));
  if (auto opened = ready(); !opened) return opened;
  if (const auto erased = database_->erase(removed_); !erased) return failed("remove from", erased.error());
  shrink_if_empty();
  return {};
}

void Spool::shrink_if_empty() {
  if (size_ != 0 || written_ < kWorthShrinking) return;
  written_ = 0;
  static_cast<void>(database_->shrink());  // nobody needs it to succeed
}

std::unexpected<Error> Spool::failed(std::string_view operation, const SqlError& error) {
  if (error.damaged() && set_aside(error)) return fail(ErrorKind::kFailed, damage_);
  if (error.code == SQLITE_FULL) {
    if (database_) make_room();  // else nobody knows what is in the file
  } else if (error.code != SQLITE_READONLY) {
    database_.reset();  // a new connection is surer
  }
  return fail(ErrorKind::kFailed, fmt::format("{} {}: {}", operation, path(), error.what));
}

// On a full disk even erasing needs room, and it may be the spool itself that fills it.
void Spool::make_room() {
  if (size_ != 0) {
    static_cast<void>(database_->shrink());  // the log's room, for what comes next
    return;
  }
  database_.reset();
  for (const char* suffix : {"", "-wal", "-shm"}) unlink((path() + suffix).c_str());
}

bool Spool::set_aside(const SqlError& error) {
  database_.reset();
  std::string aside = path() + ".damaged-" + time_text();
  for (int number = 2; std::filesystem::exists(std::filesystem::symlink_status(aside)); ++number) {
    aside = fmt::format("{}.damaged-{}-{}", path(), time_text(), number);
  }
  if (rename(path().c_str(), aside.c_str()) != 0) return false;
  for (const char* suffix : {"-wal", "-shm"}) {  // else the fresh file would get the old one's log
    const std::string beside = path() + suffix;
    if (rename(beside.c_str(), (aside + suffix).c_str()) != 0 && errno != ENOENT) unlink(beside.c_str());
  }
  lost_ += std::exchange(size_, 0);
  bytes_ = 0;
  damage_ = fmt::format("{}: {}; set aside as {}", path(), error.what, aside);
  return true;
}

std::size_t Spool::take_found() { return std::exchange(found_, 0); }

std::size_t Spool::take_lost() { return std::exchange(lost_, 0); }

}  // namespace pmon::delivery
