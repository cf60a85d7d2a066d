// SPDX-License-Identifier: Apache-2.0
#include "delivery/spool_database.h"

#include <sqlite3.h>

#include <fmt/format.h>

namespace pmon::delivery {
namespace {

constexpr const char* kFormat = "1";  // user_version; 0 is a file that was just made

// An exclusive lock needs no shared memory beside the file. The journal is cut after a checkpoint, so that a burst
// does not hold its room for ever.
constexpr const char* kSettings =
    "PRAGMA locking_mode = EXCLUSIVE; PRAGMA auto_vacuum = INCREMENTAL; PRAGMA journal_mode = WAL;"
    "PRAGMA synchronous = FULL; PRAGMA journal_size_limit = 1048576; PRAGMA cache_size = -256;"
    "PRAGMA temp_store = MEMORY; PRAGMA trusted_schema = OFF";
constexpr std::string_view kTable = "items (id INTEGER PRIMARY KEY, count INTEGER NOT NULL, body BLOB NOT NULL)";
constexpr std::int64_t kLastId = std::int64_t{1} << 62;  // more than a queue ever numbers

// Views, triggers and columns of other kinds would make each call mean something else.
SqlResult<void> check_schema(Sqlite& database) {
  const auto schema = database.value_of("SELECT coalesce(group_concat(sql, ';'), '') FROM sqlite_schema");
  if (!schema) return std::unexpected(schema.error());
  const bool ours = *schema == fmt::format("CREATE TABLE {}", kTable);
  if (!ours) return std::unexpected(SqlError{SQLITE_CORRUPT, "its table is not pmon's"});
  const auto beyond = database.value_of(fmt::format("SELECT count(*) FROM items WHERE id > {}", kLastId));
  if (!beyond) return std::unexpected(beyond.error());
  if (*beyond != "0") return std::unexpected(SqlError{SQLITE_CORRUPT, "its numbers are at their end"});
  return {};
}

SqlResult<void> check(Sqlite& database) {
  const auto found = database.value_of("PRAGMA quick_check(1)");
  if (!found) return std::unexpected(found.error());
  if (*found != "ok") return std::unexpected(SqlError{SQLITE_CORRUPT, *found});
  const auto format = database.value_of("PRAGMA user_version");
  if (!format) return std::unexpected(format.error());
  if (*format != "0" && *format != kFormat) {
    return std::unexpected(
        SqlError{SQLITE_NOTADB, fmt::format("its format is {}, known here is {}", *format, kFormat)});
  }
  return {};
}

// A table of another shape is as good as a damaged file.
SqlResult<SqlStatement> prepare(Sqlite& database, std::string_view sql) {
  auto statement = database.prepare(sql);
  if (!statement && statement.error().code == SQLITE_ERROR) statement.error().code = SQLITE_CORRUPT;
  return statement;
}

}  // namespace

SqlResult<std::unique_ptr<SpoolDatabase>> SpoolDatabase::open(const std::string& path) {
  auto opened = open_file(path);
  if (opened) return opened;
  // The words are always the same: where SQLite takes offence at them, it is the file that is wrong. And so it is where
  // it may not be written, for it was opened for that before, unless the disk has become read-only just now; then it
  // cannot be set aside either.
  int& code = opened.error().code;
  if (code == SQLITE_ERROR || code == SQLITE_READONLY) code = SQLITE_CORRUPT;
  return opened;
}

SqlResult<std::unique_ptr<SpoolDatabase>> SpoolDatabase::open_file(const std::string& path) {
  auto database = Sqlite::open(path);
  if (!database) return std::unexpected(database.error());
  if (const auto set = database->execute(kSettings); !set) return std::unexpected(set.error());
  if (const auto good = check(*database); !good) return std::unexpected(good.error());
  const auto format = database->value_of("PRAGMA user_version");
  if (!format) return std::unexpected(format.error());
  if (*format != kFormat) {
    const std::string schema = fmt::format(
        "BEGIN IMMEDIATE; CREATE TABLE IF NOT EXISTS {}; PRAGMA user_version = {}; COMMIT", kTable, kFormat);
    if (const auto made = database->execute(schema.c_str()); !made) return std::unexpected(made.error());
  }
  if (const auto ours = check_schema(*database); !ours) return std::unexpected(ours.error());
  auto insert = prepare(*database, "INSERT INTO items (id, count, body) VALUES (?1, ?2, ?3)");
  if (!insert) return std::unexpected(insert.error());
  auto oldest = prepare(*database, "SELECT id, count, body FROM items WHERE id > ?1 ORDER BY id LIMIT 1");
  if (!oldest) return std::unexpected(oldest.error());
  auto erase = prepare(*database, "DELETE FROM items WHERE id <= ?1");
  if (!erase) return std::unexpected(erase.error());
  return std::unique_ptr<SpoolDatabase>(
      new SpoolDatabase(std::move(*database), std::move(*insert), std::move(*oldest), std::move(*erase)));
}

SqlResult<SpoolDatabase::Totals> SpoolDatabase::totals(std::int64_t after) {
  auto statement = prepare(database_,
                           "SELECT count(*), coalesce(sum(length(body)), 0), coalesce(max(id), 0) FROM items"
                           " WHERE id > ?1");
  if (!statement) return std::unexpected(statement.error());
  const auto row = statement->bind(1, after).step();
  if (!row) return std::unexpected(row.error());
  return Totals{static_cast<std::size_t>(statement->integer(0)), static_cast<std::uint64_t>(statement->integer(1)),
                statement->integer(2)};
}

SqlResult<std::optional<StoredItem>> SpoolDatabase::oldest(std::int64_t after) {
  const auto row = oldest_.reset().bind(1, after).step();
  if (!row) return std::unexpected(row.error());
  if (!*row) return std::nullopt;
  StoredItem stored{oldest_.integer(0), {oldest_.blob(2), static_cast<std::uint32_t>(oldest_.integer(1))}};
  oldest_.reset();  // an open read would keep the log from being checkpointed
  return stored;
}

SqlResult<void> SpoolDatabase::transact(std::int64_t erase_through, std::span<const Item> items,
                                        std::int64_t first_id) {
  if (auto begun = database_.execute("BEGIN IMMEDIATE"); !begun) return begun;
  if (const auto erased = erase_.reset().bind(1, erase_through).step(); !erased) {
    return std::unexpected(erased.error());
  }
  for (const Item& item : items) {
    insert_.reset().bind(1, first_id++).bind(2, static_cast<std::int64_t>(item.count)).bind(3, item.body);
    const auto inserted = insert_.step();
    insert_.reset();  // forgets the item's bytes
    if (!inserted) return std::unexpected(inserted.error());
  }
  return database_.execute("COMMIT");
}

SqlResult<void> SpoolDatabase::replace(std::int64_t erase_through, std::span<const Item> items, std::int64_t first_id) {
  auto done = transact(erase_through, items, first_id);
  if (!done && database_.in_transaction()) static_cast<void>(database_.execute("ROLLBACK"));
  return done;
}

SqlResult<void> SpoolDatabase::erase(std::int64_t through) {
  if (auto relaxed = database_.execute("PRAGMA synchronous = NORMAL"); !relaxed) return relaxed;
  const auto erased = erase_.reset().bind(1, through).step();
  if (auto strict = database_.execute("PRAGMA synchronous = FULL"); !strict) return strict;
  if (!erased) return std::unexpected(erased.error());
  return {};
}

SqlResult<void> SpoolDatabase::shrink() {
  if (auto vacuumed = database_.execute("PRAGMA incremental_vacuum"); !vacuumed) return vacuumed;
  return database_.execute("PRAGMA wal_checkpoint(TRUNCATE)");
}

}  // namespace pmon::delivery
