// SPDX-License-Identifier: Apache-2.0
#include "systemc/control/control_hart.h"

#include <algorithm>
#include <cstdio>
#include <cstring>

#include "abi/cubist_abi.h"
#include "systemc/memory/request_port.h"

namespace cubist::control {
namespace {

using riscv::BusReply;
using riscv::BusStatus;
using riscv::FastPage;
using riscv::Stop;

constexpr uint64_t kRom = CUBIST_REGION_BOOT_ROM_BASE;
constexpr uint64_t kSram = CUBIST_REGION_SRAM_BASE;

riscv::HartConfig hart_config() {
  riscv::HartConfig config;
  config.reset_pc = kRom;
  config.taken_branch_cycles = 1;
  config.multiply_cycles = 2;
  config.divide_cycles = 16;
  config.trap_cycles = 4;
  return config;
}

std::string hex(uint64_t value) {
  char text[24];
  std::snprintf(text, sizeof text, "0x%llx", static_cast<unsigned long long>(value));
  return text;
}

}  // namespace

ControlHart::ControlHart(sc_core::sc_module_name name, base::Simulation& simulation,
                         const ControlConfig& config, Sram& rom, Sram& sram,
                         memory::MemoryMap& memory, unsigned node)
    : sc_module(name),
      devices("devices"),
      memory_side("memory_side"),
      simulation_(simulation),
      config_(config),
      clock_(config.hertz),
      rom_(rom),
      sram_(sram),
      memory_(memory),
      hart_(*this, hart_config()),
      track_(simulation.bus().track(this->name())) {
  info_.initiator = info_.node = node;
  info_.rank = rank_of(Unit::hart);
  hart_.set_trap_hook([this](const riscv::Trap& trap) { note_trap(trap); });
}

void ControlHart::start() {
  schedule(clock_.cycle_from(simulation_.now()));
}

void ControlHart::schedule(uint64_t cycle) {
  asleep_ = false;
  simulation_.agenda().at(clock_.time_of(cycle), rank_of(Unit::hart), *this, ++generation_);
}

void ControlHart::resume() {
  schedule(std::max(hart_.cycle(), clock_.cycle_from(simulation_.now())));
}

void ControlHart::wake(uint64_t token) {
  if (token == kTrapToken) {
    emit_trap(traps_.front());
    traps_.pop_front();
  } else if (token == generation_) {
    run();
  }
}

void ControlHart::run() {
  const uint64_t now = clock_.cycle_from(simulation_.now());
  for (;;) {
    if (hart_.cycle() < now) hart_.advance_to(now);  // It was held, not asleep.
    const bool synchronised = hart_.cycle() == now;
    stop_ = hart_.run(now + config_.quantum_cycles, synchronised);
    switch (stop_) {
      case Stop::budget:
      case Stop::sync:
        // A hart that just woke reaches its first outward instruction at this very cycle.
        if (hart_.cycle() <= now && !(synchronised && stop_ == Stop::sync)) continue;
        return schedule(std::max(hart_.cycle(), now + 1));
      case Stop::wfi:
        asleep_ = true;
        ++generation_;
        if (hart_.next_input_cycle() != riscv::kNever) {
          schedule(std::max(hart_.next_input_cycle(), now));
          asleep_ = true;  // A nearer input may still come.
        }
        return;
      case Stop::blocked:  // This bus never answers "retry".
      case Stop::breakpoint:
      case Stop::halted:
        asleep_ = false;
        ++generation_;
        return;
    }
  }
}

void ControlHart::set_line(unsigned number, bool level) {
  const uint64_t now = clock_.cycle_from(simulation_.now());
  // The hart's own access comes before what it runs next, so lowering needs no distance.
  const uint64_t path = in_access_ && !level ? 0 : config_.interrupt_cycles;
  uint64_t& since = line_since_[number];
  since = std::max(now + path, since);
  hart_.set_interrupt(number, level, since);
  if (asleep_ && stop_ == Stop::wfi && hart_.next_input_cycle() != riscv::kNever) {
    schedule(std::max(hart_.next_input_cycle(), now));
    asleep_ = true;
  }
}

// --- riscv::HartBus --------------------------------------------------------------------------

uint8_t* ControlHart::local(uint64_t address, unsigned size) {
  for (const auto& [base, memory] : {std::pair{kSram, &sram_}, std::pair{kRom, &rom_}}) {
    const uint64_t bytes = memory->bytes().size();
    if (address >= base && address - base <= bytes - size) {
      return memory->bytes().data() + (address - base);
    }
  }
  return nullptr;
}

FastPage ControlHart::page(uint64_t address) {
  uint8_t* host = local(address, 4096);
  if (host == nullptr) return {};
  const bool in_sram = address >= kSram;
  if (in_sram && address - kSram >= CUBIST_PREFETCH_OFFSET) return {};
  return {host, true, in_sram};
}

BusReply ControlHart::fetch(uint64_t address, unsigned size) {
  BusReply reply;
  if (const uint8_t* host = local(address, size)) {
    std::memcpy(&reply.data, host, size);
  } else if (!memory_.read(address, {reinterpret_cast<uint8_t*>(&reply.data), size})) {
    reply.status = BusStatus::fault;
  }
  return reply;
}

BusReply ControlHart::load(uint64_t address, unsigned size) {
  if (const uint8_t* host = local(address, size)) {
    BusReply reply;
    std::memcpy(&reply.data, host, size);
    return reply;
  }
  return transact(false, address, size, 0);
}

BusReply ControlHart::store(uint64_t address, unsigned size, uint64_t data) {
  if (uint8_t* host = local(address, size)) {
    if (address < kSram) return {BusStatus::fault};
    std::memcpy(host, &data, size);
    return {};
  }
  return transact(true, address, size, data);
}

BusReply ControlHart::transact(bool write, uint64_t address, unsigned size, uint64_t data) {
  const bool ram = memory_.contains(address, size);
  if (!ram && address % size != 0) return {BusStatus::misaligned};
  BusReply reply;
  reply.data = data;
  payload_.set_command(write ? tlm::TLM_WRITE_COMMAND : tlm::TLM_READ_COMMAND);
  payload_.set_address(address);
  payload_.set_data_ptr(reinterpret_cast<uint8_t*>(&reply.data));
  payload_.set_data_length(size);
  payload_.set_streaming_width(size);
  payload_.set_byte_enable_ptr(nullptr);
  payload_.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
  sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
  if (ram) {
    payload_.set_extension(&info_);
    memory_side->b_transport(payload_, delay);
    payload_.clear_extension(&info_);
  } else {
    in_access_ = true;
    devices->b_transport(payload_, delay);
    in_access_ = false;
  }
  if (!payload_.is_response_ok()) {
    simulation_.report({0, name(),
                        std::string(write ? "store" : "load") + " of " + std::to_string(size) +
                            " bytes at " + hex(address) + " failed (pc " +
                            (locate_ ? locate_(hart_.pc()) : hex(hart_.pc())) +
                            "; as memory: " + memory_.describe(address) + ")",
                        false});
    return {BusStatus::fault};
  }
  // The cycle in which the instruction issues is the first of the access.
  const uint64_t cycles = (delay.value() + clock_.period() - 1) / clock_.period();
  reply.extra_cycles = static_cast<uint32_t>(cycles == 0 ? 0 : cycles - 1);
  return reply;
}

bool ControlHart::atomic_allowed(uint64_t address) {
  return local(address, 1) != nullptr ? address >= kSram : memory_.contains(address, 1);
}

uint64_t ControlHart::time() {
  return simulation_.now() / base::kNanosecond;
}

BusReply ControlHart::custom(uint32_t, uint64_t, uint64_t, uint64_t, bool&, bool& illegal) {
  illegal = true;  // The AI cores' instructions are not the scheduler's.
  return {};
}

// --- What it tells ---------------------------------------------------------------------------

/// The hart may have run ahead; the trap is shown when simulated time gets there.
void ControlHart::note_trap(const riscv::Trap& trap) {
  if (!simulation_.bus().active()) return;
  traps_.push_back(trap);
  const base::Time when = std::max(clock_.time_of(trap.cycle), simulation_.now());
  simulation_.agenda().at(when, rank_of(Unit::hart), *this, kTrapToken);
}

void ControlHart::emit_trap(const riscv::Trap& trap) {
  base::EventBus& bus = simulation_.bus();
  base::Event event{base::EventKind::instant, track_,
                    bus.name(trap.is_interrupt() ? "interrupt" : "exception"), simulation_.now()};
  event.with(bus.name("cause"), trap.code()).with(bus.name("pc"), trap.pc);
  bus.emit(event);
}

std::string ControlHart::describe_state() const {
  const std::string where = locate_ ? locate_(hart_.pc()) : hex(hart_.pc());
  std::string text = std::string(name()) + ": ";
  if (hart_.waiting()) {
    text += "waits for an interrupt (wfi) at " + where;
  } else if (stop_ == Stop::breakpoint || stop_ == Stop::halted) {
    text += "stopped at " + where;
  } else {
    text += "runs at " + where;
  }
  if (const auto& trap = hart_.last_trap(); trap && !trap->is_interrupt()) {
    text += std::string("; last exception: ") + riscv::cause_name(trap->cause) + " at " +
            (locate_ ? locate_(trap->pc) : hex(trap->pc)) + ", value " + hex(trap->value);
  }
  return text + "\n";
}

}  // namespace cubist::control
