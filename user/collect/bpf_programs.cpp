// SPDX-License-Identifier: Apache-2.0
#include "collect/bpf_programs.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <malloc.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdarg>
#include <cstdio>
#include <mutex>

#include <fmt/format.h>

#include "collect/kernel_facts.h"
#include "collect/skeleton.h"
#include "pmon/errno_text.h"

namespace pmon {

namespace {

// The programs and what is lost without each. A core one has no feature of its own: without it
// there is no ledger.
struct ProgramRow {
  const char* program;
  const char* tracepoint;  // of tp_btf; nullptr where it is no tracepoint
  const char* feature;     // nullptr: core
  const char* cost;
  bool detail = false;  // see BpfPrograms::set_detail()
};

constexpr ProgramRow kPrograms[] = {
    {"pmon_switch", "sched_switch", nullptr, ""},
    {"pmon_newtask", "task_newtask", nullptr, ""},
    {"pmon_exec", "sched_process_exec", nullptr, ""},
    {"pmon_exit", "sched_process_exit", nullptr, ""},
    {"pmon_sweep", nullptr, nullptr, ""},
    {"pmon_refresh", nullptr, nullptr, ""},
    {"pmon_rename", "task_rename", "rename", "a process that renames itself keeps its old name until the next sweep"},
    {"pmon_oom", "mark_victim", "oom_kill", "OOM kills are not told apart from other SIGKILLs"},
    {"pmon_mmap", "vm_unmapped_area", "mapped_bytes", "no mapped_bytes_total", true},
    {"pmon_fault", "page_fault_user", "fault_regions", "no faults_total by region", true},
};

constexpr const char* kKernelTypes = "/sys/kernel/btf/vmlinux";

// The last words of a failed load are the reason.
thread_local std::string g_libbpf_log;

int collect_log(libbpf_print_level level, const char* format, va_list arguments) {
  if (level == LIBBPF_DEBUG) return 0;
  char line[512];
  vsnprintf(line, sizeof line, format, arguments);
  if (g_libbpf_log.size() < (1 << 16)) g_libbpf_log += line;
  return 0;
}

// libbpf reports through one callback per process. While this lives it is ours, in one thread at a time; then that of
// the program around a monitor has its place again.
class LibbpfLog {
 public:
  LibbpfLog() : before_(libbpf_set_print(collect_log)) {}
  ~LibbpfLog() { libbpf_set_print(before_); }
  LibbpfLog(const LibbpfLog&) = delete;
  LibbpfLog& operator=(const LibbpfLog&) = delete;

