// SPDX-License-Identifier: Apache-2.0
// The scalar unit's memory: private memory, buffers, and GM behind two caches.
#include <algorithm>
#include <cstring>

#include "abi/cubist_abi.h"
#include "systemc/core/error_report.h"
#include "systemc/core/scalar_unit.h"
#include "systemc/memory/memory_port.h"

namespace cubist::core {
namespace {

constexpr uint64_t kPage = 4096;
constexpr uint64_t kLine = DataCache::kLineBytes;
constexpr uint64_t kStaleReports = 8;  // Of one core; the rest is only counted.

riscv::BusReply fault() {
  riscv::BusReply reply;
  reply.status = riscv::BusStatus::fault;
  return reply;
}

}  // namespace

riscv::FastPage ScalarUnit::page(uint64_t address) {
  const uint64_t offset = address - CUBIST_REGION_SCALAR_BASE;
  const std::span<uint8_t> memory = context_.buffers.buffer(abi::Region::SCALAR);
  if (address < CUBIST_REGION_SCALAR_BASE || offset + kPage > memory.size()) return {};
  return {memory.data() + offset, true, true};
}

// --- Code ----------------------------------------------------------------------------------------

riscv::BusReply ScalarUnit::peek(uint64_t address, unsigned size) {
  if (!in_gm(address) || !context_.memory.contains(address, size)) return fault();
  uint8_t bytes[4] = {};
  context_.memory.read(address, std::span<uint8_t>(bytes, size));
  riscv::BusReply reply;
  std::memcpy(&reply.data, bytes, 4);
  return reply;
}

/// The hart asks once for each instruction and keeps what it decoded; forget_code() makes it ask
/// again when the line has left the cache.
riscv::BusReply ScalarUnit::fetch(uint64_t address, unsigned size) {
  const riscv::BusReply reply = peek(address, size);
  if (reply.status != riscv::BusStatus::ok) return reply;
  if (address / kPage != marked_page_) {
    marked_page_ = address / kPage;
    context_.memory.mark_code(address);
  }
  if (!code_cache_ || !context_.timed() || code_cache_->contains(address)) return reply;
  // The hart may be ahead of simulated time: nothing is known before run() has looked at that.
  fill_address_ = address;
  wait_ = ScalarWait::fetch;
  riscv::BusReply later;
  later.status = riscv::BusStatus::retry;
  return later;
}

// --- Data ----------------------------------------------------------------------------------------

/// Host memory of [address, address + size) in SCALAR, L1 or UB, or nullptr.
uint8_t* ScalarUnit::local_bytes(uint64_t address, unsigned size, uint32_t& extra) {
  const abi::RegionInfo* info = abi::find_region(address);
  if (info == nullptr) return nullptr;
  const auto region = static_cast<abi::Region>(info - &abi::kRegions[0]);
  if (region != abi::Region::SCALAR && region != abi::Region::L1 && region != abi::Region::UB) {
    return nullptr;
  }
  const std::span<uint8_t> memory = context_.buffers.buffer(region);
  const uint64_t offset = address - info->base;
  if (offset > memory.size() || size > memory.size() - offset) return nullptr;
  extra =
      region == abi::Region::SCALAR || !context_.timed() ? 0 : context_.config.scalar_local_cycles;
  return memory.data() + offset;
}

CoreError ScalarUnit::read_error(uint64_t address, unsigned size) const {
  LocalAddress at{};
  CoreError error = context_.buffers.locate(address, ~0u, 1, "load", at);
  if (!error) error = context_.buffers.check_source(at, size, "load");
  if (!error) return {};
  error.pc = hart_.pc();
  error.pipe = static_cast<uint8_t>(abi::Pipe::S);
  error.text = "scalar unit at pc " + hex(error.pc) + ": " + error.text;
  return error;
}

riscv::BusReply ScalarUnit::access(bool write, uint64_t address, unsigned size, uint64_t data) {
  riscv::BusReply reply;
  if (uint8_t* bytes = local_bytes(address, size, reply.extra_cycles)) {
    if (write) {
      std::memcpy(bytes, &data, size);
    } else if (CoreError error = read_error(address, size)) {
      context_.services.fail(error);
    } else {
      std::memcpy(&reply.data, bytes, size);
    }
    return reply;
  }
  if (!in_gm(address) || !context_.memory.contains(address, size)) return fault();
  uint8_t bytes[8];
  std::memcpy(bytes, &data, 8);
  if (!access_gm(write, address, std::span<uint8_t>(bytes, size), reply)) return fault();
  if (!write) std::memcpy(&reply.data, bytes, size);
  return reply;
}

/// Loads and stores bring lines into the data cache; stores stay there until the line leaves it or
/// is cleaned. False on a bus error. Sets the time it takes, or retry when a line has to come
/// first.
bool ScalarUnit::access_gm(bool write, uint64_t address, std::span<uint8_t> bytes,
                           riscv::BusReply& reply) {
  if (!context_.timed()) {
    return write ? context_.memory.write(address, bytes) : context_.memory.read(address, bytes);
  }
  const uint64_t last = (address + bytes.size() - 1) / kLine * kLine;
  // Atomics go past the cache; atomic_allowed() has just been asked for this very instruction.
  if (!cache_.exists() || hart_.pc() == atomic_pc_) {
    for (uint64_t line = address / kLine * kLine; line <= last; line += kLine) {
      clean(line, reply.extra_cycles);
      invalidate(line);
    }
    base::Time delay = 0;
    if (!hooks_.transport(write, address, bytes, delay)) return false;
    reply.extra_cycles += static_cast<uint32_t>(context_.clock.cycle_from(delay));
    return true;
  }
  for (uint64_t line = address / kLine * kLine; line <= last; line += kLine) {
    if (cache_.contains(line)) continue;
    ++cache_misses_;
    fill_address_ = line;
    fill_ = {{line, kLine}};
    // The victim leaves through a write buffer: nobody waits for it.
    if (DataCache::Line* victim = cache_.dirty_victim(line)) {
      uint32_t unawaited = 0;
      write_back(*victim, unawaited);
    }
    reply = block_on(ScalarWait::load, context_.names.wait_memory);
    request_fill();
    return true;
  }
  if (!filled_) ++cache_hits_;
  filled_ = false;
  reply.extra_cycles += context_.config.dcache_hit_cycles;
  if (!write) return load_cached(address, bytes);
  cache_.store(address, bytes);
  for (uint64_t line = address / kLine * kLine; line <= last; line += kLine) note_dirty(line);
  return context_.config.stale_values || context_.memory.write(address, bytes);
}

/// A load whose lines are there. Values are what memory has, unless stale ones are asked for; a
/// load that would have got others is counted and reported.
bool ScalarUnit::load_cached(uint64_t address, std::span<uint8_t> bytes) {
  const CoreConfig& config = context_.config;
  if (!config.stale_check && !config.stale_values) return context_.memory.read(address, bytes);
  uint8_t cached[8];
  const std::span<uint8_t> held(cached, bytes.size());
  cache_.load(address, held);
  if (config.stale_values) {
    std::memcpy(bytes.data(), cached, bytes.size());
  } else if (!context_.memory.read(address, bytes)) {
    return false;
  }
  if (!config.stale_check) return true;
  if (!config.stale_values && std::memcmp(bytes.data(), cached, bytes.size()) != 0) {
    note_stale(address, "its data cache holds what memory had before; invalidate the line first");
  } else if (context_.dirty != nullptr) {
    if (const auto found = context_.dirty->find(address, bytes.size(), context_.rank_core)) {
      note_stale(found->address, "the data cache of " + found->path +
                                     " has not written it back; it must clean the line");
    }
  }
  return true;
}

void ScalarUnit::note_stale(uint64_t address, const std::string& why) {
  ++stale_reads_;
  if (track_.active()) {
    track_.instant(track_.event(base::EventKind::instant, context_.names.stale_read)
                       .with(context_.names.address, address)
                       .with(context_.names.pc, hart_.pc()));
  }
  if (stale_reads_ > kStaleReports) return;
  context_.simulation.report({0, context_.path,
                              "the scalar unit at pc " + hex(hart_.pc()) +
                                  " would read a stale value at " + hex(address) + ": " + why +
                                  " (data_cache_clean_invalidate)",
                              false});
}

void ScalarUnit::note_dirty(uint64_t line) {
  if (context_.dirty == nullptr) return;
  const auto dirty = cache_.dirty_lines(line);
  context_.dirty->set(line, context_.rank_core, context_.path, dirty.empty() ? 0 : dirty[0]->dirty);
}

/// `cycles`: until memory has acknowledged it.
void ScalarUnit::write_back(DataCache::Line& line, uint32_t& cycles) {
  ++write_backs_;
  if (context_.config.stale_values) {
    for (unsigned i = 0; i < kLine; ++i) {
      if ((line.dirty >> i & 1) == 0) continue;
      context_.memory.write(line.address + i, std::span<const uint8_t>(&line.bytes[i], 1));
    }
  }
  line.dirty = 0;
  note_dirty(line.address);
  // The bytes are in memory already; the request moves them once more and takes the time.
  uint8_t bytes[kLine];
  context_.memory.read(line.address, bytes);
  base::Time delay = 0;
  hooks_.transport(true, line.address, bytes, delay);
  cycles = std::max(cycles, static_cast<uint32_t>(context_.clock.cycle_from(delay)));
}

void ScalarUnit::clean(std::optional<uint64_t> address, uint32_t& cycles) {
  uint32_t started = 0;
  for (DataCache::Line* line : cache_.dirty_lines(address)) {
    uint32_t done = 0;
    write_back(*line, done);
    cycles = std::max(cycles, started++ + done);  // One leaves in a cycle.
  }
}

void ScalarUnit::invalidate(std::optional<uint64_t> address) {
  for (const DataCache::Line* line : cache_.dirty_lines(address)) {  // Their bytes are lost.
    if (context_.dirty != nullptr) {
      context_.dirty->set(line->address, context_.rank_core, context_.path, 0);
    }
  }
  if (address) {
    cache_.invalidate(*address);
  } else {
    cache_.invalidate_all();
  }
}

riscv::BusReply ScalarUnit::clean_invalidate(uint64_t address, uint64_t config) {
  const auto fields = abi::s::Dcci::unpack(config);
  riscv::BusReply reply;
  if (!context_.timed() || !cache_.exists()) return reply;
  std::optional<uint64_t> line;
  if (fields.whole == 0) line = address / kLine * kLine;
  if (fields.action != 2) clean(line, reply.extra_cycles);
  if (fields.action != 1) invalidate(line);
  return reply;
}

/// Before the block ends: true when nothing is left to write back, else the hart waits for it.
bool ScalarUnit::clean_before_end() {
  uint32_t cycles = 0;
  if (context_.timed() && cache_.exists()) clean(std::nullopt, cycles);
  if (cycles == 0) return true;
  block_on(ScalarWait::clean, context_.names.wait_memory);
  fill_answered_ = true;
  wake_at(context_.cycle() + cycles);
  return false;
}

riscv::BusReply ScalarUnit::load(uint64_t address, unsigned size) {
  return access(false, address, size, 0);
}

riscv::BusReply ScalarUnit::store(uint64_t address, unsigned size, uint64_t data) {
  return access(true, address, size, data);
}

bool ScalarUnit::atomic_allowed(uint64_t address) {
  uint32_t extra = 0;
  atomic_pc_ = hart_.pc();
  return local_bytes(address, 1, extra) != nullptr ||
         (in_gm(address) && context_.memory.contains(address, 1));
}

// --- Misses --------------------------------------------------------------------------------------

/// The hart stands before an instruction whose code is missing, and simulated time has come.
void ScalarUnit::begin_fetch() {
  state_ = State::blocked;
  ++code_misses_;
  fill_ = code_cache_->missing(fill_address_, context_.memory);
  code_bytes_ += total_bytes(fill_);
  block_on(ScalarWait::fetch, context_.names.wait_fetch);
  request_fill();
}

void ScalarUnit::request_fill() {
  MemoryClient::Transfer transfer;
  transfer.segments = &fill_;
  transfer.bytes_per_cycle = context_.config.cache_fill_bytes_per_cycle;
  transfer.first_cycle = context_.cycle();
  context_.client.start(MemoryClient::kScalarChannel, *this, transfer);
}

void ScalarUnit::transfer_done(uint64_t cycle) {
  fill_answered_ = true;
  wake_at(cycle);
}

void ScalarUnit::transfer_failed(uint64_t, uint64_t address, bool uncorrectable) {
  CoreError error = failed_request(address, uncorrectable);
  error.pc = hart_.pc();
  error.pipe = static_cast<uint8_t>(abi::Pipe::S);
  error.text = "scalar unit at pc " + hex(error.pc) + ": " + error.text +
               (wait_ == ScalarWait::fetch ? " for code" : " for data");
  context_.services.fail(error);
}

void ScalarUnit::finish_fill() {
  fill_answered_ = false;
  if (wait_ == ScalarWait::fetch) {
    for (const uint64_t line : code_cache_->fill(fill_, context_.memory)) {
      hart_.forget_code(line, InstructionCache::kLineBytes);
    }
    wait_fetch_cycles_ += context_.cycle() - wait_since_;
  } else if (wait_ == ScalarWait::clean) {
    wait_load_cycles_ += context_.cycle() - wait_since_;
  } else {
    cache_.fill(fill_address_, context_.memory);
    filled_ = true;
    wait_load_cycles_ += context_.cycle() - wait_since_;
  }
  unblock();
}

}  // namespace cubist::core
