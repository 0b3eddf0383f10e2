// SPDX-License-Identifier: Apache-2.0
// Vector instructions whose operands come from CSRs, through queue and pipe.
#include <catch2/catch.hpp>

#include "systemc/base/simulation.h"
#include "tests/core/core_bench.h"

using namespace cubist::core;

TEST_CASE("comparing, selecting, packing and gathering on a vector core") {
  CoreBench bench({{.kind = CoreKind::aiv}, {.kind = CoreKind::aiv, .timing = Timing::none}});
  Random random{21};
  for (const unsigned count : {1u, 64u, 1000u}) {
    std::vector<float> x(count);
    std::vector<uint32_t> offsets(count);
    for (float& value : x) value = static_cast<float>(random.below(6));
    for (uint32_t& offset : offsets) offset = 4 * random.below(count);
    std::vector<float> packed;
    for (const float value : x) {
      if (value > 2.5f) packed.push_back(value);
    }
    bench.put(kInput0, x);
    bench.put(kInput1, offsets);
    for (unsigned core = 0; core < 2; ++core) {
      const CoreResult r =
          bench.run("vector_choice", {{kInput0, kInput1, 0}, kOutput, {count}}, core);
      INFO(r.text);
      REQUIRE(r.status == 2);
      const auto out = bench.get<float>(kOutput, 3 * count);
      for (unsigned i = 0; i < count; ++i) {
        REQUIRE(out[i] == (x[i] > 2.5f ? x[i] : 0.5f));
        if (i < packed.size()) REQUIRE(out[count + i] == packed[i]);
        REQUIRE(out[2 * count + i] == x[offsets[i] / 4]);
      }
      REQUIRE(bench.get<uint32_t>(kOutput + 12 * count, 1)[0] == packed.size());
    }
  }
}
