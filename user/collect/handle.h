// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <unistd.h>

#include <utility>

namespace pmon {

// Owns one resource of type T until destruction or move; Close is called on every value but Empty.
template <typename T, auto Close, T Empty>
class Handle {
 public:
  Handle() = default;
  explicit Handle(T value) : value_(value) {}
  Handle(Handle&& other) noexcept : value_(std::exchange(other.value_, Empty)) {}
  Handle& operator=(Handle&& other) noexcept {
    if (this != &other) reset(std::exchange(other.value_, Empty));
    return *this;
  }
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;
  ~Handle() { reset(); }

  [[nodiscard]] T get() const { return value_; }
  [[nodiscard]] explicit operator bool() const { return value_ != Empty; }
  void reset(T value = Empty) {
    if (value_ != Empty) Close(value_);
    value_ = value;
  }

 private:
  T value_ = Empty;
};

// A file descriptor.
using Fd = Handle<int, &::close, -1>;

}  // namespace pmon
