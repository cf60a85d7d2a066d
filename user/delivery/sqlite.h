// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <expected>
#include <memory>
#include <string>
#include <string_view>

struct sqlite3;
struct sqlite3_stmt;

namespace pmon::delivery {

struct SqlError {
  int code = 0;  // SQLITE_FULL …, without the extended part
  std::string what;

  // The file is no database, or one that was destroyed: nothing that is done with it will ever succeed.
  [[nodiscard]] bool damaged() const;
};

template <typename T>
using SqlResult = std::expected<T, SqlError>;

// A statement that is prepared once and run often. Parameters count from 1, columns from 0.
class SqlStatement {
 public:
  // Ready for the next run; bound blobs must live until it has ended.
  SqlStatement& reset();
  SqlStatement& bind(int parameter, std::int64_t value);
  SqlStatement& bind(int parameter, std::string_view blob);
  // Whether there is a row.
  [[nodiscard]] SqlResult<bool> step();
  [[nodiscard]] std::int64_t integer(int column) const;
  [[nodiscard]] std::string blob(int column) const;

 private:
  friend class Sqlite;
  using Handle = std::unique_ptr<sqlite3_stmt, int (*)(sqlite3_stmt*)>;
  SqlStatement(Handle handle, sqlite3* database) : handle_(std::move(handle)), database_(database) {}

  Handle handle_;
  sqlite3* database_;
};

// One connection to a database, for one thread at a time; statements must not outlive it.
class Sqlite {
 public:
  // The file is made where it is missing; no part of the path may be a symbolic link.
  [[nodiscard]] static SqlResult<Sqlite> open(const std::string& path);

  [[nodiscard]] SqlResult<void> execute(const char* sql);
  [[nodiscard]] SqlResult<SqlStatement> prepare(std::string_view sql);
  // The first column of the first row, as text.
  [[nodiscard]] SqlResult<std::string> value_of(std::string_view sql);
  // The file, or what it says of itself; known when something was read.
  [[nodiscard]] bool read_only() const;
  // Outside of a transaction: an error has undone it.
  [[nodiscard]] bool in_transaction() const;

 private:
  using Handle = std::unique_ptr<sqlite3, int (*)(sqlite3*)>;
  explicit Sqlite(Handle handle) : handle_(std::move(handle)) {}

  Handle handle_;
};

}  // namespace pmon::delivery
