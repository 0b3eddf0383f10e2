// SPDX-License-Identifier: Apache-2.0
// Register checks, interrupt controller, UART, watchdog, core window.
#include "tests/control/control_bench.h"

using namespace cubist;
using test::ControlBench;

TEST_CASE("accesses that no register takes are bus errors, reported by name") {
  ControlBench b;
  CHECK(b.fails(false, CUBIST_UART_STATUS_AT, 4));
  CHECK(b.last_report() ==
        "read of 4 bytes at offset 0x10: UART.STATUS takes accesses of 8 bytes only");
  CHECK(b.fails(true, CUBIST_UART_STATUS_AT));
  CHECK(b.last_report() == "write of 8 bytes at offset 0x10: UART.STATUS is read-only");
  CHECK(b.fails(false, CUBIST_UART_TX_AT));
  CHECK(b.last_report() == "read of 8 bytes at offset 0x0: UART.TX is write-only");
  CHECK(b.fails(false, CUBIST_REGION_UART_BASE + 0x18));
  CHECK(b.last_report() == "read of 8 bytes at offset 0x18: there is no register");
  CHECK(b.fails(false, CUBIST_REGION_UART_BASE + 1));
  CHECK(b.fails(false, 0x0500'0000 - 8));  // Between regions.
  CHECK(b.control.bus.describe(CUBIST_REGION_UART_BASE + 8) == "UART + 0x8");
  CHECK(b.control.bus.describe(CUBIST_REGION_UART_BASE + 0x1000) ==
        "unmapped; nearest is UART 0x4000000..0x4000fff");
  CHECK(b.fails(true, CUBIST_REGION_BOOT_ROM_BASE));  // ROM.
}

TEST_CASE("register accesses annotate their latency") {
  ControlBench b;
  b.read(CUBIST_UART_STATUS_AT);
  CHECK(b.latency == memory::to_sc(b.config.bus));
  b.read(CUBIST_CORE_SHARED_AIC_DONE_AT);
  CHECK(b.latency == memory::to_sc(b.config.bus));
}

TEST_CASE("UART sends lines, receives bytes, and interrupts while one waits") {
  ControlBench b;
  std::vector<std::string> lines;
  b.control.uart.on_line([&](std::string_view l) { lines.emplace_back(l); });
  for (const char c : std::string("hello\r\nwor"))
    b.write(CUBIST_UART_TX_AT, static_cast<uint8_t>(c));
  CHECK(lines == std::vector<std::string>{"hello"});
  CHECK(b.control.uart.output() == "hello\r\nwor");

  CHECK(b.read(CUBIST_UART_STATUS_AT) == 1);
  CHECK(b.read(CUBIST_UART_RX_AT) == control::Uart::kNothingReceived);
  CHECK(!b.line(CUBIST_IRQ_UART));
  b.control.uart.receive("ab");
  CHECK(b.read(CUBIST_UART_STATUS_AT) == 3);
  CHECK(b.line(CUBIST_IRQ_UART));
  CHECK(b.read(CUBIST_UART_RX_AT) == 'a');
  CHECK(b.line(CUBIST_IRQ_UART));
  CHECK(b.read(CUBIST_UART_RX_AT) == 'b');
  CHECK(!b.line(CUBIST_IRQ_UART));
}

TEST_CASE("the watchdog reports once when nobody kicks it") {
  ControlBench b;
  b.write(CUBIST_WATCHDOG_PERIOD_AT, 1000);
  b.wait(900 * base::kNanosecond);
  b.write(CUBIST_WATCHDOG_KICK_AT, 0);
  b.wait(900 * base::kNanosecond);
  CHECK(b.control.watchdog.bites() == 0);
  b.wait(200 * base::kNanosecond);
  CHECK(b.control.watchdog.bites() == 1);
  CHECK(b.last_report() == "the firmware has not kicked the watchdog for 1000 ns");
  b.settle();
  CHECK(b.control.watchdog.bites() == 1);
  b.write(CUBIST_WATCHDOG_PERIOD_AT, 0);
  b.settle();
  CHECK(b.control.watchdog.bites() == 1);
}

TEST_CASE("MTIME is simulated time in nanoseconds") {
  ControlBench b;
  b.wait(1234 * base::kNanosecond + 567);
  CHECK(b.read(CUBIST_CLINT_MTIME_AT) == 1234);
  CHECK(b.fails(true, CUBIST_CLINT_MTIME_AT));
}

namespace {

struct FakeCore : control::CorePort {
  std::vector<std::pair<uint64_t, uint64_t>> writes;
  uint64_t status = 2;
  bool read_register(uint64_t offset, uint64_t& value) override {
    value = offset == CUBIST_CORE_STATUS ? status : offset + 1;
    return true;
  }
  bool write_register(uint64_t offset, uint64_t value) override {
    writes.emplace_back(offset, value);
    return true;
  }
};

}  // namespace

TEST_CASE("core registers are forwarded, done bits interrupt until cleared") {
  ControlBench b;
  FakeCore aic, aiv0, aiv1;
  b.control.cores.add_aic(aic);
  b.control.cores.add_aiv(aiv0);
  b.control.cores.add_aiv(aiv1);
  CHECK(b.read(CUBIST_CORE_SHARED_AIC_COUNT_AT) == 1);
  CHECK(b.read(CUBIST_CORE_SHARED_AIV_COUNT_AT) == 2);
  b.write(CUBIST_CORE_ENTRY_AT(0), 0x1234);
  b.write(CUBIST_CORE_START_AT(CUBIST_AIV_INDEX + 1), 1);
  CHECK(aic.writes == decltype(aic.writes){{CUBIST_CORE_ENTRY, 0x1234}});
  CHECK(aiv1.writes == decltype(aic.writes){{CUBIST_CORE_START, 1}});
  CHECK(aiv0.writes.empty());
  CHECK(b.latency == memory::to_sc(b.config.bus));  // Stores are posted, loads go to the core.
  CHECK(b.read(CUBIST_CORE_ERROR_PC_AT(0)) == CUBIST_CORE_ERROR_PC + 1);
  CHECK(b.latency == memory::to_sc(b.config.core_read));
  CHECK(b.fails(false, CUBIST_CORE_STATUS_AT(1)));
  CHECK(b.last_report() == "there is no core with index 1");

  b.control.cores.finished(false, 0);
  b.control.cores.finished(true, 1);
  CHECK(b.read(CUBIST_CORE_SHARED_AIC_DONE_AT) == 0);  // On its way.
  b.wait(b.config.core_done + 1);
  CHECK(b.read(CUBIST_CORE_SHARED_AIC_DONE_AT) == 1);
  CHECK(b.read(CUBIST_CORE_SHARED_AIV_DONE_AT) == 2);
  CHECK(b.line(CUBIST_IRQ_CORE));
  b.write(CUBIST_CORE_SHARED_AIC_DONE_AT, 1);
  CHECK(b.line(CUBIST_IRQ_CORE));
  b.write(CUBIST_CORE_SHARED_AIV_DONE_AT, 2);
  CHECK(!b.line(CUBIST_IRQ_CORE));
}

TEST_CASE("failed bits come and go with the done bits of blocks that failed") {
  ControlBench b;
  FakeCore aic, aiv0, aiv1;
  b.control.cores.add_aic(aic);
  b.control.cores.add_aiv(aiv0);
  b.control.cores.add_aiv(aiv1);
  aiv1.status = 3;
  b.control.cores.finished(false, 0);
  b.control.cores.finished(true, 0);
  b.control.cores.finished(true, 1);
  CHECK(b.read(CUBIST_CORE_SHARED_AIV_FAILED_AT) == 0);  // On its way.
  b.wait(b.config.core_done + 1);
  CHECK(b.read(CUBIST_CORE_SHARED_AIV_DONE_AT) == 3);
  CHECK(b.read(CUBIST_CORE_SHARED_AIC_FAILED_AT) == 0);
  CHECK(b.read(CUBIST_CORE_SHARED_AIV_FAILED_AT) == 2);
  CHECK(b.fails(true, CUBIST_CORE_SHARED_AIV_FAILED_AT));
  b.write(CUBIST_CORE_SHARED_AIV_DONE_AT, 1);
  CHECK(b.read(CUBIST_CORE_SHARED_AIV_FAILED_AT) == 2);
  b.write(CUBIST_CORE_SHARED_AIV_DONE_AT, 2);
  CHECK(b.read(CUBIST_CORE_SHARED_AIV_FAILED_AT) == 0);
}

TEST_CASE("the host bridge has latency, width and a bounded number of requests") {
  ControlBench b({"bridge.depth=4"});
  // 64 KiB from host memory to HBM.
  b.write(CUBIST_SDMA_SRC_AT(0), test::kHost);
  b.write(CUBIST_SDMA_DST_AT(0), test::kHbm);
  b.write(CUBIST_SDMA_BYTES_AT(0), 65536);
  b.write(CUBIST_SDMA_START_AT(0), 1);
  b.settle();
  CHECK(b.read(CUBIST_SDMA_STATUS_AT(0)) == 1);
  CHECK(b.control.bridge.read_bytes() == 65536);
  CHECK(b.control.bridge.refusals() > 0);
  // Four lines in flight for a latency of 400 ns and more each.
  const double least = 65536.0 / 512 / 4 * 400;
  const double took = static_cast<double>(b.simulation.now()) / base::kNanosecond;
  CHECK(took > least);
  CHECK(took < least * 1.3);
}
