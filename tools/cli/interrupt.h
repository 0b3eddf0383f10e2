// SPDX-License-Identifier: Apache-2.0
// Ctrl-C: ends the simulation's wait, so that results so far and traces are still written.
#pragma once

namespace cubist {
class Simulator;
}

namespace cubist::tool {

/// From construction to destruction SIGINT and SIGTERM stop the simulator's waits; a second one
/// ends the program at once. One at a time: a signal handler can only find a global.
class InterruptGuard {
 public:
  explicit InterruptGuard(Simulator& simulator);
  ~InterruptGuard();
  InterruptGuard(const InterruptGuard&) = delete;
  InterruptGuard& operator=(const InterruptGuard&) = delete;

  static bool interrupted();
};

}  // namespace cubist::tool
