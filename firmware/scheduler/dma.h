// SPDX-License-Identifier: Apache-2.0
// COPY and FILL on the channels of the system DMA.
#pragma once

#include <stdint.h>

#include "scheduler/command.h"
#include "scheduler/mmio.h"

namespace cubist::firmware {

class Dma {
 public:
  explicit constexpr Dma(CommandPool& pool) : pool_(pool) {}

  bool channel_free() const { return free_ != 0; }
  /// Starts a COPY or FILL on a free channel; there must be one.
  void start(unsigned index);

  /// `finished(command)` for each command whose channel is done.
  template <typename Finished>
  void collect(Finished finished) {
    for (uint64_t busy = kAll & ~free_; busy != 0; busy &= busy - 1) {
      const unsigned channel = lowest_bit(busy);
      if (take_done(channel)) finished(commands_[channel]);
    }
  }

 private:
  static constexpr uint64_t kAll = bit(CUBIST_SDMA_COUNT) - 1;

  bool take_done(unsigned channel);

  CommandPool& pool_;
  uint64_t free_ = kAll;
  uint8_t commands_[CUBIST_SDMA_COUNT]{};
};

}  // namespace cubist::firmware
