// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "collect/handle.h"
#include "pmon/result.h"

namespace pmon::recording {

// Where the bytes of a recording are. What is appended while it is read is read, too.
class Source {
 public:
  virtual ~Source() = default;
  [[nodiscard]] virtual const std::string& name() const = 0;  // for messages
  [[nodiscard]] virtual std::uint64_t size() const = 0;
  // Fills `into` from `offset` on; fewer bytes at the end alone.
  [[nodiscard]] virtual Result<std::size_t> read(std::uint64_t offset, std::span<char> into) = 0;
};

class MemorySource final : public Source {
 public:
  // The bytes must outlive it.
  explicit MemorySource(std::string_view bytes, std::string name = "memory") : bytes_(bytes), name_(std::move(name)) {}
  [[nodiscard]] const std::string& name() const override { return name_; }
  [[nodiscard]] std::uint64_t size() const override { return bytes_.size(); }
  [[nodiscard]] Result<std::size_t> read(std::uint64_t offset, std::span<char> into) override;

 private:
  std::string_view bytes_;
  std::string name_;
};

// A regular file, read through a buffer.
class FileSource final : public Source {
 public:
  [[nodiscard]] static Result<std::unique_ptr<Source>> open(const std::string& path);
  [[nodiscard]] const std::string& name() const override { return path_; }
  [[nodiscard]] std::uint64_t size() const override;
  [[nodiscard]] Result<std::size_t> read(std::uint64_t offset, std::span<char> into) override;

 private:
  FileSource(std::string path, Fd fd) : path_(std::move(path)), fd_(std::move(fd)) {}
  [[nodiscard]] Result<std::size_t> read_file(std::uint64_t offset, std::span<char> into) const;

  std::string path_;
  Fd fd_;
  std::string buffer_;
  std::uint64_t buffer_at_ = 0;  // offset of its first byte
};

}  // namespace pmon::recording
