// SPDX-License-Identifier: Apache-2.0
// Cross-core flags: where the cores of a launch meet.
//
// Every core of a launch has a counter for each of 16 ids. A set by one core becomes a set on
// others when its group is complete, and arrives there a fixed time later; a wait takes one off:
//
//   mode 0   all cores of the setter's kind have set it    -> one more on each of them
//   mode 1   all AIVs of the block have set it             -> one more on each of them
//   mode 2   the AIC of a block has set it                 -> one more on each AIV of the block
//            all AIVs of the block have set it             -> one more on the AIC
//
// The unit also notices when nothing can set a flag any more that cores of a launch wait for.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "systemc/base/agenda.h"
#include "systemc/base/simulation.h"

namespace cubist::core {

/// Who a core is within its launch: registers GROUP and BLOCK.
struct LaunchPlace {
  uint32_t launch = 0;  ///< 0: a launch without cross-core flags.
  bool cube_core = false;
  uint32_t block = 0, blocks = 1;
  uint32_t sub_block = 0;   ///< Of an AIV in a mix kernel.
  uint32_t sub_blocks = 0;  ///< AIVs of a block; 0: no mix kernel.
  bool resident = false;    ///< All blocks run at once.
};

/// A core that runs a block, as the unit sees it.
class CrossCoreMember {
 public:
  /// A counter of this core was counted up.
  virtual void cross_core_arrived(unsigned id) = 0;
  /// Nothing happens in this core before a cross-core flag arrives.
  virtual bool waits_for_others() const = 0;
  /// Nothing will ever happen again in any core of the launch. `others` says what they wait for.
  virtual void cross_core_deadlock(const std::string& others) = 0;
  /// What the core waits for, in one line.
  virtual std::string waits_for() const = 0;

 protected:
  ~CrossCoreMember() = default;
};

class CrossCoreUnit final : public base::Agent {
 public:
  static constexpr unsigned kIds = 16, kLimit = 15, kMaxSubBlocks = 4;

  /// `latency` from a set that takes effect to its arrival at another core.
  CrossCoreUnit(base::Simulation& simulation, base::Time latency);

  /// A block begins or ends on a core. Of a launch of which a core failed or was stopped no
  /// deadlock is reported: the scheduler stops its other cores.
  void join(CrossCoreMember& core, const LaunchPlace& place);
  void leave(CrossCoreMember& core, bool ended_well);

  enum class Outcome : uint8_t { ok, illegal, overflow };
  struct SetResult {
    Outcome outcome = Outcome::ok;
    std::string text;  ///< What is wrong.
  };
  /// A set takes effect. overflow: somewhere more than 15 sets would be waiting, those on their way
  /// included.
  SetResult set(CrossCoreMember& core, unsigned mode, unsigned id);
  /// Counts the member's flag down; false when it is zero.
  bool take(CrossCoreMember& core, unsigned id);
  /// The member has come to wait for others: see whether they can still help.
  void check(CrossCoreMember& core);

  void wake(uint64_t token) override;

 private:
  using Counts = std::array<uint8_t, kIds>;
  /// One core of a block, from the launch's first to its last use of it.
  struct Slot {
    CrossCoreMember* member = nullptr;
    bool begun = false, ended = false;
    Counts arrived{};                 ///< What a wait can take.
    Counts promised{};                ///< Those, and sets on their way.
    std::array<Counts, 3> offered{};  ///< By mode: own sets that wait for the rest of the group.
  };
  /// Slot 0 is the AIC, 1.. the AIVs.
  using Block = std::array<Slot, 1 + kMaxSubBlocks>;
  struct Launch {
    LaunchPlace shape;
    std::map<uint32_t, Block> blocks;
    uint64_t on_their_way = 0;
    bool broken = false;
  };
  struct Member {
    CrossCoreMember* core;
    uint32_t launch, block;
    unsigned slot;
  };
  struct Delivery {
    uint32_t launch;
    unsigned id;
    std::vector<std::pair<uint32_t, unsigned>> targets;  // Block and slot.
  };
  struct Seat {
    uint32_t block;
    unsigned number;
    Slot* slot;
  };
  enum class Kinds : uint8_t { aic, aiv, both };

  const Member* find(const CrossCoreMember& core) const;
  /// The cores of one block, or of all blocks when all run at once.
  std::vector<Seat> seats(Launch& launch, uint32_t block, bool all_blocks, Kinds kinds);
  SetResult offer(const Member& member, unsigned mode, unsigned id,
                  const std::vector<Seat>& setters, const std::vector<Seat>& targets);
  SetResult deliver(uint32_t number, const std::vector<Seat>& targets, unsigned id);
  /// Ends the cores that share the block's fate when nothing can happen in any of them.
  void look_for_deadlock(uint32_t number, uint32_t block);
  void forget_ended(uint32_t number, uint32_t block);

  base::Simulation& simulation_;
  base::Time latency_;
  std::map<uint32_t, Launch> launches_;
  std::vector<Member> members_;  // In the order of joining.
  std::map<uint64_t, Delivery> deliveries_;
  uint64_t next_delivery_ = 0;
};

}  // namespace cubist::core
