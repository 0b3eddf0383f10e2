// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "systemc/observe/statistics.h"

namespace {

using namespace cubist;

const uint64_t kBig = 1234567, kSmall = 42, kNone = 0, kHuge = ~uint64_t{0};
const std::vector<base::Statistic> kStatistics{{"chip.core10.mte2.bytes", "bytes", &kBig},
                                               {"chip.core2.mte2.bytes", "bytes", &kSmall},
                                               {"chip.core2.mte2.faults", "", &kNone},
                                               {"chip.core2", "cycles", &kHuge}};

TEST_CASE("statistics print as a tree in natural order, with values in one column") {
  CHECK(observe::statistics_tree(kStatistics) ==
        "chip\n"
        "  core2  18,446,744,073,709,551,615 cycles\n"
        "    mte2\n"
        "      bytes                      42 bytes\n"
        "  core10\n"
        "    mte2\n"
        "      bytes               1,234,567 bytes\n");
  CHECK_THAT(observe::statistics_tree(kStatistics, true), Catch::Contains("faults"));
  CHECK(observe::statistics_tree({}).empty());
}

TEST_CASE("statistics as JSON keep every bit") {
  const auto json = nlohmann::json::parse(observe::statistics_json(kStatistics));
  CHECK(json["chip"]["core2"]["value"] == kHuge);
  CHECK(json["chip"]["core2"]["unit"] == "cycles");
  CHECK(json["chip"]["core2"]["mte2"]["faults"]["value"] == 0);
  CHECK(json["chip"]["core10"]["mte2"]["bytes"]["value"] == kBig);
  CHECK(observe::statistics_json({}) == "{}\n");
}

}  // namespace
