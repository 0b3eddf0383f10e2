// SPDX-License-Identifier: Apache-2.0
// The crossbar between L2 slices and HBM channels, with probes for slices and targets that refuse.
#include <catch2/catch.hpp>

#include "systemc/memory/crossbar.h"
#include "systemc/memory/memory_map.h"
#include "tests/memory/stalling_target.h"
#include "tests/memory/tlm_probe.h"

using namespace cubist;
using State = test::TlmProbe::Sent::State;

namespace {

constexpr uint64_t kBase = 0x10'0000'0000;
constexpr base::Time kWay = 7 * base::kNanosecond;
constexpr unsigned kSources = 3;

struct Bench {
  Bench()
      : simulation(base::ParameterTable()),
        map(kBase, uint64_t{1} << 20),
        interleave(kBase, 2),
        crossbar("crossbar", simulation, kSources, interleave, kWay) {
    for (unsigned i = 0; i < 2; ++i) {
      targets.push_back(std::make_unique<test::StallingTarget>(
          ("target" + std::to_string(i)).c_str(), simulation, map));
      crossbar.targets[i].bind(targets[i]->socket);
    }
    for (unsigned i = 0; i < kSources; ++i) {
      sources.push_back(
          std::make_unique<test::TlmProbe>(("source" + std::to_string(i)).c_str(), simulation, i));
      sources[i]->socket.bind(crossbar.sources[i]);
    }
  }
  uint64_t in_target(unsigned target, uint64_t index) const {
    return interleave.address({target, index});
  }

  base::Simulation simulation;
  memory::MemoryMap map;
  memory::Interleave interleave;
  memory::Crossbar crossbar;
  std::vector<std::unique_ptr<test::StallingTarget>> targets;
  std::vector<std::unique_ptr<test::TlmProbe>> sources;
};

}  // namespace

TEST_CASE("a request takes the way, the target's time and the way back") {
  Bench b;
  for (unsigned target = 0; target < 2; ++target) {
    const auto& s = b.sources[1]->read(b.in_target(target, 5));
    const base::Time start = b.simulation.now();
    b.sources[1]->run();
    CHECK(s.done - start == 2 * kWay + b.targets[target]->latency);
    CHECK(b.targets[target]->order == std::vector<unsigned>{1});
  }
}

TEST_CASE("requests for a full target are taken and wait in the order of arrival") {
  Bench b;
  const base::Time until = 500 * base::kNanosecond;
  b.targets[0]->stalled_until = until;
  std::vector<const test::TlmProbe::Sent*> held;
  for (unsigned i = 0; i < kSources; ++i) {
    held.push_back(&b.sources[kSources - 1 - i]->read(b.in_target(0, i)));
    b.sources[kSources - 1 - i]->start(i * base::kNanosecond);
  }
  b.simulation.agenda().run(100 * base::kNanosecond);
  for (const auto* s : held) CHECK(s->state == State::accepted);
  const auto& other = b.sources[0]->read(b.in_target(1, 0));
  b.sources[0]->start(b.simulation.now());
  b.simulation.agenda().run(400 * base::kNanosecond);
  CHECK(other.state == State::over);  // Of a source whose first request still waits.
  CHECK(b.crossbar.describe_state().find("target 0 is full, 3 requests wait") != std::string::npos);
  b.simulation.agenda().run();
  CHECK(b.targets[0]->order == std::vector<unsigned>{2, 1, 0});
  for (const auto* s : held) {
    CHECK(s->state == State::over);
    CHECK(s->done == until + b.targets[0]->latency + kWay);
  }
  CHECK(b.crossbar.describe_state().empty());
}

TEST_CASE("while one target is full, requests to another one pass") {
  Bench b;
  b.targets[0]->stalled_until = 500 * base::kNanosecond;
  b.targets[0]->explicit_end = false;  // BEGIN_RESP stands for END_REQ, too.
  const auto& slow = b.sources[0]->write(b.in_target(0, 1));
  const auto& behind = b.sources[1]->write(b.in_target(0, 2));
  const auto& fast = b.sources[2]->write(b.in_target(1, 1));
  for (auto& source : b.sources) source->start(0);
  b.simulation.agenda().run();
  CHECK(fast.done == 2 * kWay + b.targets[1]->latency);
  CHECK(slow.done == 500 * base::kNanosecond + b.targets[0]->latency + kWay);
  CHECK(behind.state == State::over);
  CHECK(b.targets[0]->order == std::vector<unsigned>{0, 1});
}
