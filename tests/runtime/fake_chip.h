// SPDX-License-Identifier: Apache-2.0
// A chip in a hundred lines: consumes submission rings as the ABI says, with knobs for what can go
// wrong. Lets the host library be tested without SystemC and firmware.
#pragma once

#include <cstring>
#include <deque>
#include <functional>
#include <map>
#include <vector>

#include "abi/cubist_abi.h"
#include "runtime/host_transport.h"

namespace cubist::test {

class FakeChip : public HostTransport {
 public:
  /// A kernel: block count and launch block's address to an error code.
  using KernelFunction = std::function<uint16_t(FakeChip&, uint32_t blocks, uint64_t args)>;

  // --- Knobs -------------------------------------------------------------------------------------
  unsigned boot_polls = 3;  ///< BOOTED reads zero so often.
  uint64_t booted_value = CUBIST_ABI_VERSION;
  bool asleep = false;  ///< Sleeps before it has booted.
  uint64_t panic = 0;
  bool stuck = false;                          ///< Takes entries and never completes them.
  bool never_idle = false;                     ///< With `stuck`: time passes, nothing happens.
  bool interrupt_next = false;                 ///< The next wait is interrupted by the user.
  unsigned entries_per_wait = 3;               ///< Entries served before the host is interrupted.
  bool bad_task = false;                       ///< Completes a command that does not exist.
  std::map<uint64_t, KernelFunction> kernels;  ///< By entry address.

  // --- What was seen -----------------------------------------------------------------------------
  std::vector<cubist_submission> served;
  uint64_t doorbells = 0, waits = 0;
  std::map<uint32_t, uint32_t> events;

  std::vector<uint8_t> hbm = std::vector<uint8_t>(4u << 20);

  uint8_t* at(uint64_t address, uint64_t bytes) {
    if (address >= CUBIST_REGION_HBM_BASE && address - CUBIST_REGION_HBM_BASE < hbm.size() &&
        bytes <= hbm.size() - (address - CUBIST_REGION_HBM_BASE)) {
      return hbm.data() + (address - CUBIST_REGION_HBM_BASE);
    }
    for (auto& [base, memory] : host_) {
      if (address >= base && address - base < memory.size() &&
          bytes <= memory.size() - (address - base)) {
        return memory.data() + (address - base);
      }
    }
    return nullptr;
  }

  bool read_register(uint64_t address, uint64_t& value) override {
    now_ += 10;
    value = registers_[address];
    if (address == CUBIST_QUEUE_SHARED_BASE + CUBIST_QUEUE_SHARED_BOOTED) {
      value = boot_polls == 0 ? booted_value : 0;
    } else if (address == CUBIST_QUEUE_SHARED_BASE + CUBIST_QUEUE_SHARED_PANIC) {
      value = panic;
    } else if (address == CUBIST_CORE_SHARED_BASE + CUBIST_CORE_SHARED_AIC_COUNT) {
      value = 2;
    } else if (address == CUBIST_CORE_SHARED_BASE + CUBIST_CORE_SHARED_AIV_COUNT) {
      value = 4;
    }
    return true;
  }

  bool write_register(uint64_t address, uint64_t value) override {
    now_ += 10;
    registers_[address] = value;
    const uint64_t offset = address - CUBIST_QUEUE_BASE;
    const auto number = static_cast<unsigned>(offset / CUBIST_QUEUE_STRIDE);
    if (number < CUBIST_QUEUE_COUNT && offset % CUBIST_QUEUE_STRIDE == CUBIST_QUEUE_CONTROL &&
        (value & 1) != 0) {
      queues_[number] = {};
    }
    if (number < CUBIST_QUEUE_COUNT && offset % CUBIST_QUEUE_STRIDE == CUBIST_QUEUE_CQ_HEAD) {
      queues_[number].cq_head = value;
    }
    return true;
  }

  void doorbell(unsigned queue, uint64_t tail) override {
    ++doorbells;
    queues_[queue].tail = tail;
  }

  std::span<uint8_t> allocate_host(size_t bytes, uint64_t& device_address) override {
    device_address = next_host_;
    next_host_ += (bytes + 4095) / 4096 * 4096;
    auto& memory = host_[device_address];
    memory.resize(bytes);
    return memory;
  }

  WaitResult wait_interrupt(uint64_t nanoseconds) override {
    ++waits;
    const bool booting = boot_polls > 0 && !asleep;
    if (booting) --boot_polls;
    if (interrupt_next) {
      interrupt_next = false;
      return WaitResult::interrupted;
    }
    unsigned count = 0;
    if (!stuck) {
      bool progress = true;
      while (progress && count < entries_per_wait) {
        progress = false;
        for (auto& [number, queue] : queues_) {
          if (count < entries_per_wait && serve(number, queue)) {
            progress = true;
            ++count;
          }
        }
      }
    }
    now_ += count != 0 ? 100.0 * count : static_cast<double>(nanoseconds);
    if (count != 0) return WaitResult::interrupt;
    return never_idle || booting ? WaitResult::timeout : WaitResult::idle;
  }

