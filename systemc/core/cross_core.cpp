// SPDX-License-Identifier: Apache-2.0
#include "systemc/core/cross_core.h"

#include <algorithm>

namespace cubist::core {
namespace {

constexpr size_t kNamedCores = 8;  // In the text of a deadlock.

bool used(const LaunchPlace& shape, unsigned slot) {
  if (shape.sub_blocks != 0) return slot <= shape.sub_blocks;
  return slot == (shape.cube_core ? 0u : 1u);
}

}  // namespace

CrossCoreUnit::CrossCoreUnit(base::Simulation& simulation, base::Time latency)
    : simulation_(simulation), latency_(latency) {}

const CrossCoreUnit::Member* CrossCoreUnit::find(const CrossCoreMember& core) const {
  const auto found = std::find_if(members_.begin(), members_.end(),
                                  [&core](const Member& m) { return m.core == &core; });
  return found == members_.end() ? nullptr : &*found;
}

std::vector<CrossCoreUnit::Seat> CrossCoreUnit::seats(Launch& launch, uint32_t block,
                                                      bool all_blocks, Kinds kinds) {
  std::vector<Seat> found;
  for (auto& [index, slots] : launch.blocks) {
    if (!all_blocks && index != block) continue;
    for (unsigned i = 0; i < slots.size(); ++i) {
      if (!used(launch.shape, i)) continue;
      if (kinds == Kinds::both || (kinds == Kinds::aic) == (i == 0)) {
        found.push_back({index, i, &slots[i]});
      }
    }
  }
  return found;
}

void CrossCoreUnit::join(CrossCoreMember& core, const LaunchPlace& place) {
  if (place.launch == 0) return;
  Launch& launch = launches_[place.launch];
  if (launch.blocks.empty()) {
    launch.shape = place;
    for (uint32_t block = 0; place.resident && block < place.blocks; ++block) launch.blocks[block];
  }
  const unsigned slot = place.cube_core ? 0 : 1 + place.sub_block;
  members_.push_back({&core, place.launch, place.block, slot});
  Slot& own = launch.blocks[place.block][slot];
  own.member = &core;
  own.begun = true;
}

void CrossCoreUnit::leave(CrossCoreMember& core, bool ended_well) {
  const Member* found = find(core);
  if (found == nullptr) return;
  const Member member = *found;
  members_.erase(members_.begin() + (found - members_.data()));
  Slot& own = launches_[member.launch].blocks[member.block][member.slot];
  own.member = nullptr;
  own.ended = true;
  if (!ended_well) launches_[member.launch].broken = true;
  // The others may have counted on this core.
  look_for_deadlock(member.launch, member.block);
  forget_ended(member.launch, member.block);
}

void CrossCoreUnit::forget_ended(uint32_t number, uint32_t block) {
  const auto found = launches_.find(number);
  if (found == launches_.end()) return;
  Launch& launch = found->second;
  const auto all = seats(launch, block, launch.shape.resident, Kinds::both);
  if (!std::all_of(all.begin(), all.end(), [](const Seat& s) { return s.slot->ended; })) return;
  if (launch.shape.resident) {
    launches_.erase(found);
    return;
  }
  launch.blocks.erase(block);
  if (launch.blocks.empty()) launches_.erase(found);
}

CrossCoreUnit::SetResult CrossCoreUnit::set(CrossCoreMember& core, unsigned mode, unsigned id) {
  const Member* member = find(core);
  const auto illegal = [](std::string text) {
    return SetResult{Outcome::illegal, std::move(text)};
  };
  if (member == nullptr) {
    return illegal("cross-core flags need a mix kernel or a launch whose blocks all run at once");
  }
  Launch& launch = launches_[member->launch];
  const bool aic = member->slot == 0;
  if (mode == 0) {
    if (!launch.shape.resident) {
      return illegal("mode 0 needs a launch whose blocks all run at once");
    }
    const auto all = seats(launch, 0, true, aic ? Kinds::aic : Kinds::aiv);
    return offer(*member, mode, id, all, all);
  }
  if (launch.shape.sub_blocks == 0) return illegal("modes 1 and 2 need a mix kernel");
  const auto aivs = seats(launch, member->block, false, Kinds::aiv);
  if (mode == 1) {
    if (aic) return illegal("mode 1 is for AIVs");
    return offer(*member, mode, id, aivs, aivs);
  }
  if (aic) return deliver(member->launch, aivs, id);
  return offer(*member, mode, id, aivs, seats(launch, member->block, false, Kinds::aic));
}

CrossCoreUnit::SetResult CrossCoreUnit::offer(const Member& member, unsigned mode, unsigned id,
                                              const std::vector<Seat>& setters,
                                              const std::vector<Seat>& targets) {
  uint8_t& own = launches_[member.launch].blocks[member.block][member.slot].offered[mode][id];
  if (own == kLimit) {
    return {Outcome::overflow, "set more than 15 times before the others of its group did"};
  }
  ++own;
  const auto offers = [=](const Seat& s) { return s.slot->offered[mode][id] != 0; };
  if (!std::all_of(setters.begin(), setters.end(), offers)) return {};
  for (const Seat& seat : setters) --seat.slot->offered[mode][id];
  return deliver(member.launch, targets, id);
}

CrossCoreUnit::SetResult CrossCoreUnit::deliver(uint32_t number, const std::vector<Seat>& targets,
                                                unsigned id) {
  for (const Seat& seat : targets) {
    if (seat.slot->promised[id] < kLimit) continue;
    return {Outcome::overflow, "15 sets of it wait already on " +
                                   std::string(seat.number == 0 ? "the AIC" : "an AIV") +
                                   " of block " + std::to_string(seat.block)};
  }
  Delivery delivery{number, id, {}};
  for (const Seat& seat : targets) {
    ++seat.slot->promised[id];
    delivery.targets.emplace_back(seat.block, seat.number);
  }
  ++launches_[number].on_their_way;
  const uint64_t token = next_delivery_++;
  deliveries_.emplace(token, std::move(delivery));
  simulation_.agenda().at(simulation_.now() + latency_, base::Rank::of(base::kRankSync, 0), *this,
                          token);
  return {};
}

void CrossCoreUnit::wake(uint64_t token) {
  const auto found = deliveries_.find(token);
  const Delivery delivery = std::move(found->second);
  deliveries_.erase(found);
  const auto launch = launches_.find(delivery.launch);
  if (launch == launches_.end()) return;  // All its cores have ended.
  --launch->second.on_their_way;
  for (const auto& [block, number] : delivery.targets) {
    const auto slots = launch->second.blocks.find(block);
    if (slots == launch->second.blocks.end()) continue;
    Slot& slot = slots->second[number];
    ++slot.arrived[delivery.id];
    if (slot.member != nullptr) slot.member->cross_core_arrived(delivery.id);
  }
  // It may be a flag that nobody waits for.
  if (launch->second.on_their_way != 0) return;
  std::vector<uint32_t> blocks;
  for (const auto& [block, slots] : launch->second.blocks) blocks.push_back(block);
  if (launch->second.shape.resident) blocks.resize(1);
  for (const uint32_t block : blocks) look_for_deadlock(delivery.launch, block);
}

bool CrossCoreUnit::take(CrossCoreMember& core, unsigned id) {
  const Member* member = find(core);
  if (member == nullptr) return false;
  Slot& slot = launches_[member->launch].blocks[member->block][member->slot];
  if (slot.arrived[id] == 0) return false;
  --slot.arrived[id];
  --slot.promised[id];
  return true;
}

void CrossCoreUnit::check(CrossCoreMember& core) {
  if (const Member* member = find(core)) look_for_deadlock(member->launch, member->block);
}

void CrossCoreUnit::look_for_deadlock(uint32_t number, uint32_t block) {
  const auto found = launches_.find(number);
  if (found == launches_.end() || found->second.on_their_way != 0 || found->second.broken) return;
  Launch& launch = found->second;
  std::vector<CrossCoreMember*> stuck;
  for (const Seat& seat : seats(launch, block, launch.shape.resident, Kinds::both)) {
    if (!seat.slot->begun) return;  // It is going to be started.
    if (seat.slot->member == nullptr) continue;
    if (!seat.slot->member->waits_for_others()) return;
    stuck.push_back(seat.slot->member);
  }
  std::vector<std::string> lines;
  lines.reserve(stuck.size());
  for (const CrossCoreMember* member : stuck) lines.push_back(member->waits_for());
  // They have left before they fail: none of them looks again.
  for (const Seat& seat : seats(launch, block, launch.shape.resident, Kinds::both)) {
    if (seat.slot->member == nullptr) continue;
    members_.erase(members_.begin() + (find(*seat.slot->member) - members_.data()));
    seat.slot->member = nullptr;
    seat.slot->ended = true;
  }
  for (size_t i = 0; i < stuck.size(); ++i) {
    std::string others;
    size_t named = 0;
    for (size_t j = 0; j < lines.size(); ++j) {
      if (j == i) continue;
      if (++named > kNamedCores) break;
      others += (others.empty() ? "" : "; ") + lines[j];
    }
    if (lines.size() > kNamedCores + 1) {
      others += "; and " + std::to_string(lines.size() - kNamedCores - 1) + " more cores";
    }
    stuck[i]->cross_core_deadlock(others);
  }
  if (!stuck.empty()) forget_ended(number, block);
}

}  // namespace cubist::core
