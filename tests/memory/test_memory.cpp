// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <cstring>
#include <random>

#include "systemc/memory/backing_store.h"
#include "systemc/memory/interleave.h"
#include "systemc/memory/link_calendar.h"
#include "systemc/memory/memory_map.h"

using namespace cubist::memory;

namespace {
constexpr uint64_t kBase = 0x10'0000'0000;
constexpr uint64_t kHost = 0x8000'0000'0000;
}  // namespace

TEST_CASE("64 GiB cost what is written") {
  BackingStore store(uint64_t{64} << 30);
  CHECK(store.allocated() == 0);
  uint8_t byte = 0xff;
  store.read((uint64_t{64} << 30) - 1, {&byte, 1});
  CHECK(byte == 0);
  CHECK(store.allocated() == 0);
  const std::vector<uint8_t> data(10, 7);
  store.write(BackingStore::kChunkBytes - 5, data);
  CHECK(store.allocated() < 3 * BackingStore::kChunkBytes);
  std::vector<uint8_t> back(12);
  store.read(BackingStore::kChunkBytes - 6, back);
  CHECK(back == std::vector<uint8_t>{0, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 0});
  const uint64_t before = store.allocated();
  store.fill(1 << 30, 1 << 30, 0);
  CHECK(store.allocated() == before);
}

TEST_CASE("fill repeats its pattern from the first byte on") {
  MemoryMap map(kBase, 1 << 20);
  const auto host = map.add_host_range(kHost, 4096);
  REQUIRE(host);
  for (const uint64_t at : {kBase, kBase + 3, kBase + 65533, kHost + 1}) {
    REQUIRE(map.fill(at, 11, 0x44332211));
    std::vector<uint8_t> back(12);
    REQUIRE(map.read(at, back));
    CHECK(back == std::vector<uint8_t>{0x11, 0x22, 0x33, 0x44, 0x11, 0x22, 0x33, 0x44, 0x11, 0x22,
                                       0x33, 0});
  }
}

TEST_CASE("what is not RAM is not touched") {
  MemoryMap map(kBase, 1 << 20);
  std::vector<uint8_t> bytes(16, 9);
  CHECK(map.contains(kBase + (1 << 20) - 16, 16));
  CHECK(!map.contains(kBase + (1 << 20) - 15, 16));
  CHECK(!map.contains(kBase - 1, 16));
  CHECK(!map.contains(~uint64_t{0} - 3, 16));
  CHECK(!map.contains(kBase, ~uint64_t{0}));
  CHECK(!map.write(kBase + (1 << 20) - 15, bytes));
  CHECK(map.allocated() == 0);
  CHECK(map.first_unmapped(kBase + (1 << 20) - 15, 16) == kBase + (1 << 20));
  CHECK(!map.first_unmapped(kBase, 1 << 20).has_value());
  CHECK(map.describe(kBase + 0x1200) == "HBM + 0x1200 (die 0)");
  CHECK(map.describe(0x42) == "unmapped; nearest is HBM 0x1000000000..0x10000fffff");
}

TEST_CASE("several host ranges, adjacent ones read as one") {
  MemoryMap map(kBase, 1 << 20);
  REQUIRE(map.add_host_range(kHost, 4096));
  REQUIRE(map.add_host_range(kHost + 4096, 4096));
  REQUIRE(map.add_host_range(kHost + 65536, 4096));
  CHECK(!map.add_host_range(kHost + 8191, 4096));
  CHECK(!map.add_host_range(kBase + 100, 4096));
  CHECK(!map.add_host_range(kHost + 1000000, 0));
  const std::vector<uint8_t> bytes(64, 5);
  CHECK(map.write(kHost + 4096 - 32, bytes));
  CHECK(!map.write(kHost + 8192 - 32, bytes));
  CHECK(map.copy(kBase, kHost + 4096 - 32, 64));
  std::vector<uint8_t> back(64);
  CHECK(map.read(kBase, back));
  CHECK(back == bytes);
}

