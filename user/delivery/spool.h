// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "delivery/destination.h"
#include "delivery/spool_database.h"
#include "pmon/result.h"

namespace pmon::delivery {

// Items on disk, in their order: a SQLite database `queue.db` in a folder of its own. One thread at a time; one Spool
// a folder on the host, held by a lock on the folder that ends with the process, however that ends.
//
// append() returns when the items are synced: neither kill -9 nor a loss of power takes them. remove() is written but
// not synced: kill -9 cannot undo it; after a loss of power the last items that were delivered may come twice.
//
// A file that is damaged is set aside as queue.db.damaged-TIME and a fresh one begins. Where the disk is full,
// read-only or failing, every call is an error (kFailed) and may be tried again later; nothing is lost by it, and what
// was removed stays removed for this process.
class Spool {
 public:
  // Makes the folder (0700) where it is missing. Errors (kUsage): it is none, is a symbolic link, is open to others,
  // is not permitted, or is another process's. A disk that fails is no error here: see ready().
  [[nodiscard]] static Result<std::unique_ptr<Spool>> open(const std::string& folder, std::uint64_t max_bytes);
  ~Spool();
  Spool(const Spool&) = delete;
  Spool& operator=(const Spool&) = delete;

  // Opens the file where that was not possible yet, as the other calls do. Errors as open()'s; (kFailed): the disk's.
  [[nodiscard]] Result<void> ready();
  // All of them or none. Returns the oldest ones that had to make room, perhaps given ones.
  [[nodiscard]] Result<std::vector<Item>> append(std::span<const Item> items);
  [[nodiscard]] Result<std::optional<StoredItem>> oldest();
  // Takes what oldest() told. On an error it is gone from here all the same, and from the disk as soon as that can be.
  [[nodiscard]] Result<void> remove(const StoredItem& stored);

  // Another limit, from the next append() on.
  void limit(std::uint64_t max_bytes) { max_bytes_ = max_bytes; }
  [[nodiscard]] std::size_t size() const { return size_; }
  // Bodies and 64 bytes for each item: what the limit is about. The file is a little larger.
  [[nodiscard]] std::uint64_t bytes() const { return bytes_; }
  // Since it was asked last: items of an earlier process that were found, and items that went with a damaged file.
  [[nodiscard]] std::size_t take_found();
  [[nodiscard]] std::size_t take_lost();
  // What became of the last damaged file; "" where none was.
  [[nodiscard]] const std::string& damage() const { return damage_; }

 private:
  Spool(std::string folder, std::uint64_t max_bytes) : folder_(std::move(folder)), max_bytes_(max_bytes) {}
  [[nodiscard]] Result<void> take_folder();
  [[nodiscard]] Result<void> prepare_file() const;
  [[nodiscard]] SqlResult<void> open_database();
  [[nodiscard]] std::unexpected<Error> failed(std::string_view operation, const SqlError& error);
  [[nodiscard]] bool set_aside(const SqlError& error);
  void make_room();
  void shrink_if_empty();
  [[nodiscard]] std::string path() const;

  std::string folder_;
  std::uint64_t max_bytes_;
  int folder_fd_ = -1;  // holds the lock
  std::unique_ptr<SpoolDatabase> database_;
  std::int64_t removed_ = 0;  // the last id that is gone, whether the disk knows it or not
  std::int64_t last_ = 0;
  std::size_t size_ = 0;
  std::uint64_t bytes_ = 0;
  std::uint64_t written_ = 0;  // bytes since the file was small
  std::size_t found_ = 0;
  std::size_t lost_ = 0;
  std::string damage_;
};

}  // namespace pmon::delivery
