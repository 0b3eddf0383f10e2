// SPDX-License-Identifier: Apache-2.0
// System DMA: eight channels that copy or fill anywhere in HBM and host memory.
//
// A channel sends line requests through the interconnect, a bounded number at a time: reads, and a
// write when its read is back. Bytes move when the last request is done, before DONE is set.
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "systemc/control/control_config.h"
#include "systemc/control/device.h"
#include "systemc/control/lines.h"
#include "systemc/memory/memory_map.h"
#include "systemc/memory/request_port.h"

namespace cubist::control {

class Sdma final : public Device, private memory::RequestOwner, private base::Agent {
 public:
  static constexpr unsigned kChannels = 8;
  static constexpr unsigned kLineBytes = 512;
  // STATUS
  static constexpr uint64_t kDone = 1, kBusy = 2, kBusError = 4, kDataError = 8;

  /// To the interconnect.
  memory::RequestPort memory_side;

  /// Input CUBIST_IRQ_SDMA of `interrupts` is high while a channel is done. `node` is its port of
  /// the interconnect.
  Sdma(sc_core::sc_module_name name, base::Simulation& simulation, const ControlConfig& config,
       memory::MemoryMap& memory, InterruptLine& interrupts, unsigned node);

  /// A line for each busy channel.
  std::string describe_state() const;

 private:
  enum class Job : uint8_t { none, copy, fill };
  struct Channel {
    uint64_t source = 0, destination = 0, bytes = 0, pattern = 0, flow = 0;
    uint64_t status = 0, error_address = 0;
    Job job = Job::none;
    uint64_t issued = 0;     // Bytes whose first request has been sent.
    uint64_t completed = 0;  // Bytes whose write is done.
    unsigned in_flight = 0;  // Lines.
    base::TrackId track = 0;
  };
  // A wake-up or request: channel in bits 0 to 2, step in bits 3 and 4, line size from bit 8 on,
  // line offset from bit 20 on.
  enum class Step : uint8_t { read, write, finish };
  static uint64_t token(unsigned channel, Step step, uint64_t offset = 0, uint64_t bytes = 0) {
    return channel | static_cast<uint64_t>(step) << 3 | bytes << 8 | offset << 20;
  }

  bool read_register(unsigned bank, unsigned index, uint64_t offset, uint64_t& value) override;
  bool write_register(unsigned bank, unsigned index, uint64_t offset, uint64_t value) override;
  uint64_t peek_register(unsigned bank, unsigned index, uint64_t offset) const override;
  void wake(uint64_t name) override;
  void request_done(uint64_t name, const memory::Completion& completion) override;

  void start(unsigned number, Job job);
  void issue(unsigned number);
  void send_write(unsigned number, uint64_t offset, uint64_t bytes, base::Time when);
  void write_done(unsigned number, uint64_t bytes);
  void finish(unsigned number);
  void fail(unsigned number, uint64_t address);
  void trace(const Channel& channel, base::EventKind kind);
  void update();

  const ControlConfig config_;
  memory::MemoryMap& memory_;
  InterruptLine& interrupts_;
  std::array<Channel, kChannels> channels_;
  uint64_t copied_bytes_ = 0, filled_bytes_ = 0;
};

}  // namespace cubist::control
