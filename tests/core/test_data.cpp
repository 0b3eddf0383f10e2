// SPDX-License-Identifier: Apache-2.0
// Kernels that move and compute, checked against plain arithmetic.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <cstring>

#include "systemc/base/simulation.h"
#include "tests/core/core_bench.h"

using namespace cubist::core;

namespace {

std::vector<uint16_t> random_halves(Random& random, size_t count, int limit) {
  std::vector<uint16_t> v(count);
  for (uint16_t& x : v) {
    x = half_of(static_cast<int>(random.below(2 * static_cast<uint32_t>(limit) + 1)) - limit);
  }
  return v;
}

void check_matmul(CoreBench& bench, unsigned m, unsigned k, unsigned n, unsigned step,
                  unsigned core = 0) {
  Random random{m * 1000003 + k * 1009 + n};
  const auto a = random_halves(random, m * k, 3), b = random_halves(random, k * n, 3);
  bench.put(kInput0, a);
  bench.put(kInput1, b);
  bench.put(kOutput, std::vector<uint16_t>(m * n + 16, 0xbeef));
  const CoreResult r = bench.run("matmul", {{kInput0, kInput1, 0}, kOutput, {m, k, n, step}}, core);
  INFO(m << " x " << k << " x " << n << ": " << r.text);
  REQUIRE(r.status == 2);
  const auto c = bench.get<uint16_t>(kOutput, m * n + 16);
  for (unsigned i = 0; i < m; ++i) {
    for (unsigned j = 0; j < n; ++j) {
      double sum = 0;
      for (unsigned p = 0; p < k; ++p) sum += value_of(a[i * k + p]) * value_of(b[p * n + j]);
      REQUIRE(value_of(c[i * n + j]) == sum);
    }
  }
  for (unsigned i = 0; i < 16; ++i) REQUIRE(c[m * n + i] == 0xbeef);
}

}  // namespace

TEST_CASE("a copy through L1 arrives whole, at any size and however the memory answers") {
  CoreBench bench({{.answering = Answering::at_once},
                   {.answering = Answering::phases},
                   {.answering = Answering::stingy},
                   {.timing = Timing::none, .answering = Answering::refusing}});
  Random random;
  for (const unsigned blocks : {1u, 15u, 16u, 17u, 100u, 4096u}) {
    for (unsigned core = 0; core < 4; ++core) {
      std::vector<uint8_t> data(blocks * 32);
      for (uint8_t& x : data) x = static_cast<uint8_t>(random.next());
      // GM addresses need no alignment.
      bench.put(kInput0 + 5, data);
      bench.put(kOutput + 3, std::vector<uint8_t>(blocks * 32 + 8, 0xee));
      const CoreResult r = bench.run("copy_l1", {{kInput0 + 5, 0, 0}, kOutput + 3, {blocks}}, core);
      REQUIRE(r.status == 2);
      REQUIRE(bench.get<uint8_t>(kOutput + 3, data.size()) == data);
      REQUIRE(bench.get<uint8_t>(kOutput + 3 + data.size(), 1)[0] == 0xee);
    }
  }
}

TEST_CASE("a large copy runs at the width of its port, a small one takes the latency") {
  CoreBench bench({{.answering = Answering::phases, .latency_cycles = 300}});
  const unsigned blocks = 8192;  // 256 KiB
  const CoreResult r = bench.run("copy_l1", {{kInput0, 0, 0}, kOutput, {blocks}});
  const double in = 262144 / 143.0, out = 262144 / 108.0;
  const uint64_t mte2 = bench.statistic("mte2.busy_cycles");
  const uint64_t mte3 = bench.statistic("mte3.busy_cycles");
  CHECK(mte2 == Approx(in + 24 + 300).epsilon(0.01));
  CHECK(mte3 == Approx(out + 24 + 300).epsilon(0.01));
  CHECK(r.cycles > mte2 + mte3);
  CHECK(bench.statistic("gm_to_l1_bytes") == 262144);
  CHECK(bench.statistic("l1_to_gm_bytes") == 262144);
  // Besides, whole granules of code (4 requests each) and lines of data.
  const uint64_t scalar =
      bench.statistic("s.icache_misses") * 4 + bench.statistic("s.dcache_misses");
  CHECK(bench.statistic("requests") == 1024 + scalar);
  bench.run("copy_l1", {{kInput0, 0, 0}, kOutput, {1}});
  CHECK(bench.statistic("mte2.busy_cycles") - mte2 == 24 + 300 + 1);
}

