// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "delivery/destination.h"
#include "delivery/sqlite.h"

namespace pmon::delivery {

struct StoredItem {
  std::int64_t id = 0;
  Item item;
};

// The tables of a spool: items by ascending id, in a write-ahead log that only this connection reads. One thread at a
// time. A damaged file is an error with damaged().
class SpoolDatabase {
 public:
  struct Totals {
    std::size_t items = 0;
    std::uint64_t body_bytes = 0;
    std::int64_t last_id = 0;
  };

  [[nodiscard]] static SqlResult<std::unique_ptr<SpoolDatabase>> open(const std::string& path);

  [[nodiscard]] SqlResult<Totals> totals(std::int64_t after);
  [[nodiscard]] SqlResult<std::optional<StoredItem>> oldest(std::int64_t after);
  // Erases and adds in one transaction that is synced at return.
  [[nodiscard]] SqlResult<void> replace(std::int64_t erase_through, std::span<const Item> items, std::int64_t first_id);
  // Handed to the kernel at return, not synced.
  [[nodiscard]] SqlResult<void> erase(std::int64_t through);
  // Gives the room of what was erased back to the disk.
  [[nodiscard]] SqlResult<void> shrink();

 private:
  [[nodiscard]] static SqlResult<std::unique_ptr<SpoolDatabase>> open_file(const std::string& path);
  SpoolDatabase(Sqlite database, SqlStatement insert, SqlStatement oldest, SqlStatement erase)
      : database_(std::move(database)),
        insert_(std::move(insert)),
        oldest_(std::move(oldest)),
        erase_(std::move(erase)) {}
  [[nodiscard]] SqlResult<void> transact(std::int64_t erase_through, std::span<const Item> items,
                                         std::int64_t first_id);

  Sqlite database_;  // first, so that it goes last
  SqlStatement insert_;
  SqlStatement oldest_;
  SqlStatement erase_;
};

}  // namespace pmon::delivery
