// SPDX-License-Identifier: Apache-2.0
// Which kernel gets free cores. Every queue has its share of each kind of cores. A launch whose
// cores must start together waits for its turn like the others; then the kinds of cores it needs
// are kept for it until there are enough.
#include "scheduler/cores.h"
#include "scheduler/mmio.h"

namespace cubist::firmware {

namespace {
constexpr unsigned kNone = CommandPool::kNone;
constexpr unsigned kNobody = Queues::kCount, kSeveral = Queues::kCount + 1;

/// The kinds of cores of a kernel, as a bitmap.
unsigned kinds_of(const Command& command) {
  return command.mix() ? 3 : 1u << command.entry.kernel.kind;
}
}  // namespace

void Cores::deal_waiting() {
  if (waiting_count_ == 1 && !pool_.at(waiting_[0]).together()) {
    // Mostly nobody else waits: then shares do not matter.
    const unsigned command = waiting_[0];
    const unsigned kind = pool_.at(command).entry.kernel.kind;
    const uint64_t blocks = free_[kind] == 0 ? 0 : wanted(command);
    if (blocks != 0) start_blocks(kind, {command, blocks}, Timer::now());
    if (!pool_.at(command).has_blocks()) waiting_count_ = 0;
    return;
  }
  const uint64_t now = Timer::now();
  note_rivals();
  bool again;
  do {
    again = false;
    for (unsigned kind = 0; kind < 2; ++kind) {
      while (free_[kind] != 0 && deal_one(kind, now, again)) {
      }
    }
  } while (again);
  // Kernels whose blocks have all been dealt need no more attention here.
  unsigned kept = 0;
  for (unsigned i = 0; i < waiting_count_; ++i) {
    if (pool_.at(waiting_[i]).has_blocks()) waiting_[kept++] = waiting_[i];
  }
  waiting_count_ = kept;
}

// Who wants cores of each kind: nobody, one queue, or several. One alone needs no share.
void Cores::note_rivals() {
  rivals_[0] = rivals_[1] = kNobody;
  for (unsigned i = 0; i < waiting_count_; ++i) {
    const Command& command = pool_.at(waiting_[i]);
    if (wanted(waiting_[i]) == 0) continue;
    for (unsigned kind = 0; kind < 2; ++kind) {
      if ((kinds_of(command) >> kind & 1) == 0 || rivals_[kind] == command.queue) continue;
      rivals_[kind] = rivals_[kind] == kNobody ? command.queue : kSeveral;
    }
  }
  for (unsigned& reserved : reserved_) {
    if (reserved != kNone && !pool_.at(reserved).has_blocks()) reserved = kNone;  // It failed.
  }
}

// Blocks of the command that could start now, were there enough cores.
uint64_t Cores::wanted(unsigned index) {
  const Command& command = pool_.at(index);
  if (!command.has_blocks()) return 0;
  const cubist_entry_kernel& kernel = command.entry.kernel;
  const uint64_t blocks = kernel.blocks - command.next_block;
  if (kernel.at_once != 0 || kernel.max_cores == 0) return blocks;
  const uint64_t used = command.mix() ? count_bits(command.cores[0]) : command.running;
  if (used >= kernel.max_cores) return 0;
  const uint64_t cores = kernel.max_cores - used;
  return cores < blocks ? cores : blocks;
}

// The queue's credit for this kind; without limit when no other queue wants such cores.
int Cores::credit(unsigned kind, unsigned queue) {
  if (rivals_[kind] != kSeveral) return static_cast<int>(CUBIST_MAX_BLOCKS);
  return shares_[kind].credit(queue, queues_.weight(queue));
}

void Cores::charge(unsigned kind, unsigned queue, uint64_t blocks) {
  if (rivals_[kind] == kSeveral) shares_[kind].charge(queue, blocks);
}

// The kernel whose turn it is for cores of this kind, or kNone: of the queue served last while it
// has credit, else of the next one that has some; a round ends when none has any. Within a queue
// the oldest kernel goes first. A mix kernel needs credit for both kinds.
unsigned Cores::pick(unsigned kind) {
  for (;;) {
    unsigned best = kNone, best_distance = Queues::kCount, rounds = 0;
    for (unsigned i = 0; i < waiting_count_; ++i) {
      const Command& command = pool_.at(waiting_[i]);
      if ((kinds_of(command) >> kind & 1) == 0 || wanted(waiting_[i]) == 0) continue;
      const int left = credit(kind, command.queue);
      if (left <= 0) {
        const unsigned needed = static_cast<unsigned>(-left) / queues_.weight(command.queue) + 1;
        if (rounds == 0 || needed < rounds) rounds = needed;
        continue;
      }
      if (command.mix() && credit(1 - kind, command.queue) <= 0) continue;
      if (rivals_[kind] != kSeveral) return waiting_[i];
      const unsigned distance = shares_[kind].distance(command.queue);
      if (distance >= best_distance) continue;
      best = waiting_[i];
      best_distance = distance;
    }
    if (best != kNone || rounds == 0) return best;
    shares_[kind].advance(rounds);
  }
}

// Gives free cores of this kind to one kernel. False when there is nothing more to do for now;
// `again` is set when the other kind is worth another look.
bool Cores::deal_one(unsigned kind, uint64_t now, bool& again) {
  // A mix kernel that waits for one kind takes the other as soon as it can: so two of them never
  // hold one kind each.
  const unsigned other = reserved_[1 - kind];
  if (reserved_[kind] == kNone && other != kNone && pool_.at(other).mix()) reserved_[kind] = other;
  unsigned command = reserved_[kind];
  if (command == kNone) {
    command = pick(kind);
    if (command == kNone) return false;
    if (!pool_.at(command).together()) {
      const unsigned queue = pool_.at(command).queue;
      const auto most = static_cast<uint64_t>(credit(kind, queue));
      uint64_t blocks = wanted(command);
      if (blocks > most) blocks = most;
      const auto cores = static_cast<uint64_t>(count_bits(free_[kind]));
      if (blocks > cores) blocks = cores;
      charge(kind, queue, blocks);
      start_blocks(kind, {command, blocks}, now);
      return true;
    }
    const unsigned kinds = kinds_of(pool_.at(command));
    for (unsigned k = 0; k < 2; ++k) {
      if ((kinds >> k & 1) != 0 && reserved_[k] == kNone) reserved_[k] = command;
    }
  }
  if (!start_together(command, now)) return false;
  again = true;
  return true;
}

// Starts blocks of a launch for which all kinds that it needs are kept, if there are enough cores.
bool Cores::start_together(unsigned index, uint64_t now) {
  Command& command = pool_.at(index);
  const cubist_entry_kernel& kernel = command.entry.kernel;
  const unsigned kinds = kinds_of(command);
  uint64_t blocks = wanted(index);
  for (unsigned kind = 0; kind < 2; ++kind) {
    if ((kinds >> kind & 1) == 0) continue;
    if (reserved_[kind] != index) return false;
    // Its queue's other kernels may have used up the credit since.
    const int left = credit(kind, command.queue);
    const uint64_t most = left > 1 ? static_cast<uint64_t>(left) : 1;
    if (kernel.at_once == 0 && blocks > most) blocks = most;
  }
  const uint64_t cores =
      command.mix() ? clusters(chip_, free_[0], free_[1], kernel.aivs) : free_[kernel.kind];
  const auto room = static_cast<uint64_t>(count_bits(cores));
  if (room < (kernel.at_once != 0 ? blocks : 1)) return false;
  if (blocks > room) blocks = room;
  for (unsigned kind = 0; kind < 2; ++kind) {
    if ((kinds >> kind & 1) == 0) continue;
    charge(kind, command.queue, blocks);
    reserved_[kind] = kNone;
  }
  if (command.group == 0) {
    if (++last_group_ == 0) ++last_group_;
    command.group = last_group_ | uint64_t{command.mix() ? kernel.aivs : 0} << 40 |
                    uint64_t{kernel.at_once} << 48;
  }
  if (command.mix()) {
    start_mix({index, blocks}, cores, now);
  } else {
    start_blocks(kernel.kind, {index, blocks}, now);
  }
  return true;
}

}  // namespace cubist::firmware
