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

uint32_t L2Slice::new_fetch(uint64_t line, bool fills) {
  if (free_fetches_.empty()) {
    free_fetches_.push_back(static_cast<uint32_t>(fetches_.size()));
    fetches_.emplace_back();
  }
  const uint32_t number = free_fetches_.back();
  free_fetches_.pop_back();
  fetches_[number].line = line;
  fetches_[number].fills = fills;
  return number;
}

std::optional<memory::Completion> L2Slice::ask(const memory::Request& request, Time when,
                                               bool blocking, uint32_t fetch) {
  const std::optional<memory::Completion> completion =
      blocking ? memory_side.call(request, when) : memory_side.send(request, when, fetch);
  if (completion && fetch != kNoFetch) free_fetches_.push_back(fetch);
  return completion;
}

std::optional<Time> L2Slice::serve(tlm::tlm_generic_payload& payload, Time arrival, bool blocking) {
  const Plan p = plan(payload);
  const bool write = payload.is_write();
  const uint32_t bytes = payload.get_data_length();
  (write ? counts_.write_bytes : counts_.read_bytes) += bytes;
  ++(p.hit ? counts_.hits : p.allocate ? counts_.misses : counts_.bypasses);

  const auto length = static_cast<Time>(byte_time_ * bytes + 0.5);
  const Time start = data_port_.reserve(simulation_.now(), arrival, length);
  const Time looked_up = start + hit_time_;
  Time done = looked_up + length;
  const auto failed = [&](const memory::Completion& completion) {
    if (!completion.ok) payload.set_response_status(tlm::TLM_GENERIC_ERROR_RESPONSE);
  };
  if (p.write_through) {
    counts_.writeback_bytes += bytes;
    const uint32_t fetch = new_fetch(p.line, false);
    const auto taken = ask({payload.get_address(), bytes, true, true}, looked_up, blocking, fetch);
    if (!taken) {
      fetches_[fetch].waiters.push_back({&payload, done});
      return std::nullopt;
    }
    failed(*taken);
    return std::max(done, taken->done);
  }

  Pending& on_its_way = pending(p.line);
  uint32_t awaited = kNoFetch;  // What this request waits for.
  if (!write && on_its_way.line == p.line) {
    done = std::max(done, on_its_way.ready);
    // A blocking access cannot wait for what nobody knows yet.
    if (!blocking) awaited = on_its_way.fetch;
  }
  if (p.fetch != 0) {
    const auto first = static_cast<unsigned>(std::countr_zero(p.fetch));
    const auto count = static_cast<unsigned>(std::popcount(p.fetch));
    counts_.fill_bytes += count * kSectorBytes;
    const uint32_t fetch = new_fetch(p.line, p.allocate);
    const auto fetched =
        ask({p.line_address + first * kSectorBytes, count * kSectorBytes, false, false}, looked_up,
            blocking, fetch);
    if (p.allocate) {
      on_its_way = {p.line, fetched ? fetched->done : 0, fetched ? kNoFetch : fetch};
    }
    if (!fetched) {
      if (!write) awaited = fetch;
    } else if (!write) {
      failed(*fetched);
      done = std::max(done, fetched->done);
    }
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
          looked_up, blocking, kNoFetch);
    }
  }
  if (awaited == kNoFetch) return done;
  fetches_[awaited].waiters.push_back({&payload, done});
  return std::nullopt;
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
  return answer_later(payload, phase);
}

tlm::tlm_sync_enum L2Slice::answer_later(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase) {
  if (!memory_side.blocked()) {
    phase = tlm::END_REQ;
    return tlm::TLM_UPDATED;
  }
  // The channel holds its request back: nobody else comes in before it is taken.
  taken_ = &payload;
  ++counts_.refusals;
  return tlm::TLM_ACCEPTED;
}

void L2Slice::port_free() {
  tlm::tlm_phase phase = tlm::END_REQ;
  sc_core::sc_time none = sc_core::SC_ZERO_TIME;
  if (taken_ != nullptr) {
    tlm::tlm_generic_payload& payload = *taken_;
    taken_ = nullptr;
    target->nb_transport_bw(payload, phase, none);
  }
  if (held_ == nullptr || memory_side.blocked()) return;
  tlm::tlm_generic_payload& payload = *held_;
  held_ = nullptr;
  const Time arrival = std::max(held_arrival_, simulation_.now());
  if (const auto done = serve(payload, arrival, false)) {
    memory::answer_late(*target.operator->(), payload, to_sc(*done - simulation_.now()));
  } else if (answer_later(payload, phase) == tlm::TLM_UPDATED) {
    target->nb_transport_bw(payload, phase, none);
  }
}

void L2Slice::request_done(uint64_t token, const memory::Completion& completion) {
  if (token == kNoFetch) return;
  const auto number = static_cast<uint32_t>(token);
  // Answers may bring new requests, which may use the entry again.
  std::vector<Waiter> waiters;
  waiters.swap(fetches_[number].waiters);
  const Fetch& fetch = fetches_[number];
  if (fetch.fills) {
    Pending& entry = pending(fetch.line);
    if (entry.fetch == number) entry = {fetch.line, completion.done, kNoFetch};
  }
  free_fetches_.push_back(number);
  for (const Waiter& waiter : waiters) {
    if (!completion.ok) waiter.payload->set_response_status(tlm::TLM_GENERIC_ERROR_RESPONSE);
    respond(*waiter.payload, std::max(waiter.done, completion.done));
  }
  waiters.clear();  // Its memory serves the next fetch.
  if (fetches_[number].waiters.empty()) fetches_[number].waiters.swap(waiters);
}

/// BEGIN_RESP; it stands for the END_REQ, too, when that is still owed.
void L2Slice::respond(tlm::tlm_generic_payload& payload, Time done) {
  if (taken_ == &payload) taken_ = nullptr;
  const Time now = simulation_.now();
  tlm::tlm_phase phase = tlm::BEGIN_RESP;
  sc_core::sc_time delay = to_sc(done > now ? done - now : 0);
  target->nb_transport_bw(payload, phase, delay);
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
  if (held_ == nullptr && taken_ == nullptr) return {};
  return std::string(name()) + ": a request waits for the HBM channel\n";
}

}  // namespace cubist::l2
