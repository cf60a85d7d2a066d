// SPDX-License-Identifier: Apache-2.0
#include "delivery/sqlite.h"

#include <sqlite3.h>

namespace pmon::delivery {
namespace {

constexpr int kPrimaryCode = 0xff;  // the rest of an extended result code tells the place

// SQLite says that memory is short also of a page whose lengths cannot be.
bool is_memory_short() {
  constexpr int kEnough = 1 << 20;
  void* memory = sqlite3_malloc(kEnough);
  sqlite3_free(memory);
  return memory == nullptr;
}

std::unexpected<SqlError> error_of(sqlite3* database, int code) {
  const int primary = code & kPrimaryCode;
  if (primary == SQLITE_NOMEM && !is_memory_short()) {
    return std::unexpected(SqlError{SQLITE_CORRUPT, "a length in it cannot be"});
  }
  return std::unexpected(SqlError{primary, database == nullptr ? sqlite3_errstr(code) : sqlite3_errmsg(database)});
}

}  // namespace

bool SqlError::damaged() const {
  return code == SQLITE_CORRUPT || code == SQLITE_NOTADB || code == SQLITE_TOOBIG;  // nothing is written that long
}

SqlStatement& SqlStatement::reset() {
  sqlite3_reset(handle_.get());
  sqlite3_clear_bindings(handle_.get());
  return *this;
}

SqlStatement& SqlStatement::bind(int parameter, std::int64_t value) {
  sqlite3_bind_int64(handle_.get(), parameter, value);
  return *this;
}

SqlStatement& SqlStatement::bind(int parameter, std::string_view blob) {
  const char* bytes = blob.data() == nullptr ? "" : blob.data();  // a null pointer would be NULL, not an empty blob
  sqlite3_bind_blob64(handle_.get(), parameter, bytes, blob.size(), SQLITE_STATIC);
  return *this;
}

SqlResult<bool> SqlStatement::step() {
  const int code = sqlite3_step(handle_.get());
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) {
    sqlite3_reset(handle_.get());
    return false;
  }
  auto error = error_of(database_, code);
  sqlite3_reset(handle_.get());
  return error;
}

std::int64_t SqlStatement::integer(int column) const { return sqlite3_column_int64(handle_.get(), column); }

std::string SqlStatement::blob(int column) const {
  const void* bytes = sqlite3_column_blob(handle_.get(), column);
  const int size = sqlite3_column_bytes(handle_.get(), column);
  return bytes == nullptr ? std::string()
                          : std::string(static_cast<const char*>(bytes), static_cast<std::size_t>(size));
}

SqlResult<Sqlite> Sqlite::open(const std::string& path) {
  sqlite3* raw = nullptr;
  const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_NOFOLLOW;
  const int code = sqlite3_open_v2(path.c_str(), &raw, flags, nullptr);
  Handle handle(raw, sqlite3_close_v2);
  if (code != SQLITE_OK) return error_of(raw, code);
  return Sqlite(std::move(handle));
}

SqlResult<void> Sqlite::execute(const char* sql) {
  const int code = sqlite3_exec(handle_.get(), sql, nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) return error_of(handle_.get(), code);
  return {};
}

SqlResult<SqlStatement> Sqlite::prepare(std::string_view sql) {
  sqlite3_stmt* raw = nullptr;
  const int code = sqlite3_prepare_v2(handle_.get(), sql.data(), static_cast<int>(sql.size()), &raw, nullptr);
  if (code != SQLITE_OK) return error_of(handle_.get(), code);
  return SqlStatement(SqlStatement::Handle(raw, sqlite3_finalize), handle_.get());
}

SqlResult<std::string> Sqlite::value_of(std::string_view sql) {
  auto statement = prepare(sql);
  if (!statement) return std::unexpected(statement.error());
  const auto row = statement->step();
  if (!row) return std::unexpected(row.error());
  return *row ? statement->blob(0) : std::string();
}

bool Sqlite::read_only() const { return sqlite3_db_readonly(handle_.get(), "main") != 0; }

bool Sqlite::in_transaction() const { return sqlite3_get_autocommit(handle_.get()) == 0; }

}  // namespace pmon::delivery