 private:
  inline static std::mutex one_;
  const std::scoped_lock<std::mutex> lock_{one_};
  libbpf_print_fn_t before_;
};

// The most telling line of what libbpf and the verifier said.
std::string last_words() {
  std::string best;
  std::size_t at = 0;
  while (at < g_libbpf_log.size()) {
    std::size_t end = g_libbpf_log.find('\n', at);
    if (end == std::string::npos) end = g_libbpf_log.size();
    const std::string line = g_libbpf_log.substr(at, end - at);
    at = end + 1;
    const bool telling = line.find("failed") != std::string::npos || line.find("invalid") != std::string::npos ||
                         line.find("unknown") != std::string::npos || line.find("not ") != std::string::npos;
    if (best.empty() && telling) best = line;
    // What libbpf says of the program itself tells more than what came before it.
    if (telling && line.find("prog '") != std::string::npos) return line;
  }
  return best;
}

bpf_program* find(pmon_bpf& skeleton, const char* name) { return bpf_object__find_program_by_name(skeleton.obj, name); }

// 0 where the descriptor is no link any more.
std::uint32_t link_id(const bpf_link* link) {
  bpf_link_info info{};
  std::uint32_t size = sizeof info;
  if (bpf_obj_get_info_by_fd(bpf_link__fd(link), &info, &size) != 0) return 0;
  return info.type == BPF_LINK_TYPE_RAW_TRACEPOINT ? info.id : 0;
}

std::unexpected<Error> refused(int error, const std::string& operation) {
  if (error == EPERM || error == EACCES) {
    return fail(ErrorKind::kUnsupported, operation + ": permission denied",
                "run as root, or with CAP_BPF and CAP_PERFMON; see 'pmon doctor'");
  }
  const std::string words = last_words();
  const std::string detail = words.empty() ? "" : "; " + words;
  return fail(ErrorKind::kUnsupported, fmt::format("{}: {}{}", operation, errno_text(error), detail),
              "see 'pmon doctor'; '--collector procfs' works without BPF");
}

}  // namespace

void BpfPrograms::Close::operator()(pmon_bpf* skeleton) const { pmon_bpf__destroy(skeleton); }
void BpfPrograms::unlink(bpf_link* link) { bpf_link__destroy(link); }
BpfPrograms::BpfPrograms(BpfPrograms&&) noexcept = default;
BpfPrograms& BpfPrograms::operator=(BpfPrograms&&) noexcept = default;
BpfPrograms::~BpfPrograms() = default;

bool BpfPrograms::has(const char* program) const { return std::ranges::find(dropped_, program) == dropped_.end(); }

void BpfPrograms::drop(const std::string& program, const std::string& reason) {
  dropped_.push_back(program);
  for (const ProgramRow& row : kPrograms) {
    if (row.program != program || row.feature == nullptr) continue;
    tell(row.feature, Feature::Mode::kMissing, fmt::format("{}: {}", reason, row.cost));
  }
}

Result<void> BpfPrograms::open_and_load(const BpfSizes& sizes, const std::vector<std::string>& without) {
  auto loaded = try_load(sizes, without, nullptr);
  // libbpf looks for types in modules too, which needs CAP_SYS_ADMIN. All of ours are in the kernel itself, and
  // told where, it needs CAP_BPF and CAP_PERFMON only, for some megabytes more.
  if (!loaded && may_load_bpf()) loaded = try_load(sizes, without, kKernelTypes);
  return loaded;
}

Result<void> BpfPrograms::try_load(const BpfSizes& sizes, const std::vector<std::string>& without, const char* types) {
  g_libbpf_log.clear();
  LIBBPF_OPTS(bpf_object_open_opts, options, .btf_custom_path = types);
  skeleton_.reset(pmon_bpf__open_opts(&options));
  if (!skeleton_) return refused(errno, "open the BPF object");
  bpf_map__set_max_entries(skeleton_->maps.ledger, sizes.ledger_slots);
  bpf_map__set_max_entries(skeleton_->maps.free_slots, sizes.ledger_slots);
  bpf_map__set_max_entries(skeleton_->maps.events, sizes.ring_bytes);
  skeleton_->rodata->ledger_slots = sizes.ledger_slots;
  skeleton_->rodata->ring_bytes = sizes.ring_bytes;
  skeleton_->bss->control.next_fresh = PMON_FIRST_SLOT;
  for (pmon_cpu& cpu : skeleton_->bss->cpus) cpu.tgid = PMON_CPU_UNKNOWN;
  for (const std::string& name : sizes.refused) {
    bpf_program__set_type(find(*skeleton_, name.c_str()), BPF_PROG_TYPE_SOCKET_FILTER);
  }
  for (const std::string& name : without) bpf_program__set_autoload(find(*skeleton_, name.c_str()), false);
  if (const int error = pmon_bpf__load(skeleton_.get()); error != 0) return refused(-error, "load the BPF programs");
  return {};
}

BpfPrograms::Hook BpfPrograms::attach(std::size_t row) const {
  Hook hook{.link = Link(bpf_program__attach(find(*skeleton_, kPrograms[row].program))), .row = row};
  if (hook.link) hook.id = link_id(hook.link.get());
  return hook;
}

Result<void> BpfPrograms::attach() {
  for (std::size_t i = 0; i < std::size(kPrograms); ++i) {
    const ProgramRow& row = kPrograms[i];
    if (row.tracepoint == nullptr || !has(row.program)) continue;
    Hook hook = attach(i);
    if (hook.link) {
      (row.detail ? detail_hooks_ : hooks_).push_back(std::move(hook));
    } else if (row.feature == nullptr) {
      return refused(errno, fmt::format("attach {}", row.tracepoint));
    } else {
      drop(row.program, fmt::format("attach {}: {}", row.tracepoint, errno_text(errno)));
    }
  }
  sweep_link_ = Link(bpf_program__attach_iter(find(*skeleton_, "pmon_sweep"), nullptr));
  if (!sweep_link_) return refused(errno, "attach the task iterator");
  return {};
}

void BpfPrograms::tell(const std::string& feature, Feature::Mode mode, std::string reason) {
  std::erase_if(features_, [&](const Feature& known) { return known.name == feature; });
  features_.push_back({feature, mode, std::move(reason)});
}

bool BpfPrograms::set_detail(bool detail) {
  if (detail == !detail_hooks_.empty()) return false;
  const LibbpfLog log;
  detail_hooks_.clear();
  bool changed = false;
  for (std::size_t i = 0; i < std::size(kPrograms); ++i) {
    const ProgramRow& row = kPrograms[i];
    if (!row.detail || !has(row.program)) continue;
    changed = true;
    if (!detail) {
      tell(row.feature, Feature::Mode::kMissing,
           fmt::format("left out for now, so that pmon costs less: {}", row.cost));
      continue;
    }
    Hook hook = attach(i);
    if (hook.link) {
      tell(row.feature, Feature::Mode::kDegraded,
           "was left out for a while, so that pmon cost less; those are not counted");
      detail_hooks_.push_back(std::move(hook));
    } else {
      tell(row.feature, Feature::Mode::kMissing,
           fmt::format("attach {} again: {}: {}", row.tracepoint, errno_text(errno), row.cost));
    }
  }
  return changed;
}

Result<std::vector<Feature>> BpfPrograms::lose_hooks() {
  std::vector<Feature> lost;
  const auto is_gone = [](const Hook& hook) {
    const bool gone = link_id(hook.link.get()) != hook.id;
    if (gone) bpf_link__disconnect(hook.link.get());  // its number may be another file's by now
    return gone;
  };
  for (std::vector<Hook>* hooks : {&hooks_, &detail_hooks_}) {
    for (auto hook = hooks->begin(); hook != hooks->end();) {
      if (!is_gone(*hook)) {
        ++hook;
        continue;
      }
      const ProgramRow& row = kPrograms[hook->row];
      if (row.feature == nullptr) {
        return fail(ErrorKind::kUnsupported, fmt::format("the hook {} was detached from outside", row.tracepoint),
                    "start pmon again; find out who closes the descriptors of others, or of the program around it");
      }
      drop(row.program, fmt::format("the hook {} was detached from outside", row.tracepoint));
      lost.push_back(features_.back());
      hook = hooks->erase(hook);
    }
  }
  return lost;
}

// Something in the whole was refused: finds out which optional programs are at fault by trying each beside
// the core alone, and drops those.
void BpfPrograms::drop_refused(const BpfSizes& sizes) {
  std::vector<std::string> optional;
  for (const ProgramRow& row : kPrograms) {
    if (row.feature != nullptr) optional.emplace_back(row.program);
  }
  const KernelTypes kernel;
  for (const ProgramRow& row : kPrograms) {
    if (row.feature == nullptr) continue;
    if (!kernel.has_tracepoint(row.tracepoint)) {
      drop(row.program, fmt::format("this kernel has no tracepoint {}", row.tracepoint));
      continue;
    }
    std::vector<std::string> others = optional;
    std::erase(others, row.program);
    if (!open_and_load(sizes, others)) drop(row.program, "the kernel refused it: " + last_words());
  }
}

Result<BpfPrograms> BpfPrograms::load(const BpfSizes& sizes) {
  if (auto host = require_host_pid_namespace(); !host) return std::unexpected(host.error());
  if (auto harmless = require_harmless_charges(); !harmless) return std::unexpected(harmless.error());
  if (access(kKernelTypes, R_OK) != 0) {
    return fail(ErrorKind::kUnsupported, fmt::format("this kernel does not tell its types: no {}", kKernelTypes),
                "it needs CONFIG_DEBUG_INFO_BTF; '--collector procfs' works without");
  }
  const LibbpfLog log;
  BpfPrograms programs;
  auto loaded = programs.open_and_load(sizes, {});
  if (!loaded && may_load_bpf()) {
    programs.drop_refused(sizes);
    loaded = programs.open_and_load(sizes, programs.dropped_);
  }
  if (!loaded) return std::unexpected(loaded.error());
  if (auto attached = programs.attach(); !attached) return std::unexpected(attached.error());
  malloc_trim(0);  // libbpf has just read and freed the kernel's types, some 20 MB
  return programs;
}

int BpfPrograms::sweep_fd() const { return bpf_link__fd(sweep_link_.get()); }

Result<void> BpfPrograms::sweep() const {
  const Fd iterator(bpf_iter_create(sweep_fd()));
  if (!iterator) return fail_errno(errno, "create the task iterator");
  char nothing[64];
  ssize_t got = 0;
  do {
    got = read(iterator.get(), nothing, sizeof nothing);
  } while (got > 0 || (got < 0 && (errno == EAGAIN || errno == EINTR)));
  if (got < 0) return fail_errno(errno, "walk the tasks");
  return {};
}

Result<void> BpfPrograms::refresh(int cpu) const {
  LIBBPF_OPTS(bpf_test_run_opts, options, .flags = BPF_F_TEST_RUN_ON_CPU, .cpu = static_cast<__u32>(cpu));
  if (bpf_prog_test_run_opts(bpf_program__fd(skeleton_->progs.pmon_refresh), &options) == 0) return {};
  if (errno == ENXIO) return {};  // the CPU is offline and runs nothing
  return fail_errno(errno, fmt::format("refresh the process that runs on CPU {}", cpu));
}

}  // namespace pmon