TEST_CASE("a mover keeps no more requests in flight than it may") {
  CoreBench bench({{.latency_cycles = 400, .max_outstanding = 8, .max_outstanding_writes = 4}});
  bench.run("copy_l1", {{kInput0, 0, 0}, kOutput, {4096}});  // 256 requests each way
  CHECK(bench.worst_in_flight() == 8);
  // Eight reads, or four writes, every latency: the window is the limit, not the port.
  CHECK(bench.statistic("mte2.busy_cycles") == Approx(256 / 8 * 400).epsilon(0.05));
  CHECK(bench.statistic("mte3.busy_cycles") == Approx(256 / 4 * 400).epsilon(0.05));
}

TEST_CASE("rows that begin within a block of 32 bytes move at a share of the port's width") {
  CoreSetup setup;
  setup.unaligned_share = 0.25;
  CoreBench bench({setup});
  const unsigned blocks = 8192;  // 256 KiB
  bench.run("copy_l1", {{kInput0, 0, 0}, kOutput, {blocks}});
  const uint64_t aligned = bench.statistic("mte2.busy_cycles");
  CHECK(aligned == Approx(262144 / 143.0 + 24 + 300).epsilon(0.01));
  bench.run("copy_l1", {{kInput0 + 2, 0, 0}, kOutput, {blocks}});
  CHECK(bench.statistic("mte2.busy_cycles") - aligned ==
        Approx(4 * 262144 / 143.0 + 24 + 300).epsilon(0.01));
}

TEST_CASE("a core's first block of a kernel starts late, later ones do not") {
  CoreSetup cold;
  cold.cold_start_cycles = 5000;
  CoreBench bench({CoreSetup{}, cold});
  const TestArgs args = {{kInput0, 0, 0}, kOutput, {16}};
  const auto more = [&](const char* kernel) {
    const uint64_t without = bench.run(kernel, args, 0).cycles;
    return bench.run(kernel, args, 1).cycles - without;
  };
  CHECK(more("copy_l1") == 5000);
  CHECK(more("copy_l1") == 0);
  CHECK(more("read_thrice") == 5000);
  CHECK(more("copy_l1") == 0);
}

TEST_CASE("a tile is multiplied end to end: ND to NZ, fractals, transpose, mmad, FIXPIPE") {
  CoreBench bench({CoreSetup{}});
  check_matmul(bench, 16, 16, 16, 4);
  check_matmul(bench, 1, 1, 1, 1);
  check_matmul(bench, 64, 256, 32, 4);
  check_matmul(bench, 33, 70, 19, 2);
  check_matmul(bench, 128, 100, 60, 3);
  check_matmul(bench, 7, 300, 100, 5);
}

TEST_CASE("the cube overlaps instructions, and the pipes overlap each other") {
  CoreBench bench({CoreSetup{}});
  check_matmul(bench, 128, 512, 128, 4);
  const uint64_t cube = bench.statistic("m.busy_cycles");
  const uint64_t ideal = 8 * 32 * 8;
  CHECK(cube >= ideal);
  CHECK(cube < ideal + ideal / 4);
  // Eight chunks; with two buffers, loading one hides behind computing the other.
  CHECK(bench.statistic("m.instructions") == 8);
  CHECK(bench.statistic("m.macs") == 128 * 512 * 128);
  const auto m = bench.names(0, "m");
  CHECK(std::count(m.begin(), m.end(), "mmad") == 8);
  CHECK(std::count(m.begin(), m.end(), "wait_flag") > 0);
}

