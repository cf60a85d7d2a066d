// SPDX-License-Identifier: Apache-2.0
#include "collect/ledger.h"

#include <bpf/bpf.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include <fmt/format.h>

namespace pmon {

Result<Ledger> Ledger::map(int map_fd, std::uint32_t slots, int free_list_fd, pmon_control* control) {
  Ledger ledger(nullptr, slots, free_list_fd, control);
  void* base = mmap(nullptr, ledger.bytes(), PROT_READ | PROT_WRITE, MAP_SHARED, map_fd, 0);
  if (base == MAP_FAILED) return fail_errno(errno, fmt::format("map the ledger of {} slots", slots));
  ledger.base_ = static_cast<pmon_slot*>(base);
  return ledger;
}

Ledger::Ledger(Ledger&& other) noexcept
    : base_(std::exchange(other.base_, nullptr)),
      slots_(other.slots_),
      free_list_fd_(other.free_list_fd_),
      control_(other.control_) {}

Ledger& Ledger::operator=(Ledger&& other) noexcept {
  if (this != &other) {
    if (base_ != nullptr) munmap(base_, bytes());
    base_ = std::exchange(other.base_, nullptr);
    slots_ = other.slots_;
    free_list_fd_ = other.free_list_fd_;
    control_ = other.control_;
  }
  return *this;
}

Ledger::~Ledger() {
  if (base_ != nullptr) munmap(base_, bytes());
}

std::size_t Ledger::bytes() const {
  const auto page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  return (slots_ * sizeof(pmon_slot) + page - 1) / page * page;
}

std::uint32_t Ledger::used() const {
  return std::min(std::atomic_ref(control_->next_fresh).load(std::memory_order_acquire), slots_);
}

Result<void> Ledger::free(std::uint32_t slot) const {
  std::atomic_ref(base_[slot].state).store(PMON_SLOT_FREE, std::memory_order_release);
  if (bpf_map_update_elem(free_list_fd_, nullptr, &slot, BPF_ANY) != 0) {
    return fail_errno(errno, fmt::format("give back slot {}", slot));
  }
  return {};
}

}  // namespace pmon
