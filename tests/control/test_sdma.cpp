// SPDX-License-Identifier: Apache-2.0
#include <numeric>

#include "tests/control/control_bench.h"

using namespace cubist;
using test::ControlBench;
using test::kHbm;
using test::kHost;

namespace {

enum : uint64_t { kDone = 1, kBusy = 2, kError = 4 };

void program(ControlBench& b, unsigned channel, uint64_t to, uint64_t from, uint64_t bytes) {
  b.write(CUBIST_SDMA_SRC_AT(channel), from);
  b.write(CUBIST_SDMA_DST_AT(channel), to);
  b.write(CUBIST_SDMA_BYTES_AT(channel), bytes);
}

std::vector<uint8_t> at(ControlBench& b, uint64_t address, size_t bytes) {
  std::vector<uint8_t> data(bytes);
  REQUIRE(b.map.read(address, data));
  return data;
}

}  // namespace

TEST_CASE("a copy moves its bytes, no others, and interrupts when done") {
  ControlBench b;
  std::iota(b.host.begin(), b.host.begin() + 3000, uint8_t{1});
  program(b, 3, kHbm + 100, kHost + 5, 2000);
  b.write(CUBIST_SDMA_START_AT(3), 1);
  CHECK(b.read(CUBIST_SDMA_STATUS_AT(3)) == kBusy);
  CHECK(!b.line(CUBIST_IRQ_SDMA));
  CHECK(at(b, kHbm + 100, 4) == std::vector<uint8_t>{0, 0, 0, 0});
  b.settle();
  CHECK(b.read(CUBIST_SDMA_STATUS_AT(3)) == kDone);
  CHECK(b.line(CUBIST_IRQ_SDMA));
  CHECK(at(b, kHbm + 100, 2000) == std::vector<uint8_t>(b.host.begin() + 5, b.host.begin() + 2005));
  CHECK(at(b, kHbm + 99, 1)[0] == 0);
  CHECK(at(b, kHbm + 2100, 1)[0] == 0);
  b.write(CUBIST_SDMA_STATUS_AT(3), kDone);
  CHECK(!b.line(CUBIST_IRQ_SDMA));
  CHECK(b.read(CUBIST_SDMA_STATUS_AT(3)) == 0);
}

namespace {

void check_overlap(int shift) {
  ControlBench b;
  std::vector<uint8_t> data(5000);
  std::iota(data.begin(), data.end(), uint8_t{7});
  b.map.write(kHbm + 1000, data);
  program(b, 0, kHbm + 1000 + static_cast<uint64_t>(shift), kHbm + 1000, data.size());
  b.write(CUBIST_SDMA_START_AT(0), 1);
  b.settle();
  CHECK(at(b, kHbm + 1000 + static_cast<uint64_t>(shift), data.size()) == data);
}

}  // namespace

TEST_CASE("a range is copied down over itself as through a buffer") {
  check_overlap(-700);
}
TEST_CASE("a range is copied up over itself as through a buffer") {
  check_overlap(700);
}

TEST_CASE("a fill repeats its pattern from its first byte") {
  ControlBench b;
  program(b, 1, kHbm + 511, 0, 7);
  b.write(CUBIST_SDMA_PATTERN_AT(1), 0x04030201);
  b.write(CUBIST_SDMA_START_AT(1), 2);
  b.settle();
  CHECK(at(b, kHbm + 510, 9) == std::vector<uint8_t>{0, 1, 2, 3, 4, 1, 2, 3, 0});
}

TEST_CASE("nothing to do is done at once") {
  ControlBench b;
  program(b, 0, 0, 0, 0);
  b.write(CUBIST_SDMA_START_AT(0), 1);
  b.settle();
  CHECK(b.read(CUBIST_SDMA_STATUS_AT(0)) == kDone);
  CHECK(b.simulation.now() == 0);
}

TEST_CASE("bad addresses are bus errors that name the first bad byte and write nothing") {
  ControlBench b;
  b.host[0] = 99;
  const uint64_t end = kHbm + (16 << 20);
  program(b, 0, end - 100, kHost, 101);
  b.write(CUBIST_SDMA_START_AT(0), 1);
  b.settle();
  CHECK(b.read(CUBIST_SDMA_STATUS_AT(0)) == (kDone | kError));
  CHECK(b.read(CUBIST_SDMA_ERROR_ADDRESS_AT(0)) == end);
  CHECK(at(b, end - 100, 1)[0] == 0);
  CHECK(b.last_report() == "channel 0: unmapped; nearest is HBM 0x1000000000..0x1000ffffff");
  program(b, 1, kHbm, 0x1234, 8);
  b.write(CUBIST_SDMA_START_AT(1), 1);
  program(b, 2, kHbm, ~uint64_t{0} - 3, 8);
  b.write(CUBIST_SDMA_START_AT(2), 1);
  b.settle();
  CHECK(b.read(CUBIST_SDMA_ERROR_ADDRESS_AT(1)) == 0x1234);
  CHECK(b.read(CUBIST_SDMA_STATUS_AT(2)) == (kDone | kError));
}

TEST_CASE("channels overlap in time, registers of a busy one are left alone") {
  ControlBench b;
  const auto time_of = [&](unsigned channels) {
    const base::Time start = b.simulation.now();
    for (unsigned c = 0; c < channels; ++c) {
      program(b, c, kHbm + c * 65536, kHbm + (8 << 20), 4096);
      b.write(CUBIST_SDMA_START_AT(c), 1);
    }
    b.settle();
    for (unsigned c = 0; c < channels; ++c) b.write(CUBIST_SDMA_STATUS_AT(c), kDone);
    return b.simulation.now() - start;
  };
  const base::Time one = time_of(1);
  CHECK(time_of(8) < 3 * one);
  program(b, 0, kHbm, kHost, 4096);
  b.write(CUBIST_SDMA_START_AT(0), 1);
  b.write(CUBIST_SDMA_BYTES_AT(0), 1);
  CHECK(b.last_report() == "channel 0 is busy; the write is ignored");
  b.write(CUBIST_SDMA_START_AT(0), 1);
  b.settle();
  CHECK(b.read(CUBIST_SDMA_BYTES_AT(0)) == 4096);
  b.write(CUBIST_SDMA_START_AT(0), 3);
  CHECK(b.last_report() == "START takes 1 (copy) or 2 (fill), not 3");
}

TEST_CASE("a stalled memory holds a copy, and the state says so") {
  ControlBench b;
  b.hbm.stalled_until = 50 * base::kMicrosecond;
  program(b, 0, kHbm, kHost, 4096);
  b.write(CUBIST_SDMA_FLOW_AT(0), 42);
  b.write(CUBIST_SDMA_START_AT(0), 1);
  b.wait(40 * base::kMicrosecond);
  CHECK(b.control.sdma.describe_state() ==
        "control.sdma.channel0: 0 of 4096 bytes done, 8 requests in flight (command 42)\n");
  b.settle();
  CHECK(b.read(CUBIST_SDMA_STATUS_AT(0)) == kDone);
  CHECK(b.simulation.now() > 50 * base::kMicrosecond);
}
