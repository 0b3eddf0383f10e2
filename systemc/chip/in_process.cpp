// SPDX-License-Identifier: Apache-2.0
#include "systemc/chip/in_process.h"

#include <algorithm>
#include <atomic>
#include <cstring>

#include "abi/cubist_abi.h"
#include "systemc/base/error.h"
#include "systemc/base/simulation.h"
#include "systemc/chip/chip.h"
#include "systemc/memory/request_port.h"

namespace cubist::chip {
namespace {

using base::Time;

constexpr uint64_t kPageBytes = 4096;
constexpr uint64_t kLargestAllocation = uint64_t{1} << 40;
// A waiting call looks at the user's wish to stop this often.
constexpr Time kStopCheck = 100 * base::kMicrosecond;

Time nanoseconds(const base::ParameterTable& table, const char* path) {
  return static_cast<Time>(table.get_real(path) * base::kNanosecond + 0.5);
}

/// The host's side of the register window. SystemC wants sockets to live in a module.
struct HostPort final : sc_core::sc_module {
  explicit HostPort(sc_core::sc_module_name name) : sc_module(name), socket("registers") {}
  tlm_utils::simple_initiator_socket<HostPort> socket;
};

}  // namespace

struct InProcess::Impl final : control::HostInterrupt {
  explicit Impl(ChipOptions options)
      : simulation(std::move(options.parameters)),
        read_cost(nanoseconds(simulation.parameters(), "sim.host_read_ns")),
        write_cost(nanoseconds(simulation.parameters(), "sim.host_write_ns")),
        core_clock(simulation.parameters().get_real("core.hertz")),
        host("host") {
    if (options.before_build) options.before_build(simulation);
    chip = std::make_unique<Chip>("chip", simulation, *this);
    host.socket.bind(chip->control().bus.from_host);
    chip->boot(options.firmware_elf);
  }

  void raise_host_interrupt() override {
    interrupt_pending = true;
    if (waiting) simulation.agenda().stop();
  }

  /// Lets simulated time pass although an interrupt may come.
  void spend(Time cost) {
    const Time until = simulation.now() + cost;
    while (simulation.agenda().run(until)) {
    }
  }

  bool transact(bool write, uint64_t address, uint64_t& value) {
    spend(write ? write_cost : read_cost);
    if (address % 8 != 0) return false;
    tlm::tlm_generic_payload payload;
    payload.set_command(write ? tlm::TLM_WRITE_COMMAND : tlm::TLM_READ_COMMAND);
    payload.set_address(address);
    payload.set_data_ptr(reinterpret_cast<uint8_t*>(&value));
    payload.set_data_length(8);
    payload.set_streaming_width(8);
    payload.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
    sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
    host.socket->b_transport(payload, delay);
    return payload.is_response_ok();
  }

  bool debug(bool write, uint64_t address, uint8_t* data, size_t bytes) {
    tlm::tlm_generic_payload payload;
    payload.set_command(write ? tlm::TLM_WRITE_COMMAND : tlm::TLM_READ_COMMAND);
    payload.set_address(address);
    payload.set_data_ptr(data);
    payload.set_data_length(static_cast<unsigned>(bytes));
    payload.set_streaming_width(static_cast<unsigned>(bytes));
    return host.socket->transport_dbg(payload) == bytes;
  }

