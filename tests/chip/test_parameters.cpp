// SPDX-License-Identifier: Apache-2.0
// Presets and parameters.
#include <catch2/catch.hpp>

#include "systemc/base/error.h"
#include "systemc/chip/in_process.h"
#include "systemc/chip/parameters.h"
#include "systemc/control/control_config.h"
#include "systemc/core/core_config.h"
#include "systemc/hbm/hbm_config.h"
#include "systemc/l2/l2_config.h"
#include "systemc/noc/noc_config.h"

using cubist::base::ParameterTable;
using cubist::base::UserError;
namespace chip = cubist::chip;

TEST_CASE("all presets make consistent chips") {
  const auto presets = chip::list_presets(CUBIST_CONFIGS);
  REQUIRE(presets.size() >= 4);
  for (const auto& preset : presets) {
    INFO(preset.name);
    CHECK(!preset.description.empty());
    const ParameterTable table = chip::load_parameters(CUBIST_CONFIGS, preset.name, {});
    CHECK_NOTHROW(cubist::l2::l2_config(table));
    CHECK_NOTHROW(cubist::hbm::hbm_config(table));
    CHECK_NOTHROW(cubist::noc::noc_config(table));
    CHECK_NOTHROW(cubist::control::control_config(table));
    CHECK_NOTHROW(cubist::core::core_config(table));
  }
}

TEST_CASE("ascend-910b1 has the published figures") {
  const ParameterTable table = chip::load_parameters(CUBIST_CONFIGS, "ascend-910b1", {});
  CHECK(table.get_int("chip.aics") == 24);
  CHECK(table.get_int("chip.aivs") == 48);
  const auto hbm = cubist::hbm::hbm_config(table);
  CHECK(hbm.bytes == uint64_t{64} << 30);
  CHECK(hbm.peak() == Approx(1.6384e12).epsilon(0.001));
  const auto l2 = cubist::l2::l2_config(table);
  CHECK(l2.bytes == uint64_t{192} << 20);
  CHECK(l2.slices * l2.bytes_per_cycle * l2.hertz == Approx(7.1e12).epsilon(0.01));
}

TEST_CASE("settings win over the preset, and mistakes are named") {
  const auto load = [](const std::string& preset, const std::vector<std::string>& sets) {
    return chip::load_parameters(CUBIST_CONFIGS, preset, sets);
  };
  CHECK(load("tiny", {"chip.aics=1"}).get_int("chip.aics") == 1);
  CHECK_THROWS_WITH(load("tinny", {}), Catch::Contains("did you mean 'tiny'"));
  CHECK_THROWS_WITH(load("tiny", {"hbm.byte=1G"}), Catch::Contains("hbm.bytes"));
  CHECK_THROWS_WITH(load("tiny", {"sim.timing=slow"}), Catch::Contains("none, fast, full"));
  CHECK_THROWS_AS(load("/nowhere/chip.json", {}), UserError);
  CHECK_THROWS_AS(chip::list_presets("/nowhere"), UserError);
  CHECK_THROWS_WITH(cubist::control::control_config(
                        load("tiny", {"control.interrupt_cycles=10", "sim.quantum_cycles=11"})),
                    Catch::Contains("lower the quantum"));
  CHECK_THROWS_WITH(cubist::l2::l2_config(load("tiny", {"l2.bytes=1000000"})),
                    Catch::Contains("l2.bytes"));
  CHECK_THROWS_AS(cubist::hbm::hbm_config(load("tiny", {"hbm.bytes=1000001"})), UserError);
  CHECK_THROWS_AS(cubist::hbm::hbm_config(load("tiny", {"hbm.trfc_ab_ns=4000"})), UserError);
}

TEST_CASE("AIVs are dealt to clusters") {
  CHECK(chip::cluster_count(24, 48) == 24);
  CHECK(chip::cluster_of_aiv(24, 48, 0) == 0);
  CHECK(chip::cluster_of_aiv(24, 48, 47) == 23);
  CHECK(chip::cluster_count(0, 3) == 3);
  CHECK(chip::cluster_count(3, 0) == 3);
  CHECK(chip::cluster_count(1, 5) == 1);
  CHECK(chip::cluster_of_aiv(2, 3, 2) == 1);
}
