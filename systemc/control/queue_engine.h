// SPDX-License-Identifier: Apache-2.0
// The queue engine: 64 submission and completion rings between host and firmware.
//
// A doorbell makes it fetch entries ahead into the scheduler's SRAM; it keeps heads, tails and
// phases, sends completions and error records to host memory, and interrupts both sides. What an
// entry means is the firmware's business.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "abi/cubist_abi.h"
#include "systemc/control/control_config.h"
#include "systemc/control/device.h"
#include "systemc/control/lines.h"
#include "systemc/control/queue_trace.h"
#include "systemc/control/sram.h"
#include "systemc/memory/memory_map.h"
#include "systemc/memory/request_port.h"

namespace cubist::control {

class QueueEngine final : public Device, private memory::RequestOwner, private base::Agent {
 public:
  static constexpr unsigned kQueues = 64;
  static constexpr unsigned kEntryBytes = 64;
  static constexpr unsigned kCompletionBytes = 16;
  static constexpr unsigned kPrefetch = 8;  ///< Entries of a queue that SRAM holds.

  /// To the interconnect: ring reads and writes.
  memory::RequestPort memory_side;

  /// Input CUBIST_IRQ_QUEUE of `interrupts` is high while a queue has fetched entries; `host` gets
  /// a pulse for each completion. `sram` is the scheduler's, `node` the port of the interconnect.
  QueueEngine(sc_core::sc_module_name name, base::Simulation& simulation,
              const ControlConfig& config, Sram& sram, memory::MemoryMap& memory,
              InterruptLine& interrupts, HostInterrupt& host, unsigned node);

  /// The ABI version that the firmware announced; 0 until it serves queues.
  uint64_t booted() const { return booted_; }
  /// The error code with which the firmware gave up; 0 while it has not.
  uint64_t panic() const { return panic_; }
  /// A line for each queue that is enabled and not empty.
  std::string describe_state() const;

 private:
  struct Queue {
    uint64_t sq_base = 0, sq_size = 0, cq_base = 0, cq_size = 0, error_base = 0;
    bool enabled = false;
    unsigned priority = 0;
    uint64_t head = 0, tail = 0;         // Submission ring, indices.
    uint64_t fetched = 0, fetching = 0;  // Entries from `head` on.
    uint64_t cq_head = 0, cq_tail = 0;   // Completion ring, indices.
    bool phase = true;
    uint64_t post0 = 0;
    uint32_t epoch = 0;           // Counts resets: what was on its way before is dropped.
    base::Time last_publish = 0;  // Completions and error records stay in order.

    uint64_t waiting() const { return sq_size == 0 ? 0 : (tail - head) & (sq_size - 1); }
    uint64_t space() const {
      return cq_size == 0 ? 0 : cq_size - 1 - ((cq_tail - cq_head) & (cq_size - 1));
    }
  };
  enum class Kind : uint8_t { fetch, completion, error_record };
  /// Something on its way over the interconnect.
  struct Operation {
    Kind kind = Kind::fetch;
    unsigned queue = 0;
    uint32_t epoch = 0;
    uint64_t address = 0;
    uint64_t first = 0, count = 0;                            // Entries of a fetch.
    std::array<uint8_t, sizeof(cubist_error_record)> data{};  // The longest of all.
    bool known = false;                                       // Its time of completion is known.
  };

  bool read_register(unsigned bank, unsigned index, uint64_t offset, uint64_t& value) override;
  bool write_register(unsigned bank, unsigned index, uint64_t offset, uint64_t value) override;
  uint64_t peek_register(unsigned bank, unsigned index, uint64_t offset) const override;
  void request_done(uint64_t token, const memory::Completion& completion) override;
  void wake(uint64_t token) override;

  void write_queue(unsigned number, uint64_t offset, uint64_t value);
  void control(unsigned number, uint64_t value);
  void ring(unsigned number, uint64_t tail);
  void advance_head(unsigned number, uint64_t head);
  void fetch(unsigned number);
  void post(unsigned number, uint64_t last);
  void post_error(unsigned number, uint64_t sram_address);
  void launch(Operation operation, uint32_t bytes, bool write);
  void arrived(const Operation& operation);
  uint64_t slot(unsigned number) const;
  uint64_t ready() const;
  uint64_t most_urgent() const;
  void update();

  Sram& sram_;
  memory::MemoryMap& memory_;
  InterruptLine& interrupts_;
  HostInterrupt& host_;
  std::array<Queue, kQueues> queues_;
  std::vector<Operation> operations_;
  std::vector<size_t> free_operations_;
  uint64_t booted_ = 0, panic_ = 0;
  uint64_t offered_ = ~uint64_t{0};  ///< QUEUE_SHARED.ENABLE.
  uint64_t fetched_entries_ = 0, completions_ = 0;
  QueueTrace trace_;
};

}  // namespace cubist::control
