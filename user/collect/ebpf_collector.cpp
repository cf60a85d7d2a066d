// SPDX-License-Identifier: Apache-2.0
#include "collect/ebpf_collector.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "collect/kernel_facts.h"
#include "collect/ledger.h"
#include "collect/losses.h"
#include "collect/skeleton.h"
#include "collect/slot_reader.h"

namespace pmon {

namespace {

constexpr Timestamp kSweepEvery = 30'000;
constexpr Timestamp kHealEvery = 1'000;  // sweeps after a loss
// Kept in memory between two ticks. Beyond that, ended processes wait in the ledger and execs are counted as lost.
constexpr std::size_t kMostEnded = 50'000;
constexpr std::size_t kMostEvents = 50'000;
constexpr Timestamp kVictimAge = 60'000;  // an OOM victim that has not ended by then was told by a thread's pid

struct CloseRing {
  void operator()(ring_buffer* ring) const { ring_buffer__free(ring); }
};

// The execs of a process that came as events; fewer than the slot's exec_count when one was lost.
struct ToldExecs {
  std::uint64_t start_boottime_ns = 0;
  std::uint32_t count = 0;
};

std::uint32_t filter_byte(std::uint32_t tgid) { return tgid & (PMON_WATCH_FILTER_SIZE - 1); }

struct Ended {
  pmon_slot slot;
  std::uint32_t number;
};

}  // namespace

struct EbpfCollector::State {
  State(BpfPrograms bpf, Ledger mapped, SlotReader slots)
      : programs(std::move(bpf)),
        ledger(std::move(mapped)),
        reader(std::move(slots)),
        starts(ledger.capacity()),
        execs(ledger.capacity()) {}

  struct Counts {
    std::uint32_t active = 0;
    std::uint32_t dead = 0;
  };

  pmon_control& control() const { return programs.skeleton().bss->control; }
  void learn_capabilities();
  void relearn_capabilities();
  [[nodiscard]] Result<void> notice_lost_hooks(Snapshot& out);
  [[nodiscard]] Result<void> sweep(Timestamp now);
  [[nodiscard]] Result<void> sweep_if_due(Timestamp now);
  void close_vanished();
  void rebuild_filter();
  void refresh_running();
  void drain_ring() { ring_buffer__consume(ring.get()); }
  void on_event(const pmon_event& event);
  // Moves an ended process from the ledger to `ended`, once.
  void harvest(std::uint32_t slot);
  void take(std::uint32_t slot);
  void offer_again();
  void heal_exec(const ProcessSample& sample, std::uint64_t start_boottime_ns);
  void append_living(std::uint32_t slot, Timestamp now, Snapshot& out, std::size_t& filled);
  void append_ended(Timestamp now, Snapshot& out, std::size_t& filled);
  bool take_oom_victim(std::int32_t pid);

