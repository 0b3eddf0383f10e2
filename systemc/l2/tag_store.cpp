// SPDX-License-Identifier: Apache-2.0
#include "systemc/l2/tag_store.h"

#include <cstring>

#include "systemc/base/error.h"

namespace cubist::l2 {

TagStore::TagStore(uint64_t sets, unsigned ways, uint64_t lines)
    : sets_(sets), ways_(ways), entries_(sets * ways, 0) {
  if (lines / sets >= uint64_t{1} << (32 - kTagShift)) {
    throw base::UserError("l2.bytes is too small for hbm.bytes: the tags have 23 bits");
  }
}

unsigned TagStore::find(uint64_t line) const {
  const Entry* set = set_of(line);
  const auto tag = static_cast<Entry>(line / sets_);
  for (unsigned way = 0; way < ways_; ++way) {
    if ((set[way] & 1) != 0 && set[way] >> kTagShift == tag) return way;
  }
  return ways_;
}

TagStore::Line TagStore::probe(uint64_t line) const {
  const unsigned way = find(line);
  if (way == ways_) return {};
  const Entry entry = set_of(line)[way];
  return {true, valid_of(entry), dirty_of(entry)};
}

bool TagStore::would_evict_dirty(uint64_t line) const {
  const Entry oldest = set_of(line)[ways_ - 1];
  return (oldest & 1) != 0 && dirty_of(oldest) != 0;
}

TagStore::Victim TagStore::touch(uint64_t line, SectorMask valid, SectorMask dirty) {
  Entry* set = set_of(line);
  unsigned way = find(line);
  Victim victim;
  Entry entry = 0;
  if (way == ways_) {
    way = ways_ - 1;
    const Entry oldest = set[way];
    if ((oldest & 1) != 0 && dirty_of(oldest) != 0) {
      victim.line = line_of(set_index(line), oldest >> kTagShift);
      victim.dirty = dirty_of(oldest);
    }
    entry = make(line / sets_, valid, dirty);
  } else {
    entry = set[way] | make(0, valid, dirty);
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
