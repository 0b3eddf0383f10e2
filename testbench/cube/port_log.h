// SPDX-License-Identifier: Apache-2.0
// What the engine's ports say besides values: early release of finished tiles, done, busy. The
// bench announces each instruction; a monitor on the ports reports every cycle; this class
// compares.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>

#include "systemc/core/cube/cube_unit.h"

namespace cubist::testbench {

/// The outputs of one cycle.
struct PortCycle {
  uint64_t cycle = 0;
  bool accepts = false;  ///< instr_valid_i and instr_ready_o.
  bool release = false, done = false, busy = false;
  bool writes = false;                              ///< The first lane of L0C is written ...
  uint32_t write_address = 0, release_address = 0;  ///< ... here.
};

class PortLog {
 public:
  explicit PortLog(const core::CubeConfig& config) : config_(config) {}

  /// Before an instruction runs: its tiles of C are to be released once each, m innermost.
  void start(const core::CubeInstruction& instruction);
  /// After it has run, with the cycles the model says.
  void finish(const core::CubeTiming& timing);
  /// Every cycle once, in order.
  void observe(const PortCycle& ports);
  /// All instructions are done and shown: nothing may be missing.
  void close();
  /// As after reset.
  void clear();

  /// The first thing that was wrong; empty when nothing was.
  const std::string& error() const { return error_; }
  /// Cycle in which the tile of C at an address was released last.
  std::optional<uint64_t> released_at(uint32_t address) const;
  uint64_t releases() const { return releases_; }

 private:
  void fail(uint64_t cycle, const std::string& what);
  void compare_done();

  core::CubeConfig config_;
  std::deque<uint32_t> tiles_;                      ///< To be released, in this order.
  std::deque<uint64_t> expected_done_, seen_done_;  ///< Cycles of done_o.
  std::map<uint32_t, uint64_t> released_;
  uint64_t busy_until_ = 0;  ///< First cycle after the last write of all finished instructions.
  uint64_t next_ = 0;
  uint64_t releases_ = 0;
  bool in_work_ = false;
  std::string error_;
};

}  // namespace cubist::testbench
