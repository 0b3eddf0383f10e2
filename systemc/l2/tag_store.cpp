// SPDX-License-Identifier: Apache-2.0
#include "systemc/l2/tag_store.h"

#include <cstring>

#include "systemc/base/error.h"

namespace cubist::l2 {

TagStore::TagStore(uint64_t sets, unsigned ways, uint64_t lines, Replacement replacement)
    : sets_(sets), ways_(ways), replacement_(replacement), entries_(sets * ways, 0) {
  if (lines / sets >= uint64_t{1} << (32 - kTagShift)) {
    throw base::UserError("l2.bytes is too small for hbm.bytes: the tags have 23 bits");
  }
}

unsigned TagStore::find(uint64_t line) const {
  const Entry* set = set_of(line);
  const Entry wanted = make(locate(line).tag, 0, 0);
  const Entry masks = make(0, kAllSectors, kAllSectors) & ~Entry{1};
  for (unsigned way = 0; way < ways_; ++way) {
    if ((set[way] & ~masks) == wanted) return way;
  }
  return ways_;
}

TagStore::Line TagStore::probe(uint64_t line) const {
  const unsigned way = find(line);
  if (way == ways_) return {};
  const Entry entry = set_of(line)[way];
  return {true, valid_of(entry), dirty_of(entry)};
}

unsigned TagStore::victim_way(const Entry* set) const {
  if (replacement_ != Replacement::random || (set[ways_ - 1] & 1) == 0) return ways_ - 1;
  for (unsigned way = 0; way < ways_; ++way) {
    if ((set[way] & 1) == 0) return way;
  }
  return static_cast<unsigned>((random_ >> 32) % ways_);
}

bool TagStore::would_evict_dirty(uint64_t line) const {
  const Entry* set = set_of(line);
  const Entry oldest = set[victim_way(set)];
  return (oldest & 1) != 0 && dirty_of(oldest) != 0;
}

TagStore::Victim TagStore::touch(uint64_t line, SectorMask valid, SectorMask dirty) {
  Entry* set = set_of(line);
  unsigned way = find(line);
  if (way != ways_) {
    const Entry entry = set[way] | make(0, valid, dirty);
    if (replacement_ != Replacement::lru) {
      set[way] = entry;
      return {};
    }
    std::memmove(set + 1, set, way * sizeof(Entry));
    set[0] = entry;
    return {};
  }
  way = victim_way(set);
  Victim victim;
  const Entry old = set[way];
  if ((old & 1) != 0) {
    victim.evicted = true;
    victim.line = line_of(locate(line).set, old >> kTagShift);
    victim.dirty = dirty_of(old);
  }
  const Entry entry = make(locate(line).tag, valid, dirty);
  if (replacement_ == Replacement::random) {
    // A linear congruential step (Knuth's MMIX constants).
    random_ = random_ * 6364136223846793005u + 1442695040888963407u;
    set[way] = entry;
    return victim;
  }
  std::memmove(set + 1, set, way * sizeof(Entry));
  set[0] = entry;
  return victim;
}

void TagStore::invalidate(uint64_t line) {
  const unsigned way = find(line);
  if (way == ways_) return;
  Entry* set = set_of(line);
  std::memmove(set + way, set + way + 1, (ways_ - 1 - way) * sizeof(Entry));
  set[ways_ - 1] = 0;
}

}  // namespace cubist::l2
