// SPDX-License-Identifier: Apache-2.0
#include "series/series_store.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <deque>
#include <map>

#include "series/label_pool.h"

namespace pmon {

namespace {

// Series of one name lie together, so that a scan of a metric streams through memory.
constexpr std::uint32_t kChunkSize = 64;

struct Chunk {
  std::array<Series, kChunkSize> series;
  std::uint64_t open = 0;  // bit per slot: opened and not released
  std::uint32_t name = 0;
  std::uint32_t used = 0;  // slots ever handed out
};

struct Name {
  std::string text;
  std::vector<const Series*> series;
  std::vector<SeriesStore::Ref> free;
  std::uint32_t last_chunk = UINT32_MAX;
  Keep keep;
  bool dropped = false;  // `series` holds pointers to dropped series
};

struct Released {
  SeriesStore::Ref ref;
  TickIndex tick;
};

bool same_bits(double a, double b) { return std::bit_cast<std::uint64_t>(a) == std::bit_cast<std::uint64_t>(b); }

bool is_empty(const Run& run) { return run.last + 1 == run.first; }

}  // namespace

struct SeriesStore::Impl {
  TickTable ticks;
  TickIndex tick = UINT32_MAX;  // the current one
  Retention retention;
  std::vector<std::unique_ptr<Chunk>> chunks;
  std::vector<Name> names;
  std::map<std::string, std::uint32_t, std::less<>> name_numbers;
  LabelPool labels;
  std::deque<Released> released;  // by tick
  std::vector<Ref> expired;       // released and empty, not yet taken out of the lists
  std::size_t live = 0;
  std::size_t run_capacity = 0;
  std::uint32_t sweep = 0;  // next chunk to trim

  Chunk& chunk_of(Ref ref) { return *chunks[ref / kChunkSize]; }
  Series& at(Ref ref) { return chunk_of(ref).series[ref % kChunkSize]; }
  static std::uint64_t bit(Ref ref) { return std::uint64_t{1} << (ref % kChunkSize); }