  bool debug_read(uint64_t address, std::span<uint8_t> out) override {
    const uint8_t* from = at(address, out.size());
    if (from) std::memcpy(out.data(), from, out.size());
    return from != nullptr;
  }
  bool debug_write(uint64_t address, std::span<const uint8_t> in) override {
    uint8_t* to = at(address, in.size());
    if (to) std::memcpy(to, in.data(), in.size());
    return to != nullptr;
  }
  double now_ns() override { return now_; }
  double core_hertz() override { return 1e9; }
  std::string describe_state() override { return "core 0: MTE2 waits for flag 3"; }

  /// What the firmware would put into the error record of the next failing command.
  cubist_error_record record{};

 private:
  struct QueueModel {
    uint64_t head = 0, tail = 0, cq_tail = 0, cq_head = 0;
    uint8_t phase = 1;
  };

  uint64_t reg(unsigned queue, uint64_t offset) {
    return registers_[CUBIST_QUEUE_BASE + queue * CUBIST_QUEUE_STRIDE + offset];
  }

  bool serve(unsigned number, QueueModel& queue) {
    if (queue.head == queue.tail) return false;
    const uint64_t size = reg(number, CUBIST_QUEUE_SQ_SIZE);
    const uint64_t cq_size = reg(number, CUBIST_QUEUE_CQ_SIZE);
    if ((queue.cq_tail + 1) % cq_size == queue.cq_head) return false;  // no room to complete
    cubist_submission entry;
    std::memcpy(&entry, at(reg(number, CUBIST_QUEUE_SQ_BASE) + queue.head * 64, 64), 64);
    uint16_t error = 0;
    switch (entry.any.type) {
      case CUBIST_ENTRY_NOP:
      case CUBIST_ENTRY_BARRIER:
        break;
      case CUBIST_ENTRY_COPY: {
        const uint8_t* from = at(entry.copy.src, entry.copy.bytes);
        uint8_t* to = at(entry.copy.dst, entry.copy.bytes);
        if (from && to) {
          std::memmove(to, from, entry.copy.bytes);
        } else {
          error = CUBIST_ERROR_BUS;
        }
        break;
      }
      case CUBIST_ENTRY_FILL: {
        uint8_t* to = at(entry.fill.dst, entry.fill.bytes);
        if (!to) error = CUBIST_ERROR_BUS;
        for (uint64_t i = 0; to && i < entry.fill.bytes; ++i) {
          to[i] = static_cast<uint8_t>(entry.fill.pattern >> 8 * (i % 4));
        }
        break;
      }
      case CUBIST_ENTRY_KERNEL: {
        const auto kernel = kernels.find(entry.kernel.entry);
        error = kernel == kernels.end()
                    ? static_cast<uint16_t>(CUBIST_ERROR_BAD_KERNEL)
                    : kernel->second(*this, entry.kernel.blocks, entry.kernel.args);
        break;
      }
      case CUBIST_ENTRY_EVENT_RECORD:
        events[entry.event_record.event] = entry.event_record.value;
        break;
      case CUBIST_ENTRY_EVENT_WAIT:
        if (static_cast<int32_t>(events[entry.event_wait.event] - entry.event_wait.value) < 0) {
          return false;
        }
        break;
      default:
        error = CUBIST_ERROR_BAD_ENTRY;
    }
    served.push_back(entry);
    queue.head = (queue.head + 1) % size;
    if (error != 0 && record.error != 0) {
      record.task = entry.any.task;
      std::memcpy(at(reg(number, CUBIST_QUEUE_ERROR_BASE), 64), &record, sizeof record);
    }
    cubist_completion completion{};
    completion.task = bad_task ? entry.any.task + 1000 : entry.any.task;
    completion.error = error;
    completion.sq_head = static_cast<uint16_t>(queue.head);
    completion.stream = entry.any.stream;
    completion.type = entry.any.type;
    completion.phase = queue.phase;
    std::memcpy(at(reg(number, CUBIST_QUEUE_CQ_BASE) + queue.cq_tail * 16, 16), &completion, 16);
    if (++queue.cq_tail == cq_size) {
      queue.cq_tail = 0;
      queue.phase ^= 1;
    }
    return true;
  }

  double now_ = 0;
  uint64_t next_host_ = CUBIST_REGION_HOST_BASE;
  std::map<uint64_t, uint64_t> registers_;
  std::map<uint64_t, std::vector<uint8_t>> host_;
  std::map<unsigned, QueueModel> queues_;
};

}  // namespace cubist::test
