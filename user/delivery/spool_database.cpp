// SPDX-License-Identifier: Apache-2.0
#include "delivery/spool_database.h"

#include <sqlite3.h>

#include <utility>

#include <fmt/format.h>

namespace pmon::delivery {
namespace {

constexpr const char* kFormat = "1";  // user_version; 0 is a file that was just made

// None of them writes. An exclusive lock needs no shared memory beside the file. The journal is cut after a checkpoint,
// so that a burst does not hold its room for ever. Nothing that a foreign file says is evaluated.
constexpr const char* kSettings =
    "PRAGMA trusted_schema = OFF; PRAGMA ignore_check_constraints = ON; PRAGMA cell_size_check = ON;"
    "PRAGMA locking_mode = EXCLUSIVE; PRAGMA synchronous = FULL; PRAGMA journal_size_limit = 1048576;"
    "PRAGMA cache_size = -256; PRAGMA temp_store = MEMORY";
constexpr std::string_view kTable = "items (id INTEGER PRIMARY KEY, count INTEGER NOT NULL, body BLOB NOT NULL)";
constexpr std::int64_t kLastId = std::int64_t{1} << 62;  // more than a queue ever numbers

std::unexpected<SqlError> damaged(std::string what) {
  return std::unexpected(SqlError{SQLITE_CORRUPT, std::move(what)});
}

// Whether the file was just made. Views, triggers and columns of other kinds would make each call mean something else.
SqlResult<bool> check_schema(Sqlite& database) {
  const auto format = database.value_of("PRAGMA user_version");
  if (!format) return std::unexpected(format.error());
  if (*format != "0" && *format != kFormat) {
    return std::unexpected(
        SqlError{SQLITE_NOTADB, fmt::format("its format is {}, known here is {}", *format, kFormat)});
  }
  const auto schema =
      database.value_of("SELECT coalesce(group_concat(coalesce(sql, '?'), ';'), '') FROM sqlite_schema");
  if (!schema) return std::unexpected(schema.error());
  const bool fresh = *format == "0";
  if (*schema != (fresh ? "" : fmt::format("CREATE TABLE {}", kTable))) return damaged("its table is not pmon's");
  return fresh;
}

SqlResult<void> make_schema(Sqlite& database) {
  // The first has to come before the file has a page. The second writes one, and neither is asked for without need: a
  // full disk must not keep what is stored from being read.
  return database.execute(fmt::format("PRAGMA auto_vacuum = INCREMENTAL; PRAGMA journal_mode = WAL;"
                                      "BEGIN IMMEDIATE; CREATE TABLE {}; PRAGMA user_version = {}; COMMIT",
                                      kTable, kFormat)
                              .c_str());
}

// After the schema: a check evaluates what that says.
SqlResult<void> check_contents(Sqlite& database) {
  const auto found = database.value_of("PRAGMA quick_check(1)");
  if (!found) return std::unexpected(found.error());
  if (*found != "ok") return damaged(*found);
  // Of another type a body's length would be another than that of its bytes.
  const auto foreign =
      database.value_of(fmt::format("SELECT count(*) FROM items WHERE id > {} OR typeof(body) <> 'blob'", kLastId));
  if (!foreign) return std::unexpected(foreign.error());
  if (*foreign != "0") return damaged("its items are not pmon's");
  if (const auto logged = database.execute("PRAGMA journal_mode = WAL"); !logged) return logged;
  // Its header may say so. Each write would fail, and "BEGIN IMMEDIATE" does not.
  if (database.read_only()) return std::unexpected(SqlError{SQLITE_READONLY, "it says that it is not to be written"});
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
  const auto fresh = check_schema(*database);
  if (!fresh) return std::unexpected(fresh.error());
  if (*fresh) {
    if (const auto made = make_schema(*database); !made) return std::unexpected(made.error());
  }
  if (const auto good = check_contents(*database); !good) return std::unexpected(good.error());
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
