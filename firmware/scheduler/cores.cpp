// SPDX-License-Identifier: Apache-2.0
#include "scheduler/cores.h"

#include "scheduler/mmio.h"

namespace cubist::firmware {

namespace {
constexpr uint64_t kStart = 1, kKill = 2;
constexpr uint64_t kStatusRunning = 1;
constexpr uint64_t kGraceNs = 1'000'000;
}  // namespace

void Cores::discover() {
  const uint64_t aics = read_register(CUBIST_CORE_SHARED_AIC_COUNT_AT);
  const uint64_t aivs = read_register(CUBIST_CORE_SHARED_AIV_COUNT_AT);
  chip_.aics = static_cast<unsigned>(aics < kMaxPerKind ? aics : kMaxPerKind);
  chip_.aivs = static_cast<unsigned>(aivs < kMaxPerKind ? aivs : kMaxPerKind);
  free_[0] = low_bits(chip_.aics);
  free_[1] = low_bits(chip_.aivs);
}

// Writes a core's registers and starts it.
void Cores::start_core(unsigned kind, unsigned number, unsigned index, uint64_t entry,
                       uint64_t block, uint64_t group) {
  Command& command = pool_.at(index);
  Core& core = slot(kind, number);
  const uint64_t window = CUBIST_CORE_ENTRY_AT(index_of(kind, number));
  core = {entry,
          command.entry.kernel.args,
          Timer::now() + command.timeout_ns,
          command.entry.kernel.task,
          static_cast<uint16_t>(block),
          static_cast<uint8_t>(index)};
  groups_[kind * kMaxPerKind + number] = group;
  write_register(window + CUBIST_CORE_ENTRY, core.entry);
  write_register(window + CUBIST_CORE_ARGS, core.args);
  write_register(window + CUBIST_CORE_FLOW, core.flow);
  write_register(window + CUBIST_CORE_GROUP, group);
  write_register(window + CUBIST_CORE_BLOCK, block);
  write_register(window + CUBIST_CORE_START, kStart);
  free_[kind] &= ~bit(number);
  busy_[kind] |= bit(number);
  command.cores[kind] |= bit(number);
  ++command.running;
}

// Each block on an AIC and the AIVs beside it.
void Cores::start_mix(const Turn& turn, uint64_t clusters, uint64_t now) {
  Command& command = pool_.at(turn.command);
  const cubist_entry_kernel& kernel = command.entry.kernel;
  const unsigned aivs = aivs_of_cluster(chip_);
  timer_.wake_at(now + command.timeout_ns);
  for (uint64_t i = 0; i < turn.blocks; ++i, clusters &= clusters - 1) {
    const unsigned aic = lowest_bit(clusters);
    const uint64_t block = uint64_t{command.next_block++} | uint64_t{kernel.blocks} << 32;
    start_core(0, aic, turn.command, kernel.entry, block, command.group);
    for (unsigned sub = 0; sub < kernel.aivs; ++sub) {
      start_core(1, aic * aivs + sub, turn.command, kernel.aiv_entry, block,
                 command.group | uint64_t{sub} << 32);
    }
  }
}

// Starts up to turn.blocks blocks on free cores. Each core costs its stores and little more: what
// is the same for all blocks stays in registers.
void Cores::start_blocks(unsigned kind, const Turn& turn, uint64_t now) {
  Command& command = pool_.at(turn.command);
  const cubist_entry_kernel& kernel = command.entry.kernel;
  const uint64_t entry = kernel.entry, args = kernel.args, deadline = now + command.timeout_ns;
  const uint64_t group = command.group;
  uint64_t* core_group = &groups_[kind * kMaxPerKind];
  const uint32_t flow = kernel.task;
  const auto index = static_cast<uint8_t>(turn.command);
  uint64_t block = uint64_t{command.next_block} | uint64_t{kernel.blocks} << 32;
  uint64_t left = turn.blocks, started = 0, one = 1;
  uint64_t window = CUBIST_CORE_ENTRY_AT(index_of(kind, 0));
  Core* core = &slot(kind, 0);
  timer_.wake_at(deadline);
  for (uint64_t free = free_[kind]; free != 0; free >>= 1) {
    if ((free & 1) != 0) {
      // Registers keep their values: a core that runs block after block needs only its number.
      if (core->entry != entry) {
        core->args = ~args;
        core->flow = ~flow;
        core->entry = entry;
        write_register(window + CUBIST_CORE_ENTRY, entry);
      }
      if (core->args != args) {
        core->args = args;
        write_register(window + CUBIST_CORE_ARGS, args);
      }
      if (core->flow != flow) {
        core->flow = flow;
        write_register(window + CUBIST_CORE_FLOW, flow);
      }
      if (*core_group != group) {
        *core_group = group;
        write_register(window + CUBIST_CORE_GROUP, group);
      }
      write_register(window + CUBIST_CORE_BLOCK, block);
      write_register(window + CUBIST_CORE_START, kStart);
      core->deadline = deadline;
      core->block = static_cast<uint16_t>(block);
      core->command = index;
      started |= one;
      ++block;
      if (--left == 0) break;
    }
    one <<= 1;
    window += CUBIST_CORE_STRIDE;
    ++core;
    ++core_group;
  }
  free_[kind] &= ~started;
  busy_[kind] |= started;
  command.cores[kind] |= started;
  const auto count = static_cast<uint32_t>(turn.blocks - left);
  command.next_block += count;
  command.running += count;
}

// Done bits of running blocks, cleared; `failed` is set to those whose block failed.
uint64_t Cores::take_done(unsigned kind, uint64_t& failed) {
  const uint64_t address =
      kind == 0 ? CUBIST_CORE_SHARED_AIC_DONE_AT : CUBIST_CORE_SHARED_AIV_DONE_AT;
  const uint64_t done = read_register(address);
  if (done == 0) return 0;
  failed = read_register(kind == 0 ? CUBIST_CORE_SHARED_AIC_FAILED_AT
                                   : CUBIST_CORE_SHARED_AIV_FAILED_AT);
  write_register(address, done);
  failed &= busy_[kind];
  return done & busy_[kind];
}

// Of a deadlock, the other cores that wait.
void Cores::note_waiter(Command& command, unsigned window) {
  Failure& failure = command.failure;
  if (read_register(CUBIST_CORE_ERROR_AT(window)) != CUBIST_ERROR_DEADLOCK) return;
  const unsigned place = failure.waiting++;
  if (place >= Failure::kWaiters) return;
  constexpr uint64_t kFlagBits = 24, kUnitFlag = bit(kFlagBits) - 1;
  const uint64_t pc = read_register(CUBIST_CORE_ERROR_PC_AT(window));
  const uint64_t address = read_register(CUBIST_CORE_ERROR_ADDRESS_AT(window));
  failure.waiters[place] = window | (address < kUnitFlag ? address : kUnitFlag) << 16 |
                           (pc - command.entry.kernel.entry) << 40;
}

// The first failure of a command is the one that it reports. `code` overrides the core's own error.
void Cores::note_failure(unsigned kind, unsigned number, uint16_t code) {
  const Core& core = slot(kind, number);
  Failure& failure = pool_.at(core.command).failure;
  const unsigned window = index_of(kind, number);
  if (failure.code != CUBIST_ERROR_OK) {
    if (failure.code == CUBIST_ERROR_DEADLOCK) note_waiter(pool_.at(core.command), window);
    return;
  }
  failure.core = window;
  failure.block = core.block;
  failure.pc = read_register(CUBIST_CORE_ERROR_PC_AT(window));
  failure.address = read_register(CUBIST_CORE_ERROR_ADDRESS_AT(window));
  failure.info = read_register(CUBIST_CORE_ERROR_INFO_AT(window));
  for (unsigned i = 0; i < Failure::kDetails; ++i) {
    failure.details[i] = read_register(CUBIST_CORE_ERROR_BITS0_AT(window) + i * 8);
  }
  failure.code =
      code != 0 ? code : static_cast<uint16_t>(read_register(CUBIST_CORE_ERROR_AT(window)));
}

// True when these were the command's last blocks.
bool Cores::blocks_ended(unsigned kind, unsigned index, uint64_t cores) {
  Command& command = pool_.at(index);
  busy_[kind] &= ~cores;
  free_[kind] |= cores;
  command.cores[kind] &= ~cores;
  command.running -= count_bits(cores);
  return command.running == 0 && !command.has_blocks();
}

// Stops a block; true when it was the command's last one.
bool Cores::stop(unsigned kind, unsigned number) {
  const unsigned window = index_of(kind, number);
  if (read_register(CUBIST_CORE_STATUS_AT(window)) != kStatusRunning) {
    // It has just ended by itself; its done bit is on the way.
    slot(kind, number).deadline += kGraceNs;
    return false;
  }
  write_register(CUBIST_CORE_START_AT(window), kKill);
  while (read_register(CUBIST_CORE_STATUS_AT(window)) == kStatusRunning) {
  }
  note_failure(kind, number, CUBIST_ERROR_TIMEOUT);
  return blocks_ended(kind, slot(kind, number).command, bit(number));
}

// When one core of a group has failed the others may wait for it for ever: stops them. True when no
// core of the command is left; one that has just ended by itself is collected later.
bool Cores::stop_group(unsigned index) {
  Command& command = pool_.at(index);
  if (command.group == 0 || command.failure.code == CUBIST_ERROR_OK) return false;
  bool last = false;
  for (unsigned kind = 0; kind < 2; ++kind) {
    for (uint64_t left = command.cores[kind]; left != 0; left &= left - 1) {
      const unsigned number = lowest_bit(left);
      const unsigned window = index_of(kind, number);
      if (read_register(CUBIST_CORE_STATUS_AT(window)) != kStatusRunning) continue;
      write_register(CUBIST_CORE_START_AT(window), kKill);
      while (read_register(CUBIST_CORE_STATUS_AT(window)) == kStatusRunning) {
      }
      last = blocks_ended(kind, index, bit(number));
    }
  }
  return last;
}

uint64_t Cores::next_deadline() const {
  uint64_t next = Timer::kNever;
  for (unsigned kind = 0; kind < 2; ++kind) {
    for (uint64_t busy = busy_[kind]; busy != 0; busy &= busy - 1) {
      const uint64_t deadline = slot(kind, lowest_bit(busy)).deadline;
      if (deadline < next) next = deadline;
    }
  }
  return next;
}

}  // namespace cubist::firmware
