// SPDX-License-Identifier: Apache-2.0
#include "systemc/core/vector/ub_banks.h"

#include <algorithm>
#include <vector>

namespace cubist::core {
namespace {

constexpr uint32_t kRowBytes = 32;
constexpr unsigned kMostGroups = 32;

using Loads = std::array<uint8_t, kMostGroups>;

/// What one repeat asks of the banks.
struct Repeat {
  uint64_t read_banks = 0, write_banks = 0;  // one bit a bank
  uint32_t read_cycles = 0, write_cycles = 0;
};

class Banks {
 public:
  explicit Banks(const BankConfig& config)
      : config_(config), group_set_bytes_(uint64_t{config.groups} * config.bank_bytes) {}

  /// Adds the blocks of one repeat of a stream to the load of each group.
  void add(const BankStream& s, uint64_t repeat, bool last, bool write, Loads& loads,
           uint64_t& banks) const {
    uint32_t blocks = last ? s.last_blocks : s.blocks;
    if (s.block_bytes == 0 && !write) blocks = std::min(blocks, 1u);
    uint64_t address = s.base + repeat * s.repeat_bytes;
    for (uint32_t b = 0; b < blocks; ++b, address += s.block_bytes) {
      if ((s.used >> b & 1) == 0) continue;
      const unsigned group = static_cast<unsigned>(address / kRowBytes) & (config_.groups - 1);
      ++loads[group];
      // NOLINTNEXTLINE(clang-analyzer-core.UndefinedBinaryOperatorResult): set in the constructor.
      banks |= uint64_t{1} << ((group + address / group_set_bytes_ * config_.groups) & 63);
    }
  }
  uint32_t worst(const Loads& loads) const {
    return *std::max_element(loads.begin(), loads.begin() + config_.groups);
  }
  /// Blocks that do not fit when each group passes `cycles` of them.
  uint32_t excess(const Loads& loads, uint32_t cycles) const {
    uint32_t sum = 0;
    for (unsigned g = 0; g < config_.groups; ++g) sum += loads[g] > cycles ? loads[g] - cycles : 0u;
    return sum;
  }
  void keep_excess(Loads& loads, uint32_t cycles) const {
    for (unsigned g = 0; g < config_.groups; ++g) {
      loads[g] = static_cast<uint8_t>(loads[g] > cycles ? loads[g] - cycles : 0u);
    }
  }

 private:
  const BankConfig& config_;
  uint64_t group_set_bytes_;
};

std::vector<Repeat> repeats_of(const BankConfig& config, const BankAccess& access) {
  const Banks banks(config);
  std::vector<Repeat> repeats(access.repeats);
  Loads reads{};  // Blocks held back by the repeat before stay in it.
  for (uint64_t r = 0; r < access.repeats; ++r) {
    const bool last = r + 1 == access.repeats;
    Repeat& repeat = repeats[r];
    for (unsigned i = 0; i < access.read_count; ++i) {
      const auto* first = access.reads.data();
      if (std::find(first, first + i, access.reads[i]) != first + i) continue;
      banks.add(access.reads[i], r, last, false, reads, repeat.read_banks);
    }
    repeat.read_cycles = std::max(1u, banks.worst(reads));
    if (!last && repeat.read_cycles > 1 &&
        banks.excess(reads, repeat.read_cycles - 1) <= config.held_back_reads) {
      --repeat.read_cycles;
    }
    banks.keep_excess(reads, repeat.read_cycles);
    Loads writes{};
    banks.add(access.write, r, last, true, writes, repeat.write_banks);
    repeat.write_cycles = std::max(1u, banks.worst(writes));
  }
  return repeats;
}

/// Reads and writes never want the same bank: two stages, each as slow as its own conflicts.
uint64_t run_apart(const std::vector<Repeat>& repeats, uint32_t interval) {
  uint64_t read = 0, written = 0;
  for (const Repeat& r : repeats) {
    const uint64_t read_end = read + r.read_cycles;
    read += std::max(interval, r.read_cycles);
    written = std::max(written, read_end - 1) + r.write_cycles;
  }
  return std::max(read, written);
}

/// Cycle by cycle, with reads and writes that may want the same bank.
uint64_t run_together(const std::vector<Repeat>& repeats, uint32_t interval, unsigned delay) {
  std::vector<uint64_t> due(repeats.size());  // when the write of a repeat may begin
  size_t reading = 0, writing = 0;
  uint32_t read_cycles = 0, write_cycles = 0;
  uint64_t now = 0, next_read = 0, end_of_reads = 0;
  bool write_won = false;
  while (writing < repeats.size()) {
    bool read = reading < repeats.size() && now >= next_read;
    bool write = writing < reading && now >= due[writing];
    if (read && write && (repeats[reading].read_banks & repeats[writing].write_banks) != 0) {
      write_won = !write_won;
      (write_won ? read : write) = false;
    }
    if (!read && !write) {  // nothing until the next read or write is due
      uint64_t next = ~uint64_t{0};
      if (reading < repeats.size()) next = std::max(next_read, now + 1);
      if (writing < reading) next = std::min(next, std::max(due[writing], now + 1));
      now = next;
      continue;
    }
    if (read) {
      if (read_cycles == 0) end_of_reads = now + interval;
      if (++read_cycles == repeats[reading].read_cycles) {
        read_cycles = 0;
        next_read = end_of_reads;
        due[reading++] = now + delay;
      }
    }
    if (write && ++write_cycles == repeats[writing].write_cycles) {
      write_cycles = 0;
      ++writing;
    }
    ++now;
  }
  return now - delay;
}

}  // namespace

BankCost bank_cost(const BankConfig& config, const BankAccess& access) {
  BankCost cost;
  if (access.repeats == 0) return cost;
  const std::vector<Repeat> repeats = repeats_of(config, access);
  uint64_t any_read = 0, any_write = 0, free = 0, reads_only = 0;
  for (const Repeat& r : repeats) {
    any_read |= r.read_banks;
    any_write |= r.write_banks;
    free += access.interval;
    reads_only += std::max(access.interval, r.read_cycles);
  }
  const uint64_t apart = std::max(free, run_apart(repeats, access.interval));
  cost.cycles = apart;
  if ((any_read & any_write) != 0 && config.write_delay > 0) {
    cost.cycles = std::max(cost.cycles, run_together(repeats, access.interval, config.write_delay));
  }
  cost.read_read = reads_only - free;
  cost.write_write = apart > reads_only ? apart - reads_only : 0;
  cost.read_write = cost.cycles - apart;
  return cost;
}

}  // namespace cubist::core