  std::uint32_t name_number(std::string_view name);
  Ref new_slot(std::uint32_t name);
  void close_run(Ref ref, Run next);
  void age(Name& name) const;
  void drop_expired();
  void trim_some();
};

std::uint32_t SeriesStore::Impl::name_number(std::string_view name) {
  if (const auto at = name_numbers.find(name); at != name_numbers.end()) return at->second;
  const auto number = static_cast<std::uint32_t>(names.size());
  names.push_back({.text = std::string(name)});
  age(names.back());
  name_numbers.emplace(name, number);
  return number;
}

SeriesStore::Ref SeriesStore::Impl::new_slot(std::uint32_t name_index) {
  Name& name = names[name_index];
  if (!name.free.empty()) {
    const Ref ref = name.free.back();
    name.free.pop_back();
    return ref;
  }
  if (name.last_chunk == UINT32_MAX || chunks[name.last_chunk]->used == kChunkSize) {
    name.last_chunk = static_cast<std::uint32_t>(chunks.size());
    chunks.push_back(std::make_unique<Chunk>());
    chunks.back()->name = name_index;
  }
  return name.last_chunk * kChunkSize + chunks[name.last_chunk]->used++;
}

void SeriesStore::Impl::close_run(Ref ref, Run next) {
  Series& series = at(ref);
  const bool follows = !is_empty(series.last_run) && next.first == series.last_run.last + 1;
  if (!(follows && next.value >= series.last_run.value)) {
    series.rising_from = std::isnan(next.value) ? UINT32_MAX : next.first;
  }
  if (!is_empty(series.last_run)) {
    run_capacity -= series.older.capacity();
    const Keep& keep = names[chunk_of(ref).name].keep;
    series.older.push(series.last_run, keep);
    run_capacity += series.older.capacity();
    series.rising_from = std::max(series.rising_from, keep.full);
  }
  series.last_run = next;
}

// Works out anew what of the metric may go.
void SeriesStore::Impl::age(Name& name) const {
  const TickTimes times = ticks.view();
  if (times.first == times.end) return;
  const auto listed = retention.in_full.find(name.text);
  const Timestamp in_full = listed == retention.in_full.end() ? retention.others_in_full : listed->second;
  const Timestamp now = times.at(times.end - 1);
  name.keep = {.now = times.end - 1,
               .full = times.lower_bound(now - in_full),
               .thin = times.lower_bound(now - std::max(in_full, retention.thinned)),
               .forget = times.first};
}

// Takes expired series out of the lists by name; a pass over those lists, so done for many at once.
void SeriesStore::Impl::drop_expired() {
  if (expired.empty() || expired.size() < live / 32) return;
  for (const Ref ref : expired) {
    Series& series = at(ref);
    const std::uint32_t name = chunk_of(ref).name;
    labels.remove(series.labels, name);
    run_capacity -= series.older.capacity();
    series.older.clear();
    series.labels = nullptr;
    series.last_run = Series().last_run;
    series.rising_from = UINT32_MAX;
    names[name].dropped = true;
    names[name].free.push_back(ref);
    --live;
  }
  expired.clear();
  for (Name& name : names) {
    if (!name.dropped) continue;
    std::erase_if(name.series, [](const Series* series) { return series->labels == nullptr; });
    name.dropped = false;
  }
}

// Appends drop old runs of series that move; this reaches those that have come to rest.
void SeriesStore::Impl::trim_some() {
  for (std::size_t n = std::min<std::size_t>(chunks.size(), chunks.size() / 64 + 1); n > 0; --n) {
    sweep = sweep + 1 < chunks.size() ? sweep + 1 : 0;
    const Keep& keep = names[chunks[sweep]->name].keep;
    for (Series& series : chunks[sweep]->series) {
      if (series.older.capacity() == 0) continue;
      run_capacity -= series.older.capacity();
      series.older.trim(keep);
      run_capacity += series.older.capacity();
      series.rising_from = std::max(series.rising_from, keep.full);
    }
  }
}

SeriesStore::SeriesStore() : impl_(std::make_unique<Impl>()) {}
SeriesStore::~SeriesStore() = default;
SeriesStore::SeriesStore(SeriesStore&&) noexcept = default;
SeriesStore& SeriesStore::operator=(SeriesStore&&) noexcept = default;

void SeriesStore::begin_tick(Timestamp t) {
  impl_->tick = impl_->ticks.next();
  impl_->ticks.push(t);
}

TickIndex SeriesStore::current_tick() const { return impl_->tick; }
Timestamp SeriesStore::time_of(TickIndex tick) const { return impl_->ticks.view().at(tick); }
TickTimes SeriesStore::ticks() const { return impl_->ticks.view(); }

bool SeriesStore::tick_at_or_before(Timestamp t, TickIndex& tick) const {
  const TickTimes times = ticks();
  const TickIndex after = times.upper_bound(t);
  if (after == times.first) return false;
  tick = after - 1;
  return true;
}

SeriesStore::Ref SeriesStore::open(std::string_view name, const Labels& labels) {
  const std::uint32_t number = impl_->name_number(name);
  LabelPool::Entry& entry = impl_->labels.intern(labels);
  for (const auto& member : entry.members) {
    if (member.name != number) continue;
    impl_->chunk_of(member.ref).open |= Impl::bit(member.ref);
    std::erase(impl_->expired, member.ref);
    return member.ref;
  }
  const Ref ref = impl_->new_slot(number);
  entry.members.push_back({number, ref});
  Series& series = impl_->at(ref);
  series.labels = entry.labels;
  impl_->chunk_of(ref).open |= Impl::bit(ref);
  impl_->names[number].series.push_back(&series);
  ++impl_->live;
  return ref;
}

void SeriesStore::append(Ref ref, double value) {
  Series& series = impl_->at(ref);
  const TickIndex tick = impl_->tick;
  Run& run = series.last_run;
  if (run.last + 1 == tick && same_bits(run.value, value)) {
    run.last = tick;
    return;
  }
  if (!is_empty(run) && run.last == tick) {  // a second sample of this tick replaces the first
    if (same_bits(run.value, value)) return;
    if (run.first == tick) {
      run.value = value;
      series.rising_from = std::isnan(value) ? UINT32_MAX : tick;
      return;
    }
    --run.last;
  }
  // Processes are appended one after the other, so the next series of this name moves soon: where its run
  // will be written is far away in memory.
  if (ref % kChunkSize + 1 < kChunkSize) __builtin_prefetch((&series + 1)->older.end(), 1);
  impl_->close_run(ref, {tick, tick, value});
}

void SeriesStore::append_zero_before(Ref ref) {
  const Series& series = impl_->at(ref);
  const TickIndex tick = impl_->tick;
  if (tick == impl_->ticks.view().first) return;
  if (!is_empty(series.last_run) && series.last_run.last + 1 >= tick) return;
  impl_->close_run(ref, {tick - 1, tick - 1, 0});
}

void SeriesStore::release(Ref ref) {
  Chunk& chunk = impl_->chunk_of(ref);
  if ((chunk.open & Impl::bit(ref)) == 0) return;
  chunk.open &= ~Impl::bit(ref);
  const Series& series = impl_->at(ref);
  // Released, opened and released within one tick: the first release stands.
  if (is_stale(series.last_run.value) && series.last_run.last == impl_->tick) return;
  impl_->close_run(ref, {impl_->tick, impl_->tick, stale_marker()});
  impl_->released.push_back({ref, impl_->tick});
}

void SeriesStore::retain(Retention retention) { impl_->retention = std::move(retention); }

void SeriesStore::forget_before(Timestamp t) {
  impl_->ticks.forget_before(t);
  for (Name& name : impl_->names) impl_->age(name);
  const TickIndex keep_from = impl_->ticks.view().first;
  auto& released = impl_->released;
  while (!released.empty() && released.front().tick < keep_from) {
    const Released entry = released.front();
    released.pop_front();
    // Opened again since, or even released again: then it is not this entry that counts.
    const bool open = (impl_->chunk_of(entry.ref).open & Impl::bit(entry.ref)) != 0;
    if (!open && impl_->at(entry.ref).last_run.last == entry.tick) impl_->expired.push_back(entry.ref);
  }
  impl_->drop_expired();
  if (!impl_->chunks.empty()) impl_->trim_some();
}

const std::vector<const Series*>& SeriesStore::series_of(std::string_view name) const {
  static const std::vector<const Series*> none;
  const auto at = impl_->name_numbers.find(name);
  return at == impl_->name_numbers.end() ? none : impl_->names[at->second].series;
}

std::vector<std::string> SeriesStore::names() const {
  std::vector<std::string> out;
  for (const auto& [name, number] : impl_->name_numbers) {
    if (!impl_->names[number].series.empty()) out.push_back(name);
  }
  return out;
}

const Labels* SeriesStore::find_labels(const Labels& labels) const { return impl_->labels.find(labels); }

std::size_t SeriesStore::series_count() const { return impl_->live - impl_->expired.size(); }

std::size_t SeriesStore::memory_bytes() const {
  std::size_t bytes = impl_->ticks.memory_bytes() + impl_->labels.memory_bytes();
  bytes += impl_->chunks.size() * sizeof(Chunk) + impl_->run_capacity * sizeof(Run);
  for (const Name& name : impl_->names) {
    bytes += sizeof(Name) + name.series.capacity() * sizeof(void*) + name.free.capacity() * sizeof(Ref);
  }
  return bytes + impl_->released.size() * sizeof(Released);
}

}  // namespace pmon