TEST_CASE("vector addition with two buffers, also of sizes that divide by nothing") {
  CoreBench bench({{.kind = CoreKind::aiv}, {.kind = CoreKind::aiv, .timing = Timing::none}});
  Random random{3};
  for (const unsigned count : {1u, 77u, 2048u, 5000u, 20011u}) {
    for (unsigned core = 0; core < 2; ++core) {
      const auto a = random_halves(random, count, 1000), b = random_halves(random, count, 1000);
      bench.put(kInput0, a);
      bench.put(kInput1, b);
      bench.put(kOutput, std::vector<uint16_t>(count + 1, 0xbeef));
      const CoreResult r = bench.run("vector_add", {{kInput0, kInput1, 0}, kOutput, {count}}, core);
      INFO(r.text);
      REQUIRE(r.status == 2);
      const auto c = bench.get<uint16_t>(kOutput, count + 1);
      for (unsigned i = 0; i < count; ++i)
        REQUIRE(value_of(c[i]) == value_of(a[i]) + value_of(b[i]));
      REQUIRE(c[count] == 0xbeef);
    }
  }
}

TEST_CASE("load3d unrolls a feature map for the cube") {
  CoreBench bench({CoreSetup{}});
  Random random{9};
  struct Shape {
    unsigned h, w, c1, f, stride, dilation, pad;
  };
  for (const Shape& s :
       {Shape{5, 7, 1, 3, 1, 1, 1}, Shape{8, 8, 2, 2, 2, 1, 0}, Shape{9, 6, 1, 3, 2, 2, 2}}) {
    const unsigned oh = (s.h + 2 * s.pad - s.dilation * (s.f - 1) - 1) / s.stride + 1;
    const unsigned ow = (s.w + 2 * s.pad - s.dilation * (s.f - 1) - 1) / s.stride + 1;
    const unsigned rows = oh * ow, columns = s.c1 * s.f * s.f * 16;
    const auto map = random_halves(random, s.c1 * s.h * s.w * 16, 2000);
    std::vector<uint16_t> identity(256);
    for (unsigned i = 0; i < 16; ++i) identity[i * 16 + i] = half_of(1);
    bench.put(kInput0, map);
    bench.put(kInput1, identity);
    const CoreResult r = bench.run(
        "im2col",
        {{kInput0, kInput1, 0}, kOutput, {s.h, s.w, s.c1, s.f, s.stride, s.dilation, s.pad, rows}});
    INFO(r.text);
    REQUIRE(r.status == 2);
    const auto out = bench.get<uint16_t>(kOutput, rows * columns);
    for (unsigned row = 0; row < rows; ++row) {
      for (unsigned column = 0; column < columns; ++column) {
        const unsigned c0 = column % 16, tap = column / 16 % (s.f * s.f),
                       c1 = column / 16 / (s.f * s.f);
        const int y = static_cast<int>(row / ow * s.stride + tap / s.f * s.dilation) -
                      static_cast<int>(s.pad);
        const int x = static_cast<int>(row % ow * s.stride + tap % s.f * s.dilation) -
                      static_cast<int>(s.pad);
        const bool inside =
            y >= 0 && x >= 0 && y < static_cast<int>(s.h) && x < static_cast<int>(s.w);
        const uint16_t expected =
            inside ? map[((c1 * s.h + static_cast<unsigned>(y)) * s.w + static_cast<unsigned>(x)) *
                             16 +
                         c0]
                   : 0;
        REQUIRE(value_of(out[row * columns + column]) == value_of(expected));
      }
    }
  }
}

