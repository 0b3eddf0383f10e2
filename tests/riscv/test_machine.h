// SPDX-License-Identifier: Apache-2.0
// A bare machine with a device, for tests: it counts what the hart does outside and can refuse.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "systemc/riscv/hart.h"
#include "tools/riscv/bare_machine.h"

namespace cubist::riscv {

/// One call of the bus, as the device saw it.
struct BusCall {
  char kind;  // 'l', 's', 'c' (custom), 'r', 'w' (CSRs), 't' (time)
  uint64_t address;
  uint64_t data;
  bool operator==(const BusCall& o) const {
    return kind == o.kind && address == o.address && data == o.data;
  }
};

class TestMachine : public BareMachine {
 public:
  static constexpr uint64_t kDevice = 0x10000000;
  static constexpr uint64_t kDeviceBytes = 0x1000;

  TestMachine() : BareMachine(4 << 20) {}

  bool fast_pages = true;                 ///< Off: all of RAM is external.
  uint64_t external_from = ~uint64_t{0};  ///< Pages of RAM from here on have no fast path.
  uint32_t fetch_cycles = 0;              ///< Extra cycles of every fetch of two bytes.
  unsigned fetch_retries = 0;             ///< The next so many fetches are refused with `retry`.
  unsigned retries = 0;       ///< The next so many external accesses are refused with `retry`.
  uint32_t extra_cycles = 0;  ///< Of every device access and custom instruction.
  uint64_t time_value = 0;
  std::map<uint16_t, uint64_t> csrs;  ///< The CSRs that this bus has.
  std::vector<BusCall> calls;         ///< Device accesses, custom instructions, CSRs, time.

  /// Writes instructions to RAM at its base.
  void write_code(const std::vector<uint32_t>& words, uint64_t address = kRamBase);

  FastPage page(uint64_t address) override;
  BusReply load(uint64_t address, unsigned size) override;
  BusReply store(uint64_t address, unsigned size, uint64_t data) override;
  uint64_t time() override;
  BusReply custom(uint32_t instruction, uint64_t rd, uint64_t rs1, uint64_t rs2, bool& writes_rd,
                  bool& illegal) override;
  bool read_csr(uint16_t number, uint64_t& value) override;
  bool write_csr(uint16_t number, uint64_t value) override;
  BusReply fetch(uint64_t address, unsigned size) override;

 private:
  bool refuse();
};

/// Everything that must not depend on where run() was cut.
struct Outcome {
  uint64_t tohost = 0;  ///< 0: the program did not end.
  uint64_t cycles = 0;
  uint64_t retired = 0;
  std::vector<uint64_t> registers;
  std::vector<Trap> traps;
  std::vector<BusCall> calls;
};
bool operator==(const Outcome& a, const Outcome& b);

/// An interrupt line's change, for run_to_end().
struct LineChange {
  unsigned cause;
  bool level;
  uint64_t cycle;
};

/// Runs until the program writes tohost, as a SystemC owner would: in quanta, synchronising when
/// asked. Gives up after `limit` cycles.
Outcome run_to_end(TestMachine& machine, Hart& hart, uint64_t quantum,
                   const std::vector<LineChange>& changes = {}, uint64_t limit = 1'000'000);

/// Loads a program of tests/riscv/programs by name; fails the test when it cannot.
ElfImage load_program(TestMachine& machine, const std::string& name);

// Encoders for programs written in the tests themselves. Registers by number.
namespace code {
constexpr uint32_t kNop = 0x13, kWfi = 0x10500073, kMret = 0x30200073, kFence = 0x0ff0000f,
                   kEcall = 0x73, kEbreak = 0x00100073, kLoop = 0x6f, kFenceI = 0x100f;
constexpr uint32_t addi(uint32_t rd, uint32_t rs1, int32_t imm) {
  return 0x13 | rd << 7 | rs1 << 15 | static_cast<uint32_t>(imm) << 20;
}
constexpr uint32_t lui(uint32_t rd, uint32_t upper) {
  return 0x37 | rd << 7 | upper << 12;
}
constexpr uint32_t load(uint32_t funct3, uint32_t rd, uint32_t rs1, int32_t imm) {
  return 0x03 | funct3 << 12 | rd << 7 | rs1 << 15 | static_cast<uint32_t>(imm) << 20;
}
constexpr uint32_t store(uint32_t funct3, uint32_t rs2, uint32_t rs1, int32_t imm) {
  return 0x23 | funct3 << 12 | (static_cast<uint32_t>(imm) & 31) << 7 | rs1 << 15 | rs2 << 20 |
         (static_cast<uint32_t>(imm) >> 5 & 127) << 25;
}
constexpr uint32_t csrrw(uint32_t rd, uint32_t number, uint32_t rs1) {
  return 0x1073 | rd << 7 | rs1 << 15 | number << 20;
}
constexpr uint32_t csrrs(uint32_t rd, uint32_t number, uint32_t rs1) {
  return 0x2073 | rd << 7 | rs1 << 15 | number << 20;
}
constexpr uint32_t custom(uint32_t opcode, uint32_t rd, uint32_t rs1, uint32_t rs2, uint32_t funct3,
                          uint32_t funct7) {
  return opcode | rd << 7 | funct3 << 12 | rs1 << 15 | rs2 << 20 | funct7 << 25;
}
}  // namespace code

}  // namespace cubist::riscv
