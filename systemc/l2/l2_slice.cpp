// SPDX-License-Identifier: Apache-2.0
#include "systemc/l2/l2_slice.h"

#include <algorithm>
#include <bit>

#include "systemc/base/request.h"
#include "systemc/memory/transfer.h"

namespace cubist::l2 {
namespace {

using base::Time;
using memory::Interleave;
using memory::to_sc;

// What a request to the channel is for: the lowest bits of its token; the line lies above.
enum Purpose : uint64_t { kNobodyWaits = 0, kFetch = 1, kAwaitedFetch = 2, kAwaited = 3 };
constexpr uint64_t token(Purpose purpose, uint64_t line) {
  return line << 2 | purpose;
}

bool bypasses(const tlm::tlm_generic_payload& payload) {
  const auto* info = payload.get_extension<base::RequestInfo>();
  return info != nullptr && info->bypass_l2;
}

}  // namespace

L2Slice::L2Slice(sc_core::sc_module_name name, base::Simulation& simulation, const L2Config& config,
                 const Interleave& interleave, unsigned slice, uint64_t memory_bytes,
                 memory::MemoryPort& memory)
    : sc_module(name),
      target("target"),
      memory_side("memory_side", simulation, *this, slice, slice,
                  base::Rank::of(base::kRankMemory, slice & 0xff)),
      simulation_(simulation),
      interleave_(interleave),
      memory_(memory),
      slice_(slice),
      hit_time_(base::Clock(config.hertz).span(config.hit_cycles)),
      fetch_on_write_(config.fetch_on_write),
      byte_time_(static_cast<double>(base::Clock(config.hertz).period()) / config.bytes_per_cycle),
      tags_(config.sets(), config.ways,
            memory_bytes / Interleave::kLineBytes / interleave.slices() + 1) {
  target.register_nb_transport_fw(this, &L2Slice::forward);
  target.register_b_transport(this, &L2Slice::block);
  target.register_transport_dbg(this, &L2Slice::debug);
  const std::string path = this->name();
  const auto add = [&](const char* what, const char* unit, const uint64_t& value) {
    simulation.add_statistic(path + "." + what, unit, &value);
  };
  add("hits", "requests", counts_.hits);
  add("misses", "requests", counts_.misses);
  add("bypasses", "requests", counts_.bypasses);
  add("read_bytes", "bytes", counts_.read_bytes);
  add("write_bytes", "bytes", counts_.write_bytes);
  add("fill_bytes", "bytes", counts_.fill_bytes);
  add("writeback_bytes", "bytes", counts_.writeback_bytes);
  add("refusals", "requests", counts_.refusals);
}

L2Slice::Plan L2Slice::plan(const tlm::tlm_generic_payload& payload) const {
  Plan p;
  const uint64_t address = payload.get_address();
  const Interleave::Place place = interleave_.place(address);
  p.line = place.index;
  p.line_address = interleave_.address(place);
  const auto first = static_cast<unsigned>(address - p.line_address);
  const unsigned last =
      std::min(first + std::max(payload.get_data_length(), 1u), Interleave::kLineBytes);
  for (unsigned sector = 0; sector < 4; ++sector) {
    const unsigned from = sector * kSectorBytes;
    const unsigned to = from + kSectorBytes;
    if (first < to && last > from) p.touched |= static_cast<SectorMask>(1u << sector);
    if (first <= from && last >= to) p.covered |= static_cast<SectorMask>(1u << sector);
  }
  const TagStore::Line known = tags_.probe(p.line);
  const bool bypass = bypasses(payload);
  if (payload.is_write()) {
    p.hit = known.present;
    p.write_through = bypass && !known.present;
    p.allocate = !p.write_through;
    if (p.allocate) {
      const auto kept = static_cast<SectorMask>(fetch_on_write_ ? 0 : p.covered);
      p.fetch = static_cast<SectorMask>(p.touched & ~kept & ~known.valid);
    }
  } else {
    p.hit = known.present && (p.touched & ~known.valid) == 0;
    p.allocate = !bypass || known.present;
    if (!p.hit)
      p.fetch = static_cast<SectorMask>((p.allocate ? kAllSectors : p.touched) & ~known.valid);
  }
  p.needs_channel = p.fetch != 0 || p.write_through ||
                    (p.allocate && !known.present && tags_.would_evict_dirty(p.line));
  return p;
}

std::optional<Time> L2Slice::ask(const memory::Request& request, Time when, bool blocking,
                                 uint64_t token) {
  if (blocking) return memory_side.call(request, when).done;
  const auto completion = memory_side.send(request, when, token);
  if (!completion) return std::nullopt;
  return completion->done;
}

std::optional<Time> L2Slice::serve(const tlm::tlm_generic_payload& payload, Time arrival,
                                   bool blocking) {
  const Plan p = plan(payload);
  const bool write = payload.is_write();
  const uint32_t bytes = payload.get_data_length();
  (write ? counts_.write_bytes : counts_.read_bytes) += bytes;
  ++(p.hit ? counts_.hits : p.allocate ? counts_.misses : counts_.bypasses);

  const auto length = static_cast<Time>(byte_time_ * bytes + 0.5);
  const Time start = data_port_.reserve(simulation_.now(), arrival, length);
  const Time looked_up = start + hit_time_;
  Time done = looked_up + length;
  if (p.write_through) {
    counts_.writeback_bytes += bytes;
    waiting_done_ = done;
    const auto taken = ask({payload.get_address(), bytes, true, true}, looked_up, blocking,
                           token(kAwaited, p.line));
    if (!taken) return std::nullopt;
    return std::max(done, *taken);
  }

  Pending& on_its_way = pending(p.line);
  if (!write && on_its_way.line == p.line) done = std::max(done, on_its_way.ready);
  std::optional<Time> fetched = done;
  if (p.fetch != 0) {
    const auto first = static_cast<unsigned>(std::countr_zero(p.fetch));
    const auto count = static_cast<unsigned>(std::popcount(p.fetch));
    counts_.fill_bytes += count * kSectorBytes;
    waiting_done_ = done;
    const Purpose purpose = write ? kFetch : p.allocate ? kAwaitedFetch : kAwaited;
    fetched = ask({p.line_address + first * kSectorBytes, count * kSectorBytes, false, false},
                  looked_up, blocking, token(purpose, p.line));
    if (fetched && p.allocate) on_its_way = {p.line, *fetched};
  }
  if (p.allocate) {
    const TagStore::Victim victim =
        tags_.touch(p.line, write ? static_cast<SectorMask>(p.covered | p.fetch) : p.fetch,
                    write ? p.touched : SectorMask{0});
    if (victim.dirty != 0) {
      // Dirty sectors leave as one burst from the first to the last.
      const auto first = static_cast<unsigned>(std::countr_zero(victim.dirty));
      const auto end = 8u - static_cast<unsigned>(std::countl_zero(victim.dirty));
      const uint32_t size = (end - first) * kSectorBytes;
      counts_.writeback_bytes += size;
      ask({interleave_.address({slice_, victim.line}) + first * kSectorBytes, size, true, false},
          looked_up, blocking, token(kNobodyWaits, victim.line));
    }
  }
  if (write) return done;
  if (!fetched) return std::nullopt;
  return std::max(done, *fetched);
}

tlm::tlm_sync_enum L2Slice::forward(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase,
                                    sc_core::sc_time& delay) {
  if (phase != tlm::BEGIN_REQ) return tlm::TLM_COMPLETED;
  memory::transfer(memory_, payload);
  if (!payload.is_response_ok()) return tlm::TLM_COMPLETED;
  const Time now = simulation_.now();
  const Time arrival = now + delay.value();
  if (memory_side.blocked() && plan(payload).needs_channel) {
    held_ = &payload;
    held_arrival_ = arrival;
    ++counts_.refusals;
    return tlm::TLM_ACCEPTED;
  }
  if (const auto done = serve(payload, arrival, false)) {
    delay = to_sc(*done - now);
    return tlm::TLM_COMPLETED;
  }
  waiting_ = &payload;
  ++counts_.refusals;
  return tlm::TLM_ACCEPTED;
}

void L2Slice::port_free() {
  if (held_ == nullptr) return;
  tlm::tlm_generic_payload& payload = *held_;
  held_ = nullptr;
  const Time arrival = std::max(held_arrival_, simulation_.now());
  if (const auto done = serve(payload, arrival, false)) {
    answer(payload, *done);
  } else {
    waiting_ = &payload;
  }
}

void L2Slice::request_done(uint64_t token, const memory::Completion& completion) {
  const auto purpose = static_cast<Purpose>(token & 3);
  if (purpose == kFetch || purpose == kAwaitedFetch)
    pending(token >> 2) = {token >> 2, completion.done};
  if (purpose < kAwaitedFetch) return;
  tlm::tlm_generic_payload& payload = *waiting_;
  waiting_ = nullptr;
  answer(payload, std::max(waiting_done_, completion.done));
}

void L2Slice::answer(tlm::tlm_generic_payload& payload, Time done) {
  memory::answer_late(*target.operator->(), payload, to_sc(done - simulation_.now()));
}

void L2Slice::block(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
  memory::transfer(memory_, payload);
  if (!payload.is_response_ok()) return;
  const Time now = simulation_.now();
  delay = to_sc(*serve(payload, now + delay.value(), true) - now);
}

unsigned L2Slice::debug(tlm::tlm_generic_payload& payload) {
  return memory::debug_transfer(memory_, payload);
}

void L2Slice::preload(uint64_t address, bool dirty) {
  tags_.touch(interleave_.place(address).index, kAllSectors, dirty ? kAllSectors : SectorMask{0});
}

std::string L2Slice::describe_state() const {
  if (held_ == nullptr && waiting_ == nullptr) return {};
  return std::string(name()) + ": a request waits for the HBM channel\n";
}

}  // namespace cubist::l2
