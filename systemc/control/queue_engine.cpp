// SPDX-License-Identifier: Apache-2.0
#include "systemc/control/queue_engine.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "abi/cubist_abi.h"

namespace cubist::control {
namespace {

using base::Time;

constexpr unsigned kQueueBank = 0;
constexpr uint64_t kNoReadyQueue = QueueEngine::kQueues;
constexpr uint64_t kEnable = 1;
constexpr unsigned kPriorityShift = 8;
constexpr uint64_t kPriorityMask = 7;

std::vector<RegisterBank> register_banks() {
  using enum RegisterAccess;
  return {{"QUEUE",
           0,
           CUBIST_QUEUE_STRIDE,
           QueueEngine::kQueues,
           {{"SQ_BASE", CUBIST_QUEUE_SQ_BASE, rw},
            {"SQ_SIZE", CUBIST_QUEUE_SQ_SIZE, rw},
            {"CQ_BASE", CUBIST_QUEUE_CQ_BASE, rw},
            {"CQ_SIZE", CUBIST_QUEUE_CQ_SIZE, rw},
            {"ERROR_BASE", CUBIST_QUEUE_ERROR_BASE, rw},
            {"CONTROL", CUBIST_QUEUE_CONTROL, rw},
            {"DOORBELL", CUBIST_QUEUE_DOORBELL, wo},
            {"CQ_HEAD", CUBIST_QUEUE_CQ_HEAD, wo},
            {"SQ_HEAD", CUBIST_QUEUE_SQ_HEAD, rw},
            {"SQ_TAIL", CUBIST_QUEUE_SQ_TAIL, ro},
            {"FETCHED", CUBIST_QUEUE_FETCHED, ro},
            {"SLOT", CUBIST_QUEUE_SLOT, ro},
            {"CQ_SPACE", CUBIST_QUEUE_CQ_SPACE, ro},
            {"POST0", CUBIST_QUEUE_POST0, wo},
            {"POST1", CUBIST_QUEUE_POST1, wo},
            {"ERROR_POST", CUBIST_QUEUE_ERROR_POST, wo}}},
          {"QUEUE_SHARED",
           CUBIST_QUEUE_SHARED_BASE - CUBIST_QUEUE_BASE,
           CUBIST_QUEUE_STRIDE,
           1,
           {{"READY", CUBIST_QUEUE_SHARED_READY, ro},
            {"PRIORITY_READY", CUBIST_QUEUE_SHARED_PRIORITY_READY, ro},
            {"BOOTED", CUBIST_QUEUE_SHARED_BOOTED, rw},
            {"PANIC", CUBIST_QUEUE_SHARED_PANIC, rw},
            {"ENABLE", CUBIST_QUEUE_SHARED_ENABLE, rw},
            {"TRACE", CUBIST_QUEUE_SHARED_TRACE, wo}}}};
}

bool is_ring(uint64_t entries, uint64_t most) {
  return entries >= 2 && entries <= most && std::has_single_bit(entries);
}

std::string queue_name(unsigned number) {
  return "queue " + std::to_string(number) + ": ";
}

}  // namespace

QueueEngine::QueueEngine(sc_core::sc_module_name name, base::Simulation& simulation,
                         const ControlConfig& config, Sram& sram, memory::MemoryMap& memory,
                         InterruptLine& interrupts, HostInterrupt& host, unsigned node)
    : Device(name, simulation, register_banks(), config.bus, config.bus),
      memory_side("memory_side", simulation, *this, node, node, rank_of(Unit::queues)),
      sram_(sram),
      memory_(memory),
      interrupts_(interrupts),
      host_(host),
      trace_(simulation, this->name()) {
  const std::string path = this->name();
  simulation.add_statistic(path + ".fetched_entries", "", &fetched_entries_);
  simulation.add_statistic(path + ".completions", "", &completions_);
}

// --- Registers -------------------------------------------------------------------------------

uint64_t QueueEngine::peek_register(unsigned bank, unsigned index, uint64_t offset) const {
  if (bank != kQueueBank) {
    switch (offset) {
      case CUBIST_QUEUE_SHARED_READY:
        return ready();
      case CUBIST_QUEUE_SHARED_PRIORITY_READY:
        return most_urgent();
      case CUBIST_QUEUE_SHARED_BOOTED:
        return booted_;
      case CUBIST_QUEUE_SHARED_ENABLE:
        return offered_;
      case CUBIST_QUEUE_SHARED_TRACE:
        return 0;
      default:
        return panic_;
    }
  }
  const Queue& q = queues_[index];
  switch (offset) {
    case CUBIST_QUEUE_SQ_BASE:
      return q.sq_base;
    case CUBIST_QUEUE_SQ_SIZE:
      return q.sq_size;
    case CUBIST_QUEUE_CQ_BASE:
      return q.cq_base;
    case CUBIST_QUEUE_CQ_SIZE:
      return q.cq_size;
    case CUBIST_QUEUE_ERROR_BASE:
      return q.error_base;
    case CUBIST_QUEUE_CONTROL:
      return (q.enabled ? kEnable : 0) | q.priority << kPriorityShift;
    case CUBIST_QUEUE_SQ_HEAD:
      return q.head;
    case CUBIST_QUEUE_SQ_TAIL:
      return q.tail;
    case CUBIST_QUEUE_FETCHED:
      return q.fetched;
    case CUBIST_QUEUE_SLOT:
      return slot(index);
    case CUBIST_QUEUE_CQ_SPACE:
      return q.space();
    default:
      return 0;
  }
}

bool QueueEngine::read_register(unsigned bank, unsigned index, uint64_t offset, uint64_t& value) {
  value = peek_register(bank, index, offset);
  return true;
}

bool QueueEngine::write_register(unsigned bank, unsigned index, uint64_t offset, uint64_t value) {
  if (bank == kQueueBank) {
    write_queue(index, offset, value);
    return true;
  }
  if (offset == CUBIST_QUEUE_SHARED_ENABLE) {
    offered_ = value;
    update();
    return true;
  }
  if (offset == CUBIST_QUEUE_SHARED_TRACE) {
    trace_.handler(value);
    return true;
  }
  (offset == CUBIST_QUEUE_SHARED_BOOTED ? booted_ : panic_) = value;
  // The host waits for the firmware by its interrupt rather than by asking.
  host_.raise_host_interrupt();
  return true;
}

void QueueEngine::write_queue(unsigned number, uint64_t offset, uint64_t value) {
  Queue& q = queues_[number];
  switch (offset) {
    case CUBIST_QUEUE_DOORBELL:
      return ring(number, value);
    case CUBIST_QUEUE_CONTROL:
      return control(number, value);
    case CUBIST_QUEUE_SQ_HEAD:
      return advance_head(number, value);
    case CUBIST_QUEUE_POST0:
      q.post0 = value;
      return;
    case CUBIST_QUEUE_POST1:
      return post(number, value);
    case CUBIST_QUEUE_ERROR_POST:
      return post_error(number, value);
    case CUBIST_QUEUE_CQ_HEAD:
      if (value >= q.cq_size) {
        return complain(queue_name(number) + "CQ_HEAD " + std::to_string(value) +
                        " lies beyond the ring; ignored");
      }
      q.cq_head = value;
      return;
    default:
      break;
  }
  if (q.enabled) {
    return complain(queue_name(number) + "rings cannot be changed while it is enabled; ignored");
  }
  switch (offset) {
    case CUBIST_QUEUE_SQ_BASE:
      q.sq_base = value;
      break;
    case CUBIST_QUEUE_SQ_SIZE:
      q.sq_size = value;
      break;
    case CUBIST_QUEUE_CQ_BASE:
      q.cq_base = value;
      break;
    case CUBIST_QUEUE_CQ_SIZE:
      q.cq_size = value;
      break;
    default:
      q.error_base = value;
      break;
  }
}

void QueueEngine::control(unsigned number, uint64_t value) {
  Queue& q = queues_[number];
  q.priority = static_cast<unsigned>(value >> kPriorityShift & kPriorityMask);
  q.enabled = false;
  ++q.epoch;
  if ((value & kEnable) != 0) {
    std::string wrong;
    if (!is_ring(q.sq_size, 4096)) wrong = "SQ_SIZE is no power of two from 2 to 4096";
    if (!is_ring(q.cq_size, 65536)) wrong = "CQ_SIZE is no power of two from 2 to 65536";
    if (q.sq_base % kEntryBytes != 0) wrong = "SQ_BASE is not 64-byte aligned";
    if (q.cq_base % kCompletionBytes != 0) wrong = "CQ_BASE is not 16-byte aligned";
    if (wrong.empty() && !memory_.contains(q.sq_base, q.sq_size * kEntryBytes)) {
      wrong = "the submission ring does not lie in memory: " + memory_.describe(q.sq_base);
    }
    if (wrong.empty() && !memory_.contains(q.cq_base, q.cq_size * kCompletionBytes)) {
      wrong = "the completion ring does not lie in memory: " + memory_.describe(q.cq_base);
    }
    if (!wrong.empty()) complain(queue_name(number) + wrong + "; it stays disabled");
    q.enabled = wrong.empty();
    q.head = q.tail = q.fetched = q.fetching = 0;
    q.cq_head = q.cq_tail = 0;
    q.phase = true;
  }
  if (!q.enabled) q.fetched = q.fetching = 0;
  update();
}

void QueueEngine::ring(unsigned number, uint64_t tail) {
  Queue& q = queues_[number];
  if (!q.enabled) return complain(queue_name(number) + "doorbell of a disabled queue; ignored");
  if (tail >= q.sq_size) {
    return complain(queue_name(number) + "doorbell with tail " + std::to_string(tail) +
                    " beyond the ring of " + std::to_string(q.sq_size) + "; ignored");
  }
  q.tail = tail;
  fetch(number);
}

void QueueEngine::advance_head(unsigned number, uint64_t head) {
  Queue& q = queues_[number];
  const uint64_t taken = q.sq_size == 0 ? 0 : (head - q.head) & (q.sq_size - 1);
  if (!q.enabled || head >= q.sq_size || taken > q.fetched) {
    return complain(queue_name(number) + "SQ_HEAD " + std::to_string(head) +
                    " passes entries that were not fetched; ignored");
  }
  q.head = head;
  q.fetched -= taken;
  update();
  fetch(number);
}

// --- Rings -----------------------------------------------------------------------------------

uint64_t QueueEngine::slot(unsigned number) const {
  return CUBIST_REGION_SRAM_BASE + CUBIST_PREFETCH_OFFSET +
         uint64_t{number} * kPrefetch * kEntryBytes;
}

/// Fetches as many entries ahead as there are and SRAM has place for: one burst at a time, within a
/// line and without wrapping.
void QueueEngine::fetch(unsigned number) {
  Queue& q = queues_[number];
  if (!q.enabled || q.fetching != 0) return;
  const uint64_t wanted = std::min<uint64_t>(q.waiting(), kPrefetch) - q.fetched;
  if (wanted == 0) return;
  const uint64_t first = (q.head + q.fetched) & (q.sq_size - 1);
  const uint64_t address = q.sq_base + first * kEntryBytes;
  const uint64_t to_line_end = (512 - address % 512) / kEntryBytes;
  q.fetching = std::min({wanted, q.sq_size - first, to_line_end});
  Operation operation;
  operation.kind = Kind::fetch;
  operation.queue = number;
  operation.epoch = q.epoch;
  operation.address = address;
  operation.first = first;
  operation.count = q.fetching;
  launch(operation, static_cast<uint32_t>(q.fetching * kEntryBytes), false);
}

void QueueEngine::post(unsigned number, uint64_t last) {
  Queue& q = queues_[number];
  if (!q.enabled || q.space() == 0) {
    return complain(
        queue_name(number) +
        (q.enabled ? "the completion ring is full" : "completion for a disabled queue") +
        "; the entry is lost");
  }
  Operation operation;
  operation.kind = Kind::completion;
  operation.queue = number;
  operation.epoch = q.epoch;
  operation.address = q.cq_base + q.cq_tail * kCompletionBytes;
  std::memcpy(operation.data.data(), &q.post0, 8);
  std::memcpy(operation.data.data() + 8, &last, 8);
  uint8_t& phase = operation.data[offsetof(cubist_completion, phase)];
  phase = static_cast<uint8_t>((phase & ~1u) | (q.phase ? 1u : 0u));
  q.cq_tail = (q.cq_tail + 1) & (q.cq_size - 1);
  if (q.cq_tail == 0) q.phase = !q.phase;
  launch(operation, kCompletionBytes, true);
}

void QueueEngine::post_error(unsigned number, uint64_t sram_address) {
  Queue& q = queues_[number];
  const uint64_t offset = sram_address - CUBIST_REGION_SRAM_BASE;
  if (offset > sram_.bytes().size() - sizeof(cubist_error_record)) {
    return complain(queue_name(number) + "ERROR_POST does not name SRAM; ignored");
  }
  if (!memory_.contains(q.error_base, sizeof(cubist_error_record))) {
    return complain(queue_name(number) + "ERROR_BASE: " + memory_.describe(q.error_base));
  }
  Operation operation;
  operation.kind = Kind::error_record;
  operation.queue = number;
  operation.epoch = q.epoch;
  operation.address = q.error_base;
  std::memcpy(operation.data.data(), sram_.bytes().data() + offset, sizeof(cubist_error_record));
  launch(operation, sizeof(cubist_error_record), true);
}

void QueueEngine::launch(Operation operation, uint32_t bytes, bool write) {
  size_t place = operations_.size();
  if (free_operations_.empty()) {
    operations_.push_back(operation);
  } else {
    place = free_operations_.back();
    free_operations_.pop_back();
    operations_[place] = operation;
  }
  const memory::Request request{operation.address, bytes, write, false};
  if (const auto completion = memory_side.send(request, simulation_.now(), place)) {
    request_done(place, *completion);
  }
}

void QueueEngine::request_done(uint64_t token, const memory::Completion& completion) {
  const Operation& operation = operations_[token];
  Time when = completion.done;
  if (operation.kind != Kind::fetch) {
    Queue& q = queues_[operation.queue];
    when = q.last_publish = std::max(when, q.last_publish);
  }
  simulation_.agenda().at(when, rank_of(Unit::queues), *this, token);
}

void QueueEngine::wake(uint64_t token) {
  const Operation operation = operations_[token];
  free_operations_.push_back(token);
  if (operation.epoch == queues_[operation.queue].epoch) arrived(operation);
}

void QueueEngine::arrived(const Operation& operation) {
  Queue& q = queues_[operation.queue];
  if (operation.kind != Kind::fetch) {
    const bool completion = operation.kind == Kind::completion;
    memory_.write(operation.address, {operation.data.data(),
                                      completion ? kCompletionBytes : sizeof(cubist_error_record)});
    if (!completion) return;
    cubist_completion entry;
    std::memcpy(&entry, operation.data.data(), sizeof entry);
    ++completions_;
    trace_.completed(operation.queue, entry.task, entry.error);
    host_.raise_host_interrupt();
    return;
  }
  uint8_t* const slots = sram_.bytes().data() + (slot(operation.queue) - CUBIST_REGION_SRAM_BASE);
  for (uint64_t i = 0; i < operation.count; ++i) {
    uint8_t* const entry = slots + (operation.first + i) % kPrefetch * kEntryBytes;
    memory_.read(operation.address + i * kEntryBytes, {entry, kEntryBytes});
    trace_.fetched(operation.queue, entry);
  }
  q.fetching = 0;
  q.fetched += operation.count;
  fetched_entries_ += operation.count;
  update();
  fetch(operation.queue);
}

// --- Interrupt and state ---------------------------------------------------------------------

uint64_t QueueEngine::ready() const {
  uint64_t bitmap = 0;
  for (unsigned i = 0; i < kQueues; ++i) {
    if (queues_[i].fetched != 0) bitmap |= uint64_t{1} << i;
  }
  return bitmap & offered_;
}

uint64_t QueueEngine::most_urgent() const {
  uint64_t best = kNoReadyQueue;
  const uint64_t offered = ready();
  for (unsigned i = 0; i < kQueues; ++i) {
    if ((offered >> i & 1) == 0) continue;
    if (best == kNoReadyQueue || queues_[i].priority < queues_[best].priority) best = i;
  }
  return best;
}

void QueueEngine::update() {
  interrupts_.set_line(CUBIST_IRQ_QUEUE, ready() != 0);
}

std::string QueueEngine::describe_state() const {
  std::string text;
  for (unsigned i = 0; i < kQueues; ++i) {
    const Queue& q = queues_[i];
    if (!q.enabled || (q.waiting() == 0 && q.space() == q.cq_size - 1)) continue;
    text += std::string(name()) + ".queue" + std::to_string(i) + ": head " +
            std::to_string(q.head) + ", tail " + std::to_string(q.tail) + ", " +
            std::to_string(q.fetched) + " entries fetched and not taken, " +
            std::to_string(q.fetching) + " on their way, " +
            std::to_string(q.cq_size - 1 - q.space()) + " completions unread\n";
  }
  if (booted_ == 0) text += std::string(name()) + ": the firmware has not announced itself\n";
  if (panic_ != 0) {
    text +=
        std::string(name()) + ": the firmware gave up with error " + std::to_string(panic_) + "\n";
  }
  return text;
}

}  // namespace cubist::control
