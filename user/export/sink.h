// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "export/output.h"
#include "pmon/result.h"

namespace pmon {

// Where an Output's bytes go; the seam at which tests listen.
class Sink {
 public:
  virtual ~Sink() = default;
  // All of `text` or an error; kGone when the reader of a pipe has closed it.
  [[nodiscard]] virtual Result<Output::Reader> write(std::string_view text) = 0;
  // Columns of the terminal now; absent where it is none.
  [[nodiscard]] virtual std::optional<std::size_t> columns() const { return std::nullopt; }
};

// A file descriptor that stays open and is not closed; SIGPIPE must be ignored. Waits while a pipe is full.
class FdSink : public Sink {
 public:
  // `name` is for messages ("stdout").
  FdSink(int fd, std::string_view name) : fd_(fd), name_(name) {}
  [[nodiscard]] Result<Output::Reader> write(std::string_view text) override;
  [[nodiscard]] std::optional<std::size_t> columns() const override;

 private:
  int fd_;
  std::string_view name_;
};

}  // namespace pmon
