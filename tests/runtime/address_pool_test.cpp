// SPDX-License-Identifier: Apache-2.0
#include "runtime/host/address_pool.h"

#include <catch2/catch.hpp>
#include <map>
#include <random>

using cubist::host::AddressPool;

TEST_CASE("blocks are aligned, lowest first, and never overlap") {
  AddressPool pool(0x1000, 4096, 512);
  CHECK(pool.allocate(1) == 0x1000);
  CHECK(pool.allocate(513) == 0x1200);
  CHECK(pool.allocate(0) == 0x1600);
  CHECK(pool.used() == 4 * 512);
  CHECK(pool.release(0x1200));
  CHECK_FALSE(pool.release(0x1200));
  CHECK(pool.allocate(512) == 0x1200);
  CHECK(pool.allocate(512) == 0x1400);
  CHECK(pool.largest_free() == 4 * 512);
}

TEST_CASE("exhaustion gives nothing, also for sizes near 2^64") {
  AddressPool pool(0, 1024, 512);
  CHECK_FALSE(pool.allocate(~uint64_t{0}));
  CHECK_FALSE(pool.allocate(1025));
  CHECK(pool.allocate(1024) == 0);
  CHECK_FALSE(pool.allocate(1));
}

TEST_CASE("containment is by the size asked for") {
  AddressPool pool(0x1000, 8192, 512);
  pool.allocate(100);
  CHECK(pool.contains(0x1000, 100));
  CHECK(pool.contains(0x1064, 0));
  CHECK_FALSE(pool.contains(0x1000, 101));
  CHECK_FALSE(pool.contains(0x1001, 100));
  CHECK_FALSE(pool.contains(0x1000, ~uint64_t{0}));
  CHECK(pool.describe(0x1010) == "offset 0x10 of the 100-byte allocation at 0x1000");
  CHECK(pool.describe(0x1070) == "0xc bytes past the end of the 100-byte allocation at 0x1000");
  CHECK(pool.describe(0xff0) == "0x10 bytes before the 100-byte allocation at 0x1000");
}

TEST_CASE("random allocation and release keep the books straight") {
  AddressPool pool(1 << 20, 1 << 18, 512);
  std::mt19937 random(7);
  std::map<uint64_t, uint64_t> taken;
  uint64_t used = 0;
  for (int i = 0; i < 20000; ++i) {
    if (random() % 2 != 0) {
      const uint64_t bytes = random() % 9000;
      const auto address = pool.allocate(bytes);
      if (!address) continue;
      const uint64_t size = std::max<uint64_t>((bytes + 511) / 512, 1) * 512;
      const auto next = taken.lower_bound(*address);
      REQUIRE((next == taken.end() || *address + size <= next->first));
      REQUIRE(
          (next == taken.begin() || std::prev(next)->first + std::prev(next)->second <= *address));
      taken[*address] = size;
      used += size;
    } else if (!taken.empty()) {
      auto it = taken.begin();
      std::advance(it, random() % taken.size());
      REQUIRE(pool.release(it->first));
      used -= it->second;
      taken.erase(it);
    }
    REQUIRE(pool.used() == used);
  }
  for (const auto& [address, bytes] : taken) pool.release(address);
  CHECK(pool.used() == 0);
  CHECK(pool.largest_free() == 1 << 18);
}