TEST_CASE("the scalar unit loads and stores GM and UB, does atomics and reads its CSRs") {
  CoreBench bench({{.kind = CoreKind::aiv}, {.kind = CoreKind::aiv, .timing = Timing::none}});
  for (unsigned core = 0; core < 2; ++core) {
    std::vector<uint64_t> in(100);
    uint64_t sum = 0;
    for (unsigned i = 0; i < 100; ++i) sum += (in[i] = i * i + 1) + i % 64 * 3;
    bench.put(kInput0, in);
    bench.put(kOutput, std::vector<uint64_t>{0, 0, 35, 0});
    const CoreResult r = bench.run("scalar", {{kInput0, 0, 0}, kOutput, {100}}, core);
    INFO(r.text);
    REQUIRE(r.status == 2);
    const auto out = bench.get<uint64_t>(kOutput, 4);
    CHECK(out[0] == sum);
    CHECK(out[1] == (uint64_t{5} << 32 | 3));
    CHECK(out[2] == 42);
    CHECK(out[3] == 192 * 1024);
    // A line of the data cache holds eight numbers; a miss takes the memory's latency. So does
    // writing the results back: before the atomic, which goes past the cache, and at the end.
    if (core == 0) {
      CHECK(r.cycles > (13 + 5) * 300);
      CHECK(r.cycles < (13 + 5) * 300 + 4000);
      CHECK(bench.statistic("s.dcache_misses") >= 13);
      CHECK(bench.statistic("s.dcache_misses") < 20);
      CHECK(bench.statistic("s.dcache_hits") > 80);
    }
    if (core == 1) CHECK(r.cycles < 5000);
    const auto s = bench.names(core, "s");
    CHECK(std::count(s.begin(), s.end(), "trace") == 1);
  }
}

TEST_CASE("INT8 matrices are multiplied and requantised column by column") {
  CoreBench bench({CoreSetup{}});
  Random random{31};
  struct Shape {
    unsigned m, k, n;
  };
  for (const Shape& s : {Shape{16, 32, 16}, Shape{37, 70, 45}, Shape{64, 200, 100}}) {
    std::vector<int8_t> a(s.m * s.k), b(s.n * s.k);
    for (auto* v : {&a, &b}) {
      for (int8_t& x : *v) x = static_cast<int8_t>(random.next());
    }
    const unsigned scale_words = (s.n + 7) / 8 * 8;
    std::vector<uint64_t> params(scale_words + (s.n + 15) / 16 * 8);
    std::vector<float> scale(s.n), slope(s.n);
    std::vector<int> offset(s.n);
    for (unsigned n = 0; n < s.n; ++n) {
      scale[n] = static_cast<float>(random.between(1, 100)) / 65536;
      slope[n] = static_cast<float>(random.below(9)) / 8;
      offset[n] = static_cast<int>(random.below(40)) - 20;
      uint32_t bits;
      std::memcpy(&bits, &scale[n], 4);
      params[n] = uint64_t{static_cast<uint32_t>(offset[n]) & 0x1ff} << 32 | bits;
      std::memcpy(reinterpret_cast<uint8_t*>(params.data()) + scale_words * 8 + n * 4, &slope[n],
                  4);
    }
    bench.put(kInput0, a);
    bench.put(kInput1, b);
    bench.put(kInput1 + 0x80000, params);
    const CoreResult r =
        bench.run("requant", {{kInput0, kInput1, kInput1 + 0x80000}, kOutput, {s.m, s.k, s.n}});
    INFO(s.m << " x " << s.k << " x " << s.n << ": " << r.text);
    REQUIRE(r.status == 2);
    const auto out = bench.get<int8_t>(kOutput, (s.n + 31) / 32 * 32 * s.m);
    for (unsigned m = 0; m < s.m; ++m) {
      for (unsigned n = 0; n < s.n; ++n) {
        int32_t sum = 0;
        for (unsigned k = 0; k < s.k; ++k) sum += a[m * s.k + k] * b[n * s.k + k];
        auto x = static_cast<float>(sum);
        if (x < 0) x *= slope[n];
        x *= scale[n];
        const double expected =
            std::clamp(std::nearbyint(static_cast<double>(x)) + offset[n], -128.0, 127.0);
        REQUIRE(out[n / 32 * s.m * 32 + m * 32 + n % 32] == expected);
      }
    }
  }
}