  BpfPrograms programs;
  Ledger ledger;
  SlotReader reader;
  Capabilities capabilities;
  std::unique_ptr<ring_buffer, CloseRing> ring;
  LossWatch losses;
  std::vector<std::uint64_t> starts;      // per slot: start_boottime_ns of the process last seen in it
  std::vector<ToldExecs> execs;           // per slot
  std::vector<Ended> ended;               // read from the ledger, not yet told
  std::vector<std::uint32_t> unreturned;  // slots that the kernel did not take back
  std::vector<LifecycleEvent> events;
  std::unordered_map<std::int32_t, Timestamp> oom_victims;  // told by pid and not yet seen to end; since when
  Timestamp victims_since = 0;                              // the last tick
  std::vector<WatchedProcess> watched;
  Timestamp swept_at = 0;
  bool first = true;
  Counts counts;
};

EbpfCollector::EbpfCollector(std::unique_ptr<State> state) : state_(std::move(state)) {}
EbpfCollector::~EbpfCollector() = default;

const Capabilities& EbpfCollector::capabilities() const { return state_->capabilities; }
int EbpfCollector::wake_fd() const { return ring_buffer__epoll_fd(state_->ring.get()); }
std::vector<std::pair<std::string, std::uint64_t>> EbpfCollector::slots() const {
  const State::Counts& counts = state_->counts;
  const std::uint32_t capacity = state_->ledger.capacity() - PMON_FIRST_SLOT;
  return {{"active", counts.active}, {"dead", counts.dead}, {"free", capacity - counts.active - counts.dead}};
}
const BpfPrograms& EbpfCollector::programs() const { return state_->programs; }

Result<std::unique_ptr<EbpfCollector>> EbpfCollector::open(const BpfSizes& sizes) {
  auto programs = BpfPrograms::load(sizes);
  if (!programs) return std::unexpected(programs.error());
  auto limits = proc::MemoryLimits::open();
  if (!limits) return std::unexpected(limits.error());
  const pmon_bpf& skeleton = programs->skeleton();
  auto ledger = Ledger::map(bpf_map__fd(skeleton.maps.ledger), sizes.ledger_slots,
                            bpf_map__fd(skeleton.maps.free_slots), &skeleton.bss->control);
  if (!ledger) return std::unexpected(ledger.error());
  const bool regions = programs->has("pmon_fault");
  const bool mapped = programs->has("pmon_mmap");
  auto state = std::make_unique<State>(std::move(*programs), std::move(*ledger),
                                       SlotReader(std::move(*limits), regions, mapped));
  const auto on_event = [](void* self, void* data, std::size_t size) {
    if (size >= sizeof(pmon_event)) static_cast<State*>(self)->on_event(*static_cast<pmon_event*>(data));
    return 0;
  };
  state->ring.reset(ring_buffer__new(bpf_map__fd(skeleton.maps.events), on_event, state.get(), nullptr));
  if (!state->ring) return fail_errno(errno, "map the event ring");
  state->learn_capabilities();
  return std::unique_ptr<EbpfCollector>(new EbpfCollector(std::move(state)));
}

void EbpfCollector::State::learn_capabilities() {
  capabilities.features = programs.features();
  for (const MetricInfo& row : metric_table()) capabilities.add(row.metric);
  for (const Feature& feature : programs.features()) {
    if (feature.mode != Feature::Mode::kMissing) continue;
    if (feature.name == "mapped_bytes") capabilities.remove(Metric::kMAPPED, feature.reason);
    if (feature.name == "oom_kill") capabilities.remove(Metric::kOOM_KILLS, feature.reason);
    if (feature.name != "fault_regions") continue;
    for (const Metric metric :
         {Metric::kFAULTS_HEAP, Metric::kFAULTS_MMAP, Metric::kFAULTS_STACK, Metric::kFAULTS_FILE}) {
      capabilities.remove(metric, feature.reason);
    }
  }
}

Result<void> EbpfCollector::try_reading() const {
  if (auto refreshed = state_->programs.refresh(0); !refreshed) return refreshed;
  const Fd iterator(bpf_iter_create(state_->programs.sweep_fd()));
  if (!iterator) return fail_errno(errno, "create the task iterator");
  return {};
}

void EbpfCollector::State::relearn_capabilities() {
  learn_capabilities();
  reader.set_detail(capabilities.has(Metric::kFAULTS_HEAP), capabilities.has(Metric::kMAPPED));
}

void EbpfCollector::set_detail(bool detail) {
  if (state_->programs.set_detail(detail)) state_->relearn_capabilities();
}

// A ledger that nobody writes any more looks like a quiet host.
Result<void> EbpfCollector::State::notice_lost_hooks(Snapshot& out) {
  const auto lost = programs.lose_hooks();
  if (!lost) return std::unexpected(lost.error());
  if (!lost->empty()) relearn_capabilities();
  for (const Feature& feature : *lost) {
    out.notices.push_back({Notice::Level::kWarning, "hook_lost", fmt::format("{}: {}", feature.name, feature.reason)});
  }
  return {};
}

void EbpfCollector::State::on_event(const pmon_event& event) {
  const std::string comm(event.comm, strnlen(event.comm, PMON_COMM_LEN));
  pmon_slot identity{};
  identity.tgid = event.tgid;
  identity.start_boottime_ns = event.start_boottime_ns;
  const ProcessKey key = SlotReader::key_of(identity);
  switch (event.kind) {
    case PMON_EVENT_EXEC:
      if (events.size() >= kMostEvents) {
        losses.count_user("exec_dropped");
        break;
      }
      events.push_back({LifecycleEvent::Kind::kExec, key, comm});
      if (event.slot < execs.size()) {
        ToldExecs& told = execs[event.slot];
        if (told.start_boottime_ns != event.start_boottime_ns) told = {event.start_boottime_ns, 0};
        ++told.count;
      }
      break;
    case PMON_EVENT_EXIT:
      if (event.slot < ledger.capacity() && ended.size() < kMostEnded) harvest(event.slot);
      break;
    case PMON_EVENT_OOM_KILL:
      events.push_back({LifecycleEvent::Kind::kOomKill, key, comm});
      oom_victims[static_cast<std::int32_t>(event.tgid)] = victims_since;
      break;
    default: losses.count_user("unknown_event"); break;
  }
}

void EbpfCollector::State::harvest(std::uint32_t slot) {
  if (ledger.state(slot) != PMON_SLOT_DEAD) return;  // already taken, and perhaps handed out again
  take(slot);
}

void EbpfCollector::State::take(std::uint32_t slot) {
  ended.push_back({ledger.at(slot), slot});
  const auto freed = ledger.free(slot);
  if (freed) return;
  losses.count_user("free_refused", freed.error().text());
  unreturned.push_back(slot);
}

void EbpfCollector::State::offer_again() {
  std::erase_if(unreturned, [this](std::uint32_t slot) { return ledger.free(slot).has_value(); });
}

void EbpfCollector::service() {
  state_->drain_ring();
  std::atomic_ref(state_->control().dead).store(0, std::memory_order_relaxed);
}

// Of the first sweep on, what is known can be read without another: one that fails is a loss, tried again soon.
Result<void> EbpfCollector::State::sweep_if_due(Timestamp now) {
  const bool lost = losses.update(control());
  const Timestamp age = now - swept_at;
  if (!first && age >= 0 && age < kSweepEvery && !(lost && age >= kHealEvery)) return {};
  auto swept = sweep(now);
  if (swept || first) return swept;
  losses.count_user("sweep_failed", swept.error().text());
  swept_at = now - kSweepEvery + kHealEvery;
  return {};
}

Result<void> EbpfCollector::State::sweep(Timestamp now) {
  control().sweep += 1;
  control().without_slot = 0;
  if (auto swept = programs.sweep(); !swept) {
    control().sweep -= 1;  // what it has not come to is not passed by
    return swept;
  }
  // The first sweep passes over tasks that are just being made, so a second one follows at the next tick.
  swept_at = control().seeded == 0 ? now - kSweepEvery : now;
  losses.swept(control());
  losses.update(control());  // what the sweep itself lost, for the next one
  control().seeded = 1;
  close_vanished();
  rebuild_filter();
  return {};
}

// A slot that two sweeps did not mark has no thread: the end of its process was missed (its last thread
// had no storage). It is read and given back all the same.
void EbpfCollector::State::close_vanished() {
  const std::uint32_t current = control().sweep;
  for (std::uint32_t slot = PMON_FIRST_SLOT; slot < ledger.used(); ++slot) {
    if (ledger.state(slot) == PMON_SLOT_ACTIVE && current - ledger.at(slot).sweep >= 2) take(slot);
  }
}

// Bytes of processes that have ended are set for nobody. What is born meanwhile sets its own again below.
void EbpfCollector::State::rebuild_filter() {
  std::vector<std::uint8_t> wanted(PMON_WATCH_FILTER_SIZE);
  const auto each_watched = [this](auto&& visit) {
    for (std::uint32_t slot = PMON_FIRST_SLOT; slot < ledger.used(); ++slot) {
      const pmon_slot& process = ledger.at(slot);
      if (ledger.state(slot) == PMON_SLOT_ACTIVE && process.watched != 0) visit(filter_byte(process.tgid));
    }
  };
  std::uint8_t* filter = programs.skeleton().bss->watch_filter;
  each_watched([&](std::uint32_t byte) { wanted[byte] = 1; });
  for (std::uint32_t byte = 0; byte < PMON_WATCH_FILTER_SIZE; ++byte) {
    if (filter[byte] != wanted[byte]) filter[byte] = wanted[byte];
  }
  each_watched([&](std::uint32_t byte) { filter[byte] = 1; });
}

void EbpfCollector::State::refresh_running() {
  const pmon_cpu* cpus = programs.skeleton().bss->cpus;
  static const int possible = std::min(libbpf_num_possible_cpus(), PMON_MAX_CPUS);
  for (int cpu = 0; cpu < possible; ++cpu) {
    const std::uint32_t running = std::atomic_ref(const_cast<__u32&>(cpus[cpu].tgid)).load(std::memory_order_relaxed);
    if (running == 0) continue;
    const auto refreshed = programs.refresh(cpu);
    if (!refreshed) losses.count_user("refresh_failed", refreshed.error().text());
  }
}

void EbpfCollector::State::append_living(std::uint32_t slot, Timestamp now, Snapshot& out, std::size_t& filled) {
  const pmon_slot& source = ledger.at(slot);
  if (filled == out.processes.size()) out.processes.emplace_back();
  ProcessSample& sample = out.processes[filled];
  reader.read(source, slot, now, sample);
  ++filled;
  sample.exit.reset();
  sample.born = !first && source.birth != 0 && starts[slot] != source.start_boottime_ns;
  starts[slot] = source.start_boottime_ns;
  if (losses.lost_execs()) heal_exec(sample, source.start_boottime_ns);
}

// An exec whose event did not fit in the ring shows in the slot's count.
void EbpfCollector::State::heal_exec(const ProcessSample& sample, std::uint64_t start_boottime_ns) {
  ToldExecs& told = execs[sample.slot];
  if (told.start_boottime_ns != start_boottime_ns) told = {start_boottime_ns, 0};
  if (sample.exec_count <= told.count) return;
  told.count = sample.exec_count;
  events.push_back({LifecycleEvent::Kind::kExec, sample.key, sample.comm});
}

bool EbpfCollector::State::take_oom_victim(std::int32_t pid) { return oom_victims.erase(pid) != 0; }

void EbpfCollector::State::append_ended(Timestamp now, Snapshot& out, std::size_t& filled) {
  for (const auto& [source, slot] : ended) {
    if (filled == out.processes.size()) out.processes.emplace_back();
    ProcessSample& sample = out.processes[filled++];
    reader.read(source, slot, now, sample);
    if (losses.lost_execs()) heal_exec(sample, source.start_boottime_ns);
    sample.metrics.set(Metric::kTHREADS, 0);
    sample.exit = SlotReader::exit_of(source);
    sample.born = !first && source.birth != 0 && starts[slot] != source.start_boottime_ns;
    if (take_oom_victim(sample.key.pid)) sample.metrics.set(Metric::kOOM_KILLS, 1);
  }
  ended.clear();
}

Result<void> EbpfCollector::collect(const Tick& tick, Snapshot& out) {
  State& state = *state_;
  std::vector<ProcessSample> processes = std::move(out.processes);  // keeps the samples' memory
  out.clear();
  out.processes = std::move(processes);
  out.time = tick.now;
  if (auto attached = state.notice_lost_hooks(out); !attached) return attached;
  if (state.first) state.reader.set_boot(tick.now, tick.boottime_ns);
  state.offer_again();
  if (auto swept = state.sweep_if_due(tick.now); !swept) return swept;
  state.refresh_running();
  state.drain_ring();
  std::size_t filled = 0;
  state.counts = {};
  state.append_ended(tick.now, out, filled);
  for (std::uint32_t slot = PMON_FIRST_SLOT, used = state.ledger.used(); slot < used; ++slot) {
    switch (state.ledger.state(slot)) {
      case PMON_SLOT_ACTIVE:
        ++state.counts.active;
        state.append_living(slot, tick.now, out, filled);
        break;
      case PMON_SLOT_DEAD:  // its event was lost, or is yet to come
        ++state.counts.dead;
        state.harvest(slot);
        break;
      case PMON_SLOT_FREE: break;
    }
  }
  state.append_ended(tick.now, out, filled);
  out.processes.resize(filled);
  std::atomic_ref(state.control().dead).store(0, std::memory_order_relaxed);
  out.events = std::exchange(state.events, {});
  state.victims_since = tick.now;
  std::erase_if(state.oom_victims, [&](const auto& victim) { return tick.now - victim.second > kVictimAge; });
  state.losses.report(out);
  state.first = false;
  return {};
}

void EbpfCollector::watch(std::span<const WatchedProcess> targets) {
  const auto slot_of = [this](const WatchedProcess& process) -> pmon_slot* {
    if (process.slot == 0 || process.slot >= state_->ledger.capacity()) return nullptr;
    pmon_slot& slot = state_->ledger.at(process.slot);
    return SlotReader::key_of(slot) == process.key ? &slot : nullptr;  // else it has ended
  };
  // First those that are watched from now on: one that stays a target misses no fault.
  std::unordered_set<std::uint32_t> now_watched;
  for (const WatchedProcess& process : targets) {
    pmon_slot* slot = slot_of(process);
    if (slot == nullptr) continue;
    slot->watched = 1;
    state_->programs.skeleton().bss->watch_filter[filter_byte(slot->tgid)] = 1;
    now_watched.insert(process.slot);
  }
  for (const WatchedProcess& process : state_->watched) {
    pmon_slot* slot = slot_of(process);
    if (slot != nullptr && !now_watched.contains(process.slot)) slot->watched = 0;
  }
  state_->watched.assign(targets.begin(), targets.end());
}

}  // namespace pmon
