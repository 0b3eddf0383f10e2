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

// Tokens of requests to the channel: 0 when nobody waits, else the number of the fill plus one.
constexpr uint64_t kNobodyWaits = 0;

bool bypasses(const tlm::tlm_generic_payload& payload) {
  const auto* info = payload.get_extension<base::RequestInfo>();
  return info != nullptr && info->bypass_l2;
}

uint32_t node_of(const tlm::tlm_generic_payload& payload) {
  const auto* info = payload.get_extension<base::RequestInfo>();
  return info != nullptr ? info->node : RecentLine::kNone;
}

double byte_time(const L2Config& config, double bytes_per_cycle) {
  return static_cast<double>(base::Clock(config.hertz).period()) / bytes_per_cycle;
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
      config_(config),
      hit_time_(base::Clock(config.hertz).span(config.hit_cycles)),
      miss_time_(base::Clock(config.hertz).span(config.miss_cycles)),
      same_line_time_(static_cast<Time>(
          config.same_line_cycles * static_cast<double>(base::Clock(config.hertz).period()) + 0.5)),
      byte_time_(byte_time(config, config.bytes_per_cycle)),
      write_byte_time_(config.write_bytes_per_cycle == 0
                           ? byte_time_
                           : byte_time(config, config.write_bytes_per_cycle)),
      tags_(config.sets(), config.ways,
            memory_bytes / Interleave::kLineBytes / interleave.slices() + 1, config.replacement),
      slots_(config.misses_in_flight) {
  target.register_nb_transport_fw(this, &L2Slice::forward);
  target.register_b_transport(this, &L2Slice::block);
  target.register_transport_dbg(this, &L2Slice::debug);
  const std::string path = this->name();
  const auto add = [&](const char* what, const char* unit, const uint64_t& value) {
    simulation.add_statistic(path + "." + what, unit, &value);
  };
  add("hits", "requests", counts_.hits);
  add("misses", "requests", counts_.misses);
  add("sector_misses", "requests", counts_.sector_misses);
  add("bypasses", "requests", counts_.bypasses);
  add("read_bytes", "bytes", counts_.read_bytes);
  add("write_bytes", "bytes", counts_.write_bytes);
  add("fill_bytes", "bytes", counts_.fill_bytes);
  add("writeback_bytes", "bytes", counts_.writeback_bytes);
  add("evictions", "lines", counts_.evictions);
  add("writebacks", "requests", counts_.writebacks);
  add("refusals", "requests", counts_.refusals);
  add("line_conflicts", "requests", counts_.line_conflicts);
  add("miss_limits", "requests", counts_.miss_limits);
  add("busy", "fs", counts_.busy);
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
  p.write = payload.is_write();
  if (p.write) {
    p.hit = known.present;
    p.allocate = known.present || (config_.write_allocate && !bypass);
    p.write_through = config_.write_through || !p.allocate;
    const auto kept = static_cast<SectorMask>(config_.fetch_on_write ? 0 : p.covered);
    if (!p.write_through) p.fetch = static_cast<SectorMask>(p.touched & ~kept & ~known.valid);
  } else {
    p.hit = known.present && (p.touched & ~known.valid) == 0;
    p.sector_miss = known.present && !p.hit;
    p.allocate = !bypass || known.present;
    if (!p.hit)
      p.fetch = static_cast<SectorMask>((p.allocate ? kAllSectors : p.touched) & ~known.valid);
  }
  p.writes = p.write_through || (p.allocate && !known.present && tags_.would_evict_dirty(p.line));
  return p;
}

Time L2Slice::book_port(const Plan& plan, const tlm::tlm_generic_payload& payload, Time arrival,
                        Time length) {
  const uint32_t node = node_of(payload);
  RecentLine& line = lines_.at(plan.line);
  Time replay = 0;
  if (line.node != node && line.busy_until > arrival) {
    replay = same_line_time_;
    ++counts_.line_conflicts;
  }
  const bool own_port = plan.write && config_.write_bytes_per_cycle != 0;
  const Time start =
      (own_port ? write_port_ : data_port_).reserve(simulation_.now(), arrival, length + replay);
  counts_.busy += length + replay;
  line.busy_until = std::max(line.busy_until, start + replay + hit_time_);
  line.node = node;
  return start + replay;
}

L2Slice::Asked L2Slice::ask(const memory::Request& request, Time when, bool blocking, uint64_t line,
                            const Waiter& waiter) {
  const bool read = !request.write;
  if (read) slots_.take();
  const bool known_late = read || waiter.payload != nullptr;
  uint64_t token = kNobodyWaits;
  uint32_t number = RecentLine::kNone;
  if (known_late && !blocking) {
    if (free_fills_.empty()) {
      free_fills_.push_back(static_cast<uint32_t>(fills_.size()));
      fills_.emplace_back();
    }
    // Taken before it is sent: the channel may answer others, and those ask again, within the call.
    number = free_fills_.back();
    free_fills_.pop_back();
    token = uint64_t{number} + 1;
    fills_[number].line = line;
    fills_[number].read = read;
    if (waiter.payload != nullptr) fills_[number].waiters.push_back(waiter);
  }
  const auto completion = blocking ? std::optional(memory_side.call(request, when))
                                   : memory_side.send(request, when, token);
  if (!completion && !read) ++writes_;
  if (completion) {
    if (read) slots_.free_at(completion->done);
    if (number != RecentLine::kNone) {
      fills_[number].waiters.clear();
      free_fills_.push_back(number);
    }
    return {completion->done, RecentLine::kNone, completion->ok};
  }
  return {std::nullopt, number, true};
}

void L2Slice::write_back(const TagStore::Victim& victim, Time when, bool blocking) {
  counts_.evictions += victim.evicted;
  if (victim.dirty == 0) return;
  // Dirty sectors leave as one burst from the first to the last.
  const auto first = static_cast<unsigned>(std::countr_zero(victim.dirty));
  const auto end = 8u - static_cast<unsigned>(std::countl_zero(victim.dirty));
  const uint32_t size = (end - first) * kSectorBytes;
  counts_.writeback_bytes += size;
  ++counts_.writebacks;
  ask({interleave_.address({slice_, victim.line}) + first * kSectorBytes, size, true, false}, when,
      blocking, victim.line, {nullptr, 0});
}

std::optional<Time> L2Slice::serve(const Plan& p, tlm::tlm_generic_payload& payload, Time arrival,
                                   bool blocking) {
  const uint32_t bytes = payload.get_data_length();
  (p.write ? counts_.write_bytes : counts_.read_bytes) += bytes;
  ++(p.hit ? counts_.hits : p.allocate ? counts_.misses : counts_.bypasses);
  counts_.sector_misses += p.sector_miss && p.allocate;

  const auto length = static_cast<Time>((p.write ? write_byte_time_ : byte_time_) * bytes + 0.5);
  const Time looked_up = book_port(p, payload, arrival, length) + hit_time_;
  const Time own = looked_up + length;
  std::optional<Time> done = own;
  const auto waits_for = [&](const Asked& asked) {
    if (!asked.ok) payload.set_response_status(tlm::TLM_GENERIC_ERROR_RESPONSE);
    done = done && asked.done ? std::optional(std::max(*done, *asked.done)) : std::nullopt;
  };

  if (p.fetch != 0) {
    const auto first = static_cast<unsigned>(std::countr_zero(p.fetch));
    const auto count = static_cast<unsigned>(std::popcount(p.fetch));
    counts_.fill_bytes += count * kSectorBytes;
    // A write leaves its data and does not wait for the sectors around them.
    const Waiter waiter{p.write ? nullptr : &payload, std::max(own, lines_.at(p.line).ready)};
    const Asked asked =
        ask({p.line_address + first * kSectorBytes, count * kSectorBytes, false, false},
            looked_up + miss_time_, blocking, p.line, waiter);
    if (p.allocate) {
      RecentLine& line = lines_.at(p.line);  // Its place may have been another's meanwhile.
      line.ready = std::max(line.ready, asked.done.value_or(0));
      line.fill = asked.fill;
    }
    if (!p.write) {
      done = waiter.done;
      waits_for(asked);
    }
  } else if (!p.write) {
    const RecentLine& line = lines_.at(p.line);
    done = std::max(own, line.ready);
    // A blocking read cannot wait for a fill whose end nobody knows yet.
    if (line.fill != RecentLine::kNone && !blocking) {
      fills_[line.fill].waiters.push_back({&payload, *done});
      done.reset();
    }
  }
  if (p.write_through) {
    counts_.writeback_bytes += bytes;
    ++counts_.writebacks;
    waits_for(ask({payload.get_address(), bytes, true, true}, looked_up + miss_time_, blocking,
                  p.line, {&payload, own}));
  }
  if (p.allocate) {
    const auto valid = static_cast<SectorMask>(p.write ? p.covered | p.fetch : p.fetch);
    const SectorMask dirty = p.write && !p.write_through ? p.touched : SectorMask{0};
    write_back(tags_.touch(p.line, valid, dirty), looked_up, blocking);
  }
  return done;
}

tlm::tlm_sync_enum L2Slice::forward(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase,
                                    sc_core::sc_time& delay) {
  if (phase != tlm::BEGIN_REQ) return tlm::TLM_COMPLETED;
  memory::transfer(memory_, payload);
  if (!payload.is_response_ok()) return tlm::TLM_COMPLETED;
  const Time now = simulation_.now();
  const Time arrival = now + delay.value();
  const Plan p = plan(payload);
  if (must_wait(p)) {
    held_ = &payload;
    held_arrival_ = arrival;
    ++counts_.refusals;
    return tlm::TLM_ACCEPTED;
  }
  if (const auto done = serve(p, payload, arrival, false)) {
    delay = to_sc(*done - now);
    return tlm::TLM_COMPLETED;
  }
  phase = tlm::END_REQ;
  delay = sc_core::SC_ZERO_TIME;
  return tlm::TLM_UPDATED;
}

void L2Slice::let_in_held() {
  if (held_ == nullptr) return;
  tlm::tlm_generic_payload& payload = *held_;
  const Plan p = plan(payload);
  if (must_wait(p)) return;
  held_ = nullptr;
  const Time now = simulation_.now();
  const auto done = serve(p, payload, std::max(held_arrival_, now), false);
  if (done) {
    memory::answer_late(*target.operator->(), payload, to_sc(*done - now));
    return;
  }
  tlm::tlm_phase phase = tlm::END_REQ;
  sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
  target->nb_transport_bw(payload, phase, delay);
}

bool L2Slice::must_wait(const Plan& plan) {
  if (plan.writes && writes_ >= config_.writes_in_flight) return true;
  if (plan.fetch == 0 || !slots_.full(simulation_.now())) return false;
  ++counts_.miss_limits;
  // Else the end of a fill that is not known yet lets the request in.
  if (slots_.next_end() != base::kNever) {
    simulation_.agenda().at(slots_.next_end(), base::Rank::of(base::kRankMemory, slice_ & 0xff),
                            *this);
  }
  return true;
}

void L2Slice::wake(uint64_t) {
  let_in_held();
}

void L2Slice::request_done(uint64_t token, const memory::Completion& completion) {
  if (token == kNobodyWaits) {
    --writes_;
    return let_in_held();
  }
  const auto number = static_cast<uint32_t>(token - 1);
  // Answers may bring new requests and fills: take what is needed first.
  const std::vector<Waiter> waiters = std::move(fills_[number].waiters);
  const Fill& fill = fills_[number];
  if (fill.read) {
    slots_.free_at(completion.done);
  } else {
    --writes_;
  }
  if (RecentLine* line = lines_.find(fill.line); line != nullptr && line->fill == number) {
    line->fill = RecentLine::kNone;
    line->ready = std::max(line->ready, completion.done);
  }
  fills_[number].waiters.clear();
  free_fills_.push_back(number);
  for (const Waiter& waiter : waiters) {
    if (!completion.ok) waiter.payload->set_response_status(tlm::TLM_GENERIC_ERROR_RESPONSE);
    answer(waiter, completion.done);
  }
  let_in_held();
}

void L2Slice::answer(const Waiter& waiter, Time done) {
  const Time now = simulation_.now();
  tlm::tlm_phase phase = tlm::BEGIN_RESP;
  sc_core::sc_time delay = to_sc(std::max({waiter.done, done, now}) - now);
  target->nb_transport_bw(*waiter.payload, phase, delay);
}

void L2Slice::block(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
  memory::transfer(memory_, payload);
  if (!payload.is_response_ok()) return;
  const Time now = simulation_.now();
  delay = to_sc(*serve(plan(payload), payload, now + delay.value(), true) - now);
}

unsigned L2Slice::debug(tlm::tlm_generic_payload& payload) {
  return memory::debug_transfer(memory_, payload);
}

void L2Slice::preload(uint64_t address, bool dirty) {
  tags_.touch(interleave_.place(address).index, kAllSectors, dirty ? kAllSectors : SectorMask{0});
}

std::string L2Slice::describe_state() const {
  if (held_ == nullptr) return {};
  return std::string(name()) + (writes_ < config_.writes_in_flight
                                    ? ": a request waits, too many misses are in flight\n"
                                    : ": a request waits, too many writes to HBM are in flight\n");
}

}  // namespace cubist::l2
