// SPDX-License-Identifier: Apache-2.0
// Commands on the time axis: a span from the fetch of an entry to its completion.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "systemc/base/simulation.h"

namespace cubist::control {

/// Commands of one queue overlap, spans of one track must not: each command in flight gets the
/// first free of the tracks "<path>.queue<N>.<lane>".
class QueueTrace {
 public:
  static constexpr unsigned kLanes = 32;  ///< More commands in flight than this are not shown.

  QueueTrace(base::Simulation& simulation, std::string path);

  /// An entry of `queue` has been fetched: 64 bytes at `entry`.
  void fetched(unsigned queue, const uint8_t* entry);
  /// The completion of command `task` of `queue` was sent.
  void completed(unsigned queue, uint32_t task, uint16_t error);
  /// The firmware wrote `value` to QUEUE_SHARED.TRACE: spans on the track "chip.control.firmware".
  /// Marks that make no sense (an end without a beginning, a nesting too deep) are ignored.
  void handler(uint64_t value);

 private:
  struct Lane {
    base::TrackId track = 0;
    bool busy = false;
    uint32_t task = 0;
    base::NameId name = 0;
  };
  base::Simulation& simulation_;
  std::string path_;
  std::map<unsigned, std::vector<Lane>> lanes_;  // By queue.
  struct Handler {
    base::NameId name;
    uint32_t task;
  };
  std::vector<Handler> handlers_;  // Begun and not ended, innermost last.
  base::TrackId firmware_;
};

}  // namespace cubist::control
