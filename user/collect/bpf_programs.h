// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "collect/collector.h"
#include "collect/handle.h"
#include "pmon/result.h"

struct pmon_bpf;
struct bpf_link;

namespace pmon {

// Sizes of the kernel side; both are fixed once it is loaded.
struct BpfSizes {
  std::uint32_t ledger_slots = 16384;  // processes at a time, those that await reading included
  std::uint32_t ring_bytes = 262144;   // a power of two and a multiple of the page size
  std::vector<std::string> refused;    // for tests: programs in a form that every kernel refuses
};

// The BPF object, loaded and attached; detaches on destruction. Nothing is pinned, so the kernel
// removes everything when the process ends, however it ends.
class BpfPrograms {
 public:
  // Opens, decides what this kernel can do, loads and attaches. A program that the kernel refuses
  // costs only its own metrics, listed in features(); without the core ones it is an error, kUnsupported.
  [[nodiscard]] static Result<BpfPrograms> load(const BpfSizes& sizes);

  BpfPrograms(BpfPrograms&&) noexcept;
  BpfPrograms& operator=(BpfPrograms&&) noexcept;
  ~BpfPrograms();

  [[nodiscard]] pmon_bpf& skeleton() const { return *skeleton_; }
  [[nodiscard]] const std::vector<Feature>& features() const { return features_; }
  [[nodiscard]] bool has(const char* program) const;

  // Detaches the programs that can be done without, mapped_bytes and fault_regions, or attaches them again; features()
  // says so. What cannot be attached any more stays away. True where anything changed.
  bool set_detail(bool detail);

  // Whether the kernel still has every hook that was attached; whoever shares pmon's descriptors may have closed one.
  // An error where a core one is gone. Those that can be done without come once, and features() has them from then on.
  [[nodiscard]] Result<std::vector<Feature>> lose_hooks();

  // Walks every thread of the host once (pmon_sweep). The caller has bumped control.sweep.
  [[nodiscard]] Result<void> sweep() const;
  [[nodiscard]] int sweep_fd() const;
  // Accounts the task that is running on that CPU, unless it is offline.
  [[nodiscard]] Result<void> refresh(int cpu) const;

 private:
  struct Close {
    void operator()(pmon_bpf* skeleton) const;
  };
  using SkeletonPtr = std::unique_ptr<pmon_bpf, Close>;
  static void unlink(bpf_link* link);
  using Link = Handle<bpf_link*, &BpfPrograms::unlink, nullptr>;
  struct Hook {
    Link link;
    std::uint32_t id = 0;  // the kernel's, never given again for long
    std::size_t row = 0;   // of the table of programs
  };

  BpfPrograms() = default;
  [[nodiscard]] Result<void> open_and_load(const BpfSizes& sizes, const std::vector<std::string>& without);
  [[nodiscard]] Result<void> try_load(const BpfSizes& sizes, const std::vector<std::string>& without,
                                      const char* types);
  [[nodiscard]] Result<void> attach();
  [[nodiscard]] Hook attach(std::size_t row) const;
  void drop_refused(const BpfSizes& sizes);
  void drop(const std::string& program, const std::string& reason);
  void tell(const std::string& feature, Feature::Mode mode, std::string reason);

  SkeletonPtr skeleton_;
  std::vector<Hook> hooks_;
  std::vector<Hook> detail_hooks_;
  Link sweep_link_;
  std::vector<Feature> features_;
  std::vector<std::string> dropped_;
};

}  // namespace pmon
