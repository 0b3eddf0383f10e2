// SPDX-License-Identifier: Apache-2.0
// What a core tells the event bus: a track for the block, one for the scalar unit and each pipe.
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "abi/core_isa.h"
#include "systemc/base/event_bus.h"
#include "systemc/base/simulation.h"

namespace cubist::core {

/// Names that all tracks of a core use.
struct EventNames {
  explicit EventNames(base::EventBus& bus);
  std::array<base::NameId, abi::kInstructions.size()> instructions;
  base::NameId block, wait_fetch, wait_flag, wait_memory, wait_queue, wait_end, barrier, trace,
      error, stale_read;
  base::NameId pc, address, bytes, m, k, n, repeat, conflicts, index, blocks, value, code, from, id;

  base::NameId of(const abi::InstructionInfo& info) const {
    return instructions[static_cast<size_t>(&info - &abi::kInstructions[0])];
  }
};

/// One track. Spans on it follow one another; at most one is open.
class Track {
 public:
  Track(base::Simulation& simulation, const std::string& path, const uint64_t& flow)
      : simulation_(simulation), id_(simulation.bus().track(path)), flow_(flow) {}

  bool active() const { return simulation_.bus().active(); }
  /// An event of this track at the present time; fill in arguments, then give it to emit().
  base::Event event(base::EventKind kind, base::NameId name) const {
    base::Event e{kind, id_, name, simulation_.now()};
    e.flow = flow_;
    return e;
  }
  void begin(const base::Event& event) {
    open_ = true;
    name_ = event.name;
    simulation_.bus().emit(event);
  }
  void end() {
    if (!open_) return;
    open_ = false;
    simulation_.bus().emit(event(base::EventKind::end, name_));
  }
  void instant(const base::Event& event) { simulation_.bus().emit(event); }
  bool open() const { return open_; }

 private:
  base::Simulation& simulation_;
  base::TrackId id_;
  const uint64_t& flow_;
  base::NameId name_ = 0;
  bool open_ = false;
};

}  // namespace cubist::core
