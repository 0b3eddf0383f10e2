// SPDX-License-Identifier: Apache-2.0
#include "scheduler/cores.h"

#include "scheduler/mmio.h"

namespace cubist::firmware {

namespace {
constexpr uint64_t kStart = 1, kKill = 2;
constexpr uint64_t kStatusRunning = 1, kStatusError = 3;
constexpr uint64_t kGraceNs = 1'000'000;

uint64_t low_bits(unsigned count) {
  return count >= 64 ? ~uint64_t{0} : bit(count) - 1;
}
}  // namespace

void Cores::discover() {
  const uint64_t aics = read_register(CUBIST_CORE_SHARED_AIC_COUNT_AT);
  const uint64_t aivs = read_register(CUBIST_CORE_SHARED_AIV_COUNT_AT);
  chip_.aics = static_cast<unsigned>(aics < kMaxPerKind ? aics : kMaxPerKind);
  chip_.aivs = static_cast<unsigned>(aivs < kMaxPerKind ? aivs : kMaxPerKind);
  free_[0] = low_bits(chip_.aics);
  free_[1] = low_bits(chip_.aivs);
}

void Cores::add(unsigned command) {
  waiting_[waiting_count_++] = static_cast<uint8_t>(command);
}

bool Cores::eligible(unsigned index, unsigned kind) {
  const Command& command = pool_.at(index);
  const cubist_entry_kernel& kernel = command.entry.kernel;
  return kernel.kind == kind && command.has_blocks() &&
         (kernel.max_cores == 0 || command.running < kernel.max_cores);
}

// The next queue after the last one served that still has credit in this round; a round ends when
// no queue with work has any. Within a queue the oldest kernel goes first.
unsigned Cores::pick(unsigned kind) {
  for (unsigned attempt = 0; attempt < 2; ++attempt) {
    unsigned best = CommandPool::kNone, best_distance = Queues::kCount;
    bool any = false;
    for (unsigned i = 0; i < waiting_count_; ++i) {
      if (!eligible(waiting_[i], kind)) continue;
      any = true;
      const unsigned queue = pool_.at(waiting_[i]).queue;
      const unsigned distance = (queue + Queues::kCount - last_queue_) % Queues::kCount;
      if (credit_[queue] != 0 && distance < best_distance) {
        best = waiting_[i];
        best_distance = distance;
      }
    }
    if (!any) return CommandPool::kNone;
    if (best != CommandPool::kNone) {
      const unsigned queue = pool_.at(best).queue;
      // A queue keeps its turn until its credit is used up: then the next one comes.
      last_queue_ = --credit_[queue] == 0 ? (queue + 1) % Queues::kCount : queue;
      return best;
    }
    for (unsigned queue = 0; queue < Queues::kCount; ++queue) {
      credit_[queue] = static_cast<uint8_t>(queues_.weight(queue));
    }
  }
  return CommandPool::kNone;
}

void Cores::deal() {
  if (waiting_count_ == 0) return;
  uint64_t now = 0;
  for (unsigned kind = 0; kind < 2; ++kind) {
    while (free_[kind] != 0) {
      const unsigned command = pick(kind);
      if (command == CommandPool::kNone) break;
      if (now == 0) now = Timer::now();
      start_block(kind, lowest_bit(free_[kind]), command, now);
    }
  }
  // Kernels whose blocks have all been dealt need no more attention here.
  unsigned kept = 0;
  for (unsigned i = 0; i < waiting_count_; ++i) {
    if (pool_.at(waiting_[i]).has_blocks()) waiting_[kept++] = waiting_[i];
  }
  waiting_count_ = kept;
}

void Cores::start_block(unsigned kind, unsigned number, unsigned index, uint64_t now) {
  Command& command = pool_.at(index);
  const cubist_entry_kernel& kernel = command.entry.kernel;
  Core& core = slot(kind, number);
  const unsigned window = index_of(kind, number);
  // Registers keep their values: a core that runs block after block needs only its block's number.
  if (!core.programmed || core.entry != kernel.entry) {
    write_register(CUBIST_CORE_ENTRY_AT(window), kernel.entry);
  }
  if (!core.programmed || core.args != kernel.args) {
    write_register(CUBIST_CORE_ARGS_AT(window), kernel.args);
  }
  if (!core.programmed || core.flow != kernel.task) {
    write_register(CUBIST_CORE_FLOW_AT(window), kernel.task);
  }
  write_register(CUBIST_CORE_BLOCK_AT(window),
                 uint64_t{command.next_block} | uint64_t{kernel.blocks} << 32);
  core.programmed = true;
  core.entry = kernel.entry;
  core.args = kernel.args;
  core.flow = kernel.task;
  core.block = command.next_block;
  core.command = static_cast<uint8_t>(index);
  core.deadline = now + command.timeout_ns;
  timer_.wake_at(core.deadline);
  free_[kind] &= ~bit(number);
  busy_[kind] |= bit(number);
  ++command.next_block;
  ++command.running;
  write_register(CUBIST_CORE_START_AT(window), kStart);
}

uint64_t Cores::take_done(unsigned kind) {
  if (busy_[kind] == 0) return 0;
  const uint64_t address =
      kind == 0 ? CUBIST_CORE_SHARED_AIC_DONE_AT : CUBIST_CORE_SHARED_AIV_DONE_AT;
  const uint64_t done = read_register(address);
  if (done != 0) write_register(address, done);
  return done & busy_[kind];
}

// Returns the command when this was its last block. `code` overrides the core's own error.
unsigned Cores::block_ended(unsigned kind, unsigned number, uint16_t code) {
  Core& core = slot(kind, number);
  Command& command = pool_.at(core.command);
  const unsigned window = index_of(kind, number);
  const bool failed = code != 0 || read_register(CUBIST_CORE_STATUS_AT(window)) == kStatusError;
  if (failed && command.failure.code == CUBIST_ERROR_OK) {
    Failure& failure = command.failure;
    failure.core = window;
    failure.block = core.block;
    failure.pc = read_register(CUBIST_CORE_ERROR_PC_AT(window));
    failure.address = read_register(CUBIST_CORE_ERROR_ADDRESS_AT(window));
    failure.info = read_register(CUBIST_CORE_ERROR_INFO_AT(window));
    failure.code =
        code != 0 ? code : static_cast<uint16_t>(read_register(CUBIST_CORE_ERROR_AT(window)));
  }
  busy_[kind] &= ~bit(number);
  free_[kind] |= bit(number);
  --command.running;
  const bool last = command.running == 0 && !command.has_blocks();
  const unsigned index = core.command;
  core.command = CommandPool::kNone;
  if (!last) return CommandPool::kNone;
  return index;
}

unsigned Cores::stop(unsigned kind, unsigned number) {
  const unsigned window = index_of(kind, number);
  if (read_register(CUBIST_CORE_STATUS_AT(window)) != kStatusRunning) {
    // It has just ended by itself; its done bit is on the way.
    slot(kind, number).deadline += kGraceNs;
    return CommandPool::kNone;
  }
  write_register(CUBIST_CORE_START_AT(window), kKill);
  while (read_register(CUBIST_CORE_STATUS_AT(window)) == kStatusRunning) {
  }
  return block_ended(kind, number, CUBIST_ERROR_TIMEOUT);
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