TEST_CASE("copies whose ranges overlap act as through a buffer") {
  MemoryMap map(kBase, 1 << 20);
  std::vector<uint8_t> bytes(200000);
  std::mt19937 random(1);
  for (uint8_t& b : bytes) b = static_cast<uint8_t>(random());
  const int shift = GENERATE(-70000, -1, 0, 1, 70000);
  const uint64_t from = kBase + 300000;
  REQUIRE(map.write(from, bytes));
  REQUIRE(map.copy(from + static_cast<uint64_t>(shift), from, bytes.size()));
  std::vector<uint8_t> back(bytes.size());
  REQUIRE(map.read(from + static_cast<uint64_t>(shift), back));
  CHECK(back == bytes);
}

TEST_CASE("writes to pages with decoded code change the generation") {
  MemoryMap map(kBase, 1 << 20);
  const std::vector<uint8_t> bytes(64, 1);
  map.write(kBase, bytes);
  const uint64_t start = map.code_generation();
  map.mark_code(kBase + 4096);
  map.write(kBase + 4096 - 64, bytes);
  CHECK(map.code_generation() == start);
  map.write(kBase + 4096 - 63, bytes);
  CHECK(map.code_generation() != start);
  const uint64_t then = map.code_generation();
  map.fill(kBase + 8191, 1, 0);
  CHECK(map.code_generation() != then);
}

TEST_CASE("pages that were written can be read directly") {
  MemoryMap map(kBase, 1 << 20);
  CHECK(map.page(kBase + 8192) == nullptr);
  const std::vector<uint8_t> bytes(4, 0xab);
  map.write(kBase + 8200, bytes);
  REQUIRE(map.page(kBase + 8200) != nullptr);
  CHECK(map.page(kBase + 8200)[8] == 0xab);
  CHECK(map.page(kBase + (1 << 20)) == nullptr);
}

TEST_CASE("the interleave is a bijection and spreads power-of-two strides") {
  const unsigned slices = GENERATE(1u, 2u, 3u, 32u, 64u);
  Interleave interleave(kBase, slices);
  for (uint64_t line = 0; line < 5000; ++line) {
    const uint64_t address = kBase + line * Interleave::kLineBytes;
    const auto place = interleave.place(address + 17);
    CHECK(place.slice < slices);
    CHECK(interleave.address(place) == address);
  }
  for (uint64_t stride = 1; stride < 100000; stride *= 2) {
    std::vector<unsigned> hits(slices);
    for (uint64_t i = 0; i < 64 * slices; ++i) {
      ++hits[interleave.place(kBase + i * stride * Interleave::kLineBytes).slice];
    }
    const unsigned most = *std::max_element(hits.begin(), hits.end());
    INFO("stride " << stride);
    CHECK(most <= 64 * 4);
  }
}

TEST_CASE("a link's reservations never overlap and fill gaps") {
  LinkCalendar link;
  CHECK(link.reserve(0, 100, 10) == 100);
  CHECK(link.reserve(0, 100, 10) == 110);
  CHECK(link.reserve(0, 0, 50) == 0);     // Before them.
  CHECK(link.reserve(0, 40, 60) == 120);  // 50..100 is too small.
  CHECK(link.reserve(0, 40, 50) == 50);   // But holds this.
  CHECK(link.reserve(0, 0, 1) == 180);
  CHECK(link.reserved() == 10 + 10 + 50 + 60 + 50 + 1);

  // Against a bitmap of the time axis.
  LinkCalendar other;
  std::vector<bool> busy(100000);
  std::mt19937 random(2);
  uint64_t now = 0;
  for (int i = 0; i < 3000; ++i) {
    now += random() % 8;
    const uint64_t from = now + random() % 200;
    const uint64_t length = 1 + random() % 12;
    const uint64_t start = other.reserve(now, from, length);
    REQUIRE(start >= from);
    for (uint64_t t = start; t < start + length; ++t) {
      REQUIRE(!busy[t]);
      busy[t] = true;
    }
    // It was the first gap.
    uint64_t run = 0;
    for (uint64_t t = from; t < start; ++t) {
      run = busy[t] ? 0 : run + 1;
      REQUIRE(run < length);
    }
  }
}
