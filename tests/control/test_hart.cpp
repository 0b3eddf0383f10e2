// SPDX-License-Identifier: Apache-2.0
// The control hart in its surroundings: boot, devices, interrupts and their latency.
#include <iterator>

#include "systemc/base/error.h"
#include "tests/control/control_bench.h"

using namespace cubist;
using test::ControlBench;

namespace {

/// A program for SRAM from hand-assembled words.
riscv::ElfImage program(const std::vector<uint32_t>& words,
                        uint64_t base = CUBIST_REGION_SRAM_BASE) {
  riscv::ElfSegment segment;
  segment.virtual_address = segment.physical_address = base;
  segment.data.resize(words.size() * 4);
  std::memcpy(segment.data.data(), words.data(), segment.data.size());
  segment.memory_size = segment.data.size();
  riscv::ElfImage image;
  image.entry = base;
  image.segments.push_back(segment);
  return image;
}

const std::vector<uint32_t> kHello = {
    0x040002b7,  // lui  t0, 0x4000        UART
    0x04800313,  // li   t1, 'H'
    0x0062b023,  // sd   t1, 0(t0)
    0x00a00313,  // li   t1, '\n'
    0x0062b023,  // sd   t1, 0(t0)
    0x10500073,  // wfi
    0xffdff06f,  // j    .-4
};

const std::vector<uint32_t> kTimer = {
    0x00000397,  // auipc t2, 0
    0x02838393,  // addi  t2, t2, 40       handler
    0x30539073,  // csrw  mtvec, t2
    0x020042b7,  // lui   t0, 0x2004       MTIMECMP
    0x3e800313,  // li    t1, 1000
    0x0062b023,  // sd    t1, 0(t0)
    0x08000313,  // li    t1, 0x80         MTIE
    0x30431073,  // csrw  mie, t1
    0x30046073,  // csrsi mstatus, 8       MIE
    0x0000006f,  // j     .
    0xfff00313,  // handler: li t1, -1
    0x0062b023,  // sd    t1, 0(t0)        lowers the line
    0x30200073,  // mret
};

void check_timer(const std::string& quantum) {
  ControlBench b({"sim.quantum_cycles=" + quantum});
  b.control.load_firmware(program(kTimer));
  b.control.hart.start();
  b.wait(10 * base::kMicrosecond);
  const auto& hart = b.control.hart.hart();
  REQUIRE(hart.last_trap());
  CHECK(hart.last_trap()->code() == 7);
  // 1000 ns, then the way of the interrupt; the loop takes two cycles.
  CHECK(hart.last_trap()->cycle >= 1100);
  CHECK(hart.last_trap()->cycle <= 1101);
  CHECK(hart.interrupt_count(7) == 1);
}

}  // namespace

TEST_CASE("the hart boots from ROM into SRAM and reaches devices") {
  ControlBench b;
  b.control.load_firmware(program(kHello));
  b.control.hart.start();
  b.settle();
  CHECK(b.control.uart.output() == "H\n");
  CHECK(b.control.hart.hart().waiting());
  CHECK(b.control.hart.describe_state() ==
        "control.hart: waits for an interrupt (wfi) at 0x8000018\n");
}

TEST_CASE("a timer interrupt comes at its cycle: quantum 1") {
  check_timer("1");
}
TEST_CASE("a timer interrupt comes at its cycle: quantum 7") {
  check_timer("7");
}
TEST_CASE("a timer interrupt comes at its cycle: quantum 100") {
  check_timer("100");
}

TEST_CASE("a line from outside wakes a sleeping hart after the interrupt's way") {
  ControlBench b;
  auto words = std::vector<uint32_t>{
      0x000012b7,  // lui  t0, 1
      0x8002829b,  // addiw t0, t0, -2048   MEIE
      0x30429073,  // csrw mie, t0
      0x030002b7,  // lui  t0, 0x3000       INTC
      0x00800313,  // li   t1, 8            UART
      0x0062b423,  // sd   t1, 8(t0)        ENABLE
      0x10500073,  // wfi
  };
  words.insert(words.end(), kHello.begin(), kHello.end());
  b.control.load_firmware(program(words));
  b.control.hart.start();
  b.wait(base::kMicrosecond);
  CHECK(b.control.uart.output().empty());
  b.control.uart.receive("x");
  b.wait(test::kInterruptPath - 1);
  CHECK(b.control.uart.output().empty());
  b.wait(30 * base::kNanosecond);
  CHECK(b.control.uart.output() == "H\n");
}

TEST_CASE("HBM and host memory answer loads with their latency") {
  ControlBench b;
  const std::vector<uint32_t> words = {
      0x0010029b,  // addiw t0, zero, 1
      0x02429293,  // slli  t0, t0, 36      HBM
      0x0002b303,  // ld    t1, 0(t0)
      0x00130313,  // addi  t1, t1, 1
      0x0062b423,  // sd    t1, 8(t0)
      0x10500073,  // wfi
  };
  const uint64_t value = 0x1122334455667788;
  b.map.write(test::kHbm, {reinterpret_cast<const uint8_t*>(&value), 8});
  b.control.load_firmware(program(words));
  b.control.hart.start();
  b.settle();
  uint64_t back = 0;
  b.map.read(test::kHbm + 8, {reinterpret_cast<uint8_t*>(&back), 8});
  CHECK(back == value + 1);
  CHECK(b.control.hart.hart().cycle() > 200);  // Two accesses of 100 ns and more.
}

TEST_CASE("a store into the void traps precisely and is reported") {
  ControlBench b;
  const std::vector<uint32_t> words = {
      0x060002b7,  // lui  t0, 0x6000
      0x0062b423,  // sd   t1, 8(t0)
      0x10500073,  // wfi
  };
  b.control.load_firmware(program(words));
  b.control.hart.start();
  b.wait(100 * base::kNanosecond);
  const auto& trap = b.control.hart.hart().last_trap();
  REQUIRE(trap);
  REQUIRE(!b.simulation.reports().empty());
  CHECK_THAT(b.simulation.reports()[0].text,
             Catch::Contains("store of 8 bytes at 0x6000008 failed (pc 0x8000004"));
}

TEST_CASE("firmware beyond SRAM is refused with a message that names the range") {
  ControlBench b;
  CHECK_THROWS_WITH(b.control.load_firmware(program(kHello, 0x80000000)),
                    Catch::Contains("0x8000000..0x80effff"));
  CHECK_THROWS_AS(b.control.load_firmware(
                      program(kHello, CUBIST_REGION_SRAM_BASE + CUBIST_PREFETCH_OFFSET - 8)),
                  base::UserError);
}
