// SPDX-License-Identifier: Apache-2.0
// One HBM controller and an initiator, for tests.
#pragma once

#include <algorithm>
#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "systemc/base/parameters.h"
#include "systemc/hbm/hbm_controller.h"
#include "systemc/memory/memory_map.h"
#include "tests/memory/tlm_probe.h"

namespace cubist::test {

/// One channel of a chip that has one, so that its addresses are dense.
struct ControllerBench {
  static constexpr uint64_t kBase = 0x10'0000'0000;

  explicit ControllerBench(std::vector<std::string> sets = {"hbm.trefi_ns=0"})
      : simulation(table(std::move(sets))),
        config(hbm::hbm_config(simulation.parameters())),
        map(kBase, config.bytes),
        interleave(kBase, 1),
        controller("channel", simulation, config, interleave, 0, map),
        probe("probe", simulation) {
    probe.socket.bind(controller.target);
  }
  static base::ParameterTable table(std::vector<std::string> sets) {
    base::ParameterTable t;
    hbm::declare_parameters(t);
    t.set_assignment("hbm.model=approximate");
    t.set_assignment("hbm.stacks=1");
    t.set_assignment("hbm.channels_per_stack=1");
    t.set_assignment("hbm.bytes=1G");
    for (const auto& s : sets) t.set_assignment(s);
    return t;
  }
  /// Address of a byte by coordinates: lines alternate between pseudo-channels, a row has two.
  static uint64_t line(uint64_t n) { return kBase + n * 512; }
  base::Time ns(double t) const { return static_cast<base::Time>(t * base::kNanosecond + 0.5); }

  /// Share of the peak that everything sent so far reached.
  double share() const {
    base::Time last = 0;
    uint64_t bytes = 0;
    for (const auto& s : probe.sent) {
      last = std::max(last, s.done);
      bytes += s.payload.get_data_length();
    }
    return static_cast<double>(bytes) / (static_cast<double>(last) * 1e-15) / config.peak();
  }
  /// The same for a stream of `lines` reads.
  double stream_share(unsigned lines) {
    for (unsigned i = 0; i < lines; ++i) probe.read(line(i));
    probe.run();
    return share();
  }

  base::Simulation simulation;
  hbm::HbmConfig config;
  memory::MemoryMap map;
  memory::Interleave interleave;
  hbm::HbmController controller;
  test::TlmProbe probe;
};

}  // namespace cubist::test
