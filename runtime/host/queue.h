// SPDX-License-Identifier: Apache-2.0
// One hardware queue as the host drives it: rings in host memory, doorbell, phase bits.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "abi/cubist_abi.h"

namespace cubist {
class HostTransport;
}

namespace cubist::host {

/// Mechanics only: knows entries and completions, not what they mean. Never has more commands in
/// flight than the completion ring holds, so that the chip can always post.
class Queue {
 public:
  /// Allocates the rings in host memory. `entries` is a power of two, 4 to 2048.
  Queue(HostTransport& transport, unsigned number, unsigned entries);

  /// Programs and enables the hardware queue, empty; `priority` 0 to 7.
  void enable(unsigned priority);

  unsigned number() const { return number_; }
  unsigned entries() const { return entries_; }
  /// True when push() must wait for a completion.
  bool full() const { return in_flight_ >= entries_ - 1; }
  unsigned in_flight() const { return in_flight_; }
  /// Ring index that the next push() fills.
  unsigned tail() const { return tail_; }

  /// Writes the entry and rings the doorbell. Precondition: not full().
  void push(const cubist_submission& entry);

  /// Takes the next completion, if the chip has posted one.
  std::optional<cubist_completion> take();

  /// The queue's error record as last written by the firmware.
  cubist_error_record error_record() const;

 private:
  void write(uint64_t offset, uint64_t value);

  HostTransport& transport_;
  unsigned number_, entries_, cq_entries_;
  std::span<uint8_t> submission_, completion_, record_;
  uint64_t submission_address_ = 0, completion_address_ = 0, record_address_ = 0;
  unsigned tail_ = 0, cq_head_ = 0, in_flight_ = 0, unreported_ = 0;
  bool phase_ = true;
};

}  // namespace cubist::host
