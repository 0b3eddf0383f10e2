// SPDX-License-Identifier: Apache-2.0
#include "systemc/control/control_subsystem.h"

#include <algorithm>
#include <cstdio>
#include <cstring>

#include "abi/cubist_abi.h"
#include "systemc/base/error.h"

namespace cubist::control {
namespace {

std::string hex(uint64_t value) {
  char text[24];
  std::snprintf(text, sizeof text, "0x%llx", static_cast<unsigned long long>(value));
  return text;
}

}  // namespace

std::vector<uint8_t> boot_stub(uint64_t entry) {
  const uint32_t code[] = {
      0x00000297,  // auipc t0, 0
      0x0102b283,  // ld    t0, 16(t0)
      0xf1402573,  // csrr  a0, mhartid
      0x00028067,  // jr    t0
  };
  std::vector<uint8_t> stub(sizeof code + sizeof entry);
  std::memcpy(stub.data(), code, sizeof code);
  std::memcpy(stub.data() + sizeof code, &entry, sizeof entry);
  return stub;
}

ControlSubsystem::ControlSubsystem(sc_core::sc_module_name name, base::Simulation& simulation,
                                   const ControlConfig& config, memory::MemoryMap& memory,
                                   HostInterrupt& host, unsigned first_node)
    : sc_module(name),
      bus("bus"),
      rom("boot_rom", CUBIST_REGION_BOOT_ROM_SIZE, false, config.bus),
      sram("sram", CUBIST_REGION_SRAM_SIZE, true, config.bus),
      hart("hart", simulation, config, rom, sram, memory, first_node),
      clint("clint", simulation, config, hart),
      intc("intc", simulation, config, hart),
      uart("uart", simulation, config, intc),
      watchdog("watchdog", simulation, config),
      sdma("sdma", simulation, config, memory, intc, first_node + 1),
      queues("queues", simulation, config, sram, memory, intc, host, first_node + 2),
      cores("cores", simulation, config, intc),
      bridge("bridge", simulation, config, memory) {
  attach_devices();
}

void ControlSubsystem::attach_devices() {
  hart.devices.bind(bus.from_hart);
  const auto attach = [this](const char* name, uint64_t base, uint64_t bytes, auto& unit) {
    bus.attach(name, base, bytes, unit.socket);
  };
  attach("BOOT_ROM", CUBIST_REGION_BOOT_ROM_BASE, CUBIST_REGION_BOOT_ROM_SIZE, rom);
  attach("CLINT", CUBIST_REGION_CLINT_BASE, CUBIST_REGION_CLINT_SIZE, clint);
  attach("INTC", CUBIST_REGION_INTC_BASE, CUBIST_REGION_INTC_SIZE, intc);
  attach("UART", CUBIST_REGION_UART_BASE, CUBIST_REGION_UART_SIZE, uart);
  attach("WATCHDOG", CUBIST_REGION_WATCHDOG_BASE, CUBIST_REGION_WATCHDOG_SIZE, watchdog);
  attach("SDMA", CUBIST_REGION_SDMA_BASE, CUBIST_REGION_SDMA_SIZE, sdma);
  attach("QUEUES", CUBIST_REGION_QUEUES_BASE, CUBIST_REGION_QUEUES_SIZE, queues);
  attach("CORES", CUBIST_REGION_CORES_BASE, CUBIST_REGION_CORES_SIZE, cores);
  attach("SRAM", CUBIST_REGION_SRAM_BASE, CUBIST_REGION_SRAM_SIZE, sram);
}

void ControlSubsystem::load_firmware(const riscv::ElfImage& program) {
  const auto place = [&](uint64_t address, uint64_t bytes, const std::string& what) -> uint8_t* {
    const uint64_t offset = address - CUBIST_REGION_SRAM_BASE;
    if (address < CUBIST_REGION_SRAM_BASE || offset > CUBIST_PREFETCH_OFFSET ||
        bytes > CUBIST_PREFETCH_OFFSET - offset) {
      throw base::UserError(
          "firmware: " + what + " at " + hex(address) + " (" + std::to_string(bytes) +
          " bytes) does not lie in the scheduler's SRAM " + hex(CUBIST_REGION_SRAM_BASE) + ".." +
          hex(CUBIST_REGION_SRAM_BASE + CUBIST_PREFETCH_OFFSET - 1) +
          "; link it with firmware/scheduler's linker script");
    }
    return sram.bytes().data() + offset;
  };
  place(program.entry, 4, "the entry point");
  for (const riscv::ElfSegment& segment : program.segments) {
    uint8_t* const to = place(segment.physical_address, segment.memory_size, "a segment");
    std::copy(segment.data.begin(), segment.data.end(), to);
    std::fill(to + segment.data.size(), to + segment.memory_size, uint8_t{0});
  }
  const std::vector<uint8_t> stub = boot_stub(program.entry);
  std::copy(stub.begin(), stub.end(), rom.bytes().begin());
  hart.set_symbols([program](uint64_t pc) { return program.locate(pc); });
}

std::string ControlSubsystem::describe_state() const {
  return hart.describe_state() + queues.describe_state() + sdma.describe_state();
}

}  // namespace cubist::control
