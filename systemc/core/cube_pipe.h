// SPDX-License-Identifier: Apache-2.0
// The M pipe: offers mmad instructions to the cube engine. The engine takes one while it still
// drains the one before, so this pipe goes on as soon as an instruction is accepted; set_flag,
// barrier and the end of the block still wait for the last result to be in L0C.
//
// An mmad with unit_flag hands its accumulators to FIXPIPE fractal by fractal; see unit_flags.h.
#pragma once

#include <deque>

#include "systemc/core/cube/cube_unit.h"
#include "systemc/core/pipe.h"

namespace cubist::core {

class CubePipe : public Pipe {
 public:
  CubePipe(CoreContext& context, CubeUnit& cube);

  bool drained() const override { return Pipe::drained() && pending_.empty(); }
  bool active() const override { return Pipe::active() || !pending_.empty(); }
  void clear() override;

 protected:
  bool may_start(const QueueEntry& entry) const override;
  CoreError start(const QueueEntry& entry) override;
  std::string describe_held() const override {
    return "waits until FIX has read what unit flags guard";
  }
  void finish() override {}  // Spans and counts follow the engine, not the queue.
  void start_set_flag(const Flag& flag, const QueueEntry& entry) override;
  uint64_t barrier_cycle() const override { return last_done_; }
  void extra_wake() override;

 private:
  /// Something due at a cycle that has been worked out already.
  struct Pending {
    enum class Kind : uint8_t { begin, done, flag };
    uint64_t cycle;
    Kind kind;
    Flag flag;
    uint64_t pc;
    const abi::InstructionInfo* info;
    CubeInstruction instruction;
    uint64_t serial;  // of the mmad
  };
  void add_pending(const Pending& pending);

  CubeUnit& cube_;
  std::deque<Pending> pending_;  ///< By cycle.
  uint64_t next_offer_ = 0;
  uint64_t last_done_ = 0;
  uint64_t mmads_ = 0, open_mmad_ = 0;
  uint64_t macs_ = 0;
};

}  // namespace cubist::core
