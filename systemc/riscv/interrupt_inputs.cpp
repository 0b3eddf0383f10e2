// SPDX-License-Identifier: Apache-2.0
#include "systemc/riscv/interrupt_inputs.h"

#include <algorithm>

namespace cubist::riscv {

void InterruptInputs::set(unsigned line, bool level, uint64_t cycle) {
  if (line > 63) return;
  // Kept even when it repeats a level: news about an earlier cycle may still come.
  const auto after = std::upper_bound(changes_.begin(), changes_.end(), cycle,
                                      [](uint64_t c, const Change& x) { return c < x.cycle; });
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
