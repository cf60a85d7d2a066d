// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "collect/bpf_programs.h"
#include "collect/collector.h"
#include "pmon/result.h"

namespace pmon {

// Reads the ledger that the BPF programs keep: every process of the host without a system call per
// process. Ended processes wait in the ledger until they have been read, so none is missed between
// two ticks while there are slots; a full ledger or ring is counted and healed by a sweep.
class EbpfCollector final : public Collector {
 public:
  // kUnsupported where this kernel, user or container does not allow it.
  [[nodiscard]] static Result<std::unique_ptr<EbpfCollector>> open(const BpfSizes& sizes = {});
  ~EbpfCollector() override;

  [[nodiscard]] std::string_view name() const override { return "ebpf"; }
  [[nodiscard]] const Capabilities& capabilities() const override;
  [[nodiscard]] Result<void> collect(const Tick& tick, Snapshot& out) override;
  void watch(std::span<const WatchedProcess> targets) override;
  void set_detail(bool detail) override;
  [[nodiscard]] Result<void> try_reading() const override;
  [[nodiscard]] int wake_fd() const override;
  void service() override;

  [[nodiscard]] std::vector<std::pair<std::string, std::uint64_t>> slots() const override;
  [[nodiscard]] const BpfPrograms& programs() const;

 private:
  struct State;
  explicit EbpfCollector(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace pmon
