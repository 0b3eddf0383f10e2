// SPDX-License-Identifier: Apache-2.0
#include "systemc/riscv/interrupt_inputs.h"

#include <algorithm>

namespace cubist::riscv {

void InterruptInputs::set(unsigned line, bool level, uint64_t cycle) {
  if (line > 63) return;
  // The line's last known level by then: a change to what it already is changes nothing. This also
  // bounds the list when the owner repeats itself while the hart sleeps.
  const auto after = std::upper_bound(changes_.begin(), changes_.end(), cycle,
                                      [](uint64_t c, const Change& x) { return c < x.cycle; });
  bool known = (levels_ >> line & 1) != 0;
  for (auto it = changes_.begin(); it != after; ++it) {
    if (it->line == line) known = it->level;
  }
  const bool changed_later =
      std::any_of(after, changes_.end(), [&](const Change& x) { return x.line == line; });
  if (known == level && !changed_later) return;
  changes_.insert(after, Change{cycle, static_cast<uint8_t>(line), level});
}

void InterruptInputs::advance(uint64_t cycle) {
  while (!changes_.empty() && changes_.front().cycle <= cycle) {
    const Change& c = changes_.front();
    const uint64_t bit = uint64_t{1} << c.line;
    levels_ = c.level ? (levels_ | bit) : (levels_ & ~bit);
    changes_.pop_front();
  }
}

}  // namespace cubist::riscv