  base::Simulation simulation;
  Time read_cost, write_cost;
  base::Clock core_clock;
  HostPort host;
  std::unique_ptr<Chip> chip;
  uint64_t next_host_address = CUBIST_REGION_HOST_BASE + kPageBytes;
  bool interrupt_pending = false;
  bool waiting = false;
  std::atomic<bool> stop_requested{false};
};

InProcess::InProcess(ChipOptions options) : impl_(std::make_unique<Impl>(std::move(options))) {}
InProcess::~InProcess() = default;

base::Simulation& InProcess::simulation() {
  return impl_->simulation;
}
Chip& InProcess::chip() {
  return *impl_->chip;
}

const std::string& InProcess::uart_output() const {
  return impl_->chip->control().uart.output();
}
void InProcess::on_uart_line(std::function<void(std::string_view)> callback) {
  impl_->chip->control().uart.on_line(std::move(callback));
}
void InProcess::uart_input(std::string_view text) {
  impl_->chip->control().uart.receive(text);
}
void InProcess::request_stop() {
  impl_->stop_requested.store(true);
}

void InProcess::finish_wave() {
  impl_->chip->finish_wave();
}

uint64_t InProcess::rtl_instructions() const {
  return impl_->chip->rtl_instructions();
}
uint64_t InProcess::cube_instructions() const {
  return impl_->chip->cube_instructions();
}
uint64_t InProcess::cube_mismatches() const {
  return impl_->chip->cube_mismatches();
}
uint64_t InProcess::core_cycles() const {
  return impl_->core_clock.cycle_at(impl_->simulation.now());
}

bool InProcess::read_register(uint64_t address, uint64_t& value) {
  uint64_t read = 0;
  if (!impl_->transact(false, address, read)) return false;
  value = read;
  return true;
}

bool InProcess::write_register(uint64_t address, uint64_t value) {
  return impl_->transact(true, address, value);
}

void InProcess::doorbell(unsigned queue, uint64_t tail) {
  impl_->transact(true, CUBIST_QUEUE_DOORBELL_AT(queue), tail);
}

std::span<uint8_t> InProcess::allocate_host(size_t bytes, uint64_t& device_address) {
  Impl& i = *impl_;
  if (bytes == 0 || bytes > kLargestAllocation) {
    throw base::UserError("cannot allocate " + std::to_string(bytes) +
                          " bytes of host memory for the chip; expected 1 to " +
                          std::to_string(kLargestAllocation));
  }
  const auto range = i.chip->memory().add_host_range(i.next_host_address, bytes);
  if (!range) {
    throw base::UserError("the host has no " + std::to_string(bytes) +
                          " bytes of memory left for the chip; use smaller inputs");
  }
  device_address = i.next_host_address;
  // A page stays free between ranges, so that running over the end of one is a bus error.
  i.next_host_address += (bytes + 2 * kPageBytes - 1) / kPageBytes * kPageBytes;
  return *range;
}

WaitResult InProcess::wait_interrupt(uint64_t ns) {
  Impl& i = *impl_;
  base::Agenda& agenda = i.simulation.agenda();
  const Time now = i.simulation.now();
  const Time span =
      ns > (base::kNever - now) / base::kNanosecond ? base::kNever - now : ns * base::kNanosecond;
  const Time until = now + span;
  for (;;) {
    if (i.interrupt_pending) {
      i.interrupt_pending = false;
      return WaitResult::interrupt;
    }
    if (i.stop_requested.exchange(false)) return WaitResult::interrupted;
    if (agenda.next() == base::kNever) return WaitResult::idle;
    if (i.simulation.now() >= until) return WaitResult::timeout;
    const Time step = i.simulation.now() + kStopCheck;
    i.waiting = true;
    // Long idle stretches are passed in one step.
    agenda.run(std::min(until, std::max(step, agenda.next())));
    i.waiting = false;
  }
}

bool InProcess::debug_read(uint64_t address, std::span<uint8_t> out) {
  if (impl_->chip->memory().contains(address, out.size())) {
    return impl_->chip->memory().read(address, out);
  }
  return impl_->debug(false, address, out.data(), out.size());
}

bool InProcess::debug_write(uint64_t address, std::span<const uint8_t> in) {
  if (impl_->chip->memory().contains(address, in.size())) {
    return impl_->chip->memory().write(address, in);
  }
  std::vector<uint8_t> copy(in.begin(), in.end());
  return impl_->debug(true, address, copy.data(), copy.size());
}

double InProcess::now_ns() {
  return static_cast<double>(impl_->simulation.now()) / base::kNanosecond;
}

double InProcess::core_hertz() {
  return impl_->core_clock.hertz();
}

std::string InProcess::describe_state() {
  return impl_->chip->describe_state();
}

}  // namespace cubist::chip
