// SPDX-License-Identifier: Apache-2.0
// Watches one kernel on the event bus and in the statistics: when the scheduler took it and
// completed it, how long its blocks ran, how busy their pipes were, what the memory system did.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "systemc/base/event_bus.h"
#include "systemc/base/simulation.h"

namespace cubist::validate {

/// Attach it for the run of one kernel.
class KernelProbe : public base::EventSink {
 public:
  explicit KernelProbe(base::Simulation& simulation);
  ~KernelProbe() override;
  KernelProbe(const KernelProbe&) = delete;
  KernelProbe& operator=(const KernelProbe&) = delete;

  void on_event(const base::Event& event) override;
  void on_track(base::TrackId track, std::string_view path) override;

  /// Forgets what it saw and takes the statistics as they are now as zero.
  void begin();

  /// From the firmware's taking the command to its completion entry, in microseconds.
  double task_us() const;
  /// Mean time of a block, in microseconds.
  double block_us() const;
  /// Mean over blocks of the time in which the scalar unit did not wait.
  double scalar_us() const;
  uint64_t blocks() const { return blocks_; }
  /// Cores that ran a block.
  unsigned cores() const;
  /// Sum of all statistics whose path begins and ends so, since begin().
  uint64_t since(std::string_view prefix, std::string_view suffix) const;

 private:
  enum class Lane : uint8_t { other, core, scalar, firmware, queue };
  struct Track {
    Lane lane = Lane::other;
    unsigned depth = 0;
    base::Time begun = 0;
    uint64_t blocks = 0;
  };

  base::Simulation& simulation_;
  base::NameId block_, kernel_, start_;
  std::vector<Track> tracks_;
  std::vector<uint64_t> zero_;
  base::Time taken_ = base::kNever, completed_ = 0;
  base::Time block_time_ = 0, scalar_wait_ = 0;
  uint64_t blocks_ = 0;
};

}  // namespace cubist::validate
