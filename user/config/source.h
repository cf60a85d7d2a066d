// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace pmon::config {

struct Position {
  std::string file;
  int line = 0;    // from 1
  int column = 0;  // from 1, in bytes
};

// Something wrong at a place of a file.
struct Diagnostic {
  enum class Severity { kError, kWarning };
  Severity severity = Severity::kError;
  Position position;
  std::string message;      // one line, with the suggestion
  std::string source_line;  // as it stands in the file

  // "file:line:column: message", the source line and a caret under the column.
  [[nodiscard]] std::string text() const;
};

// The texts of all, each on its own lines.
[[nodiscard]] std::string text_of(const std::vector<Diagnostic>& diagnostics);
// Adds what there is more of them, on lines of its own.
void append_line(std::string& errors, std::string_view more);

// A file's text and the places in it. Immutable, but for what readers learn of it.
class Source {
 public:
  Source(std::string file, std::string_view text);

  [[nodiscard]] Position position(std::size_t offset) const;
  // The byte at a line and column, both from 0; the end where there is none.
  [[nodiscard]] std::size_t offset(int line, int column) const;
  [[nodiscard]] Diagnostic error(std::size_t offset, std::string message) const;
  [[nodiscard]] Diagnostic warning(std::size_t offset, std::string message) const;

  // Where byte `inner` of a YAML scalar's value stands in the file. `start` is where the scalar begins,
  // its quote or block indicator included. Exact for plain, quoted and block scalars without escapes.
  [[nodiscard]] std::size_t inside_scalar(std::size_t start, std::string_view value, std::size_t inner) const;

  // A scalar that begins there has been read as a secret, with that outcome.
  void mark_secret(std::size_t offset, std::string_view value) const;
  [[nodiscard]] bool is_secret(std::size_t offset) const { return secrets_.contains(offset); }
  // A scalar that begins there names something whose contents were read, such as a file.
  void mark_read(std::size_t offset, std::string_view contents) const;
  // Of what was read for the scalar that begins there, a secret or not; absent where it is only what it says.
  [[nodiscard]] std::optional<std::size_t> digest(std::size_t offset) const;
  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  [[nodiscard]] Diagnostic diagnose(Diagnostic::Severity severity, std::size_t offset, std::string message) const;

  std::string file_;
  std::string text_;
  std::vector<std::size_t> line_starts_;
  mutable std::set<std::size_t> secrets_;
  mutable std::map<std::size_t, std::size_t> digests_;  // by offset
};

}  // namespace pmon::config
