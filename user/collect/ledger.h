// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "pmon/abi.h"
#include "pmon/result.h"

namespace pmon {

// The slots that the BPF programs write, mapped into this process. Slot numbers go from
// PMON_FIRST_SLOT to used() - 1; the kernel may open slots at any moment, one thread frees them.
class Ledger {
 public:
  // map: the BPF array of pmon_slot; free_list: the BPF stack of slot numbers; control: the mapped globals.
  [[nodiscard]] static Result<Ledger> map(int map_fd, std::uint32_t slots, int free_list_fd, pmon_control* control);

  Ledger(Ledger&& other) noexcept;
  Ledger& operator=(Ledger&& other) noexcept;
  Ledger(const Ledger&) = delete;
  Ledger& operator=(const Ledger&) = delete;
  ~Ledger();

  // One past the highest slot that was ever handed out.
  [[nodiscard]] std::uint32_t used() const;
  [[nodiscard]] std::uint32_t capacity() const { return slots_; }
  [[nodiscard]] pmon_slot& at(std::uint32_t slot) const { return base_[slot]; }
  // Read with acquire order: what the kernel wrote before a state is seen after it.
  [[nodiscard]] pmon_slot_state state(std::uint32_t slot) const {
    return static_cast<pmon_slot_state>(std::atomic_ref(base_[slot].state).load(std::memory_order_acquire));
  }
  // Gives a slot back; its values are gone.
  [[nodiscard]] Result<void> free(std::uint32_t slot) const;

 private:
  Ledger(pmon_slot* base, std::uint32_t slots, int free_list_fd, pmon_control* control)
      : base_(base), slots_(slots), free_list_fd_(free_list_fd), control_(control) {}
  [[nodiscard]] std::size_t bytes() const;

  pmon_slot* base_ = nullptr;
  std::uint32_t slots_ = 0;
  int free_list_fd_ = -1;  // owned by the BPF object
  pmon_control* control_ = nullptr;
};

}  // namespace pmon
