// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "export/output.h"
#include "pmon/result.h"

namespace pmon {

// Where an Output's bytes go; the seam at which tests listen.
class Sink {
 public:
  virtual ~Sink() = default;
  // Takes all of `text`, or counts it as lost, or an error; kGone when the reader of a pipe has closed it.
  [[nodiscard]] virtual Result<Output::Reader> write(std::string_view text) = 0;
  // Lines that were lost since the last call because the reader was too slow.
  [[nodiscard]] virtual std::uint64_t take_lost_lines() { return 0; }
  // Columns of the terminal now; absent where it is none.
  [[nodiscard]] virtual std::optional<std::size_t> columns() const { return std::nullopt; }
};

// A file descriptor that stays open and is not closed; SIGPIPE must be ignored. Never waits for a slow reader: what
// a full pipe or a stopped terminal does not take is kept, up to 4 MiB; what comes then is lost and counted. With
// `patience` each write waits that long first.
class FdSink : public Sink {
 public:
  static constexpr std::size_t kMostKept = 4 << 20;

  // `name` is for messages ("stdout").
  FdSink(int fd, std::string_view name, std::chrono::milliseconds patience = {})
      : fd_(fd), name_(name), patience_(patience) {}
  [[nodiscard]] Result<Output::Reader> write(std::string_view text) override;
  [[nodiscard]] std::uint64_t take_lost_lines() override;
  [[nodiscard]] std::optional<std::size_t> columns() const override;

  // At the end: waits for the reader, no longer than this; an error when something is left then.
  [[nodiscard]] Result<void> drain(std::chrono::milliseconds timeout);

 private:
  [[nodiscard]] Result<Output::Reader> push(std::chrono::milliseconds patience);

  int fd_;
  std::string_view name_;
  std::chrono::milliseconds patience_;
  std::string kept_;
  std::uint64_t lost_lines_ = 0;
};

}  // namespace pmon
