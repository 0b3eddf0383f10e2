// SPDX-License-Identifier: Apache-2.0
// What the HBM of a chip is built from.
#pragma once

#include <cstdint>

#include "systemc/base/time.h"
#include "systemc/hbm/dram_timing.h"
#include "systemc/hbm/policies.h"

namespace cubist::base {
class ParameterTable;
}

namespace cubist::hbm {

/// How much of a channel is modelled.
enum class HbmModel : uint8_t {
  approximate,  ///< Reservation arithmetic in order of arrival; answers at once.
  full,         ///< Command by command: ChannelModel.
};

/// Order of lines in a pseudo-channel.
enum class LineOrder : uint8_t {
  stream,  ///< Consecutive lines share a row set; the next row is in another set.
  spread,  ///< Consecutive lines go to different row sets.
};

/// Shape and timing of device memory. One controller serves one channel of two pseudo-channels.
struct HbmConfig {
  static constexpr unsigned kPseudoChannels = 2;  ///< Per channel (HBM2 on).
  static constexpr unsigned kAtomBytes = 32;      ///< One burst of a pseudo-channel.

  DramTiming timing;       ///< Shape and intervals of a channel.
  ChannelOptions channel;  ///< Policies and queues of the full model; the stripe of both.
  HbmModel model = HbmModel::approximate;
  LineOrder order = LineOrder::stream;
  bool bank_hash = true;  ///< Rows turn the row set, so that power-of-two strides do not share one.
  unsigned stacks = 4;
  unsigned channels_per_stack = 8;
  unsigned row_sets = 8;  ///< Of a pseudo-channel: groups of banks that open a row together.
  unsigned row_set_bytes = 2048;  ///< Of a row in all banks of a set.
  unsigned queue_depth = 32;      ///< Requests a pseudo-channel holds before it refuses more.
  uint64_t bytes = 0;             ///< Of the whole chip.
  base::Time atom = 0;            ///< Data bus time of one atom.
  base::Time controller = 0;      ///< Through controller and PHY, both ways together.
  base::Time read_latency = 0, write_latency = 0;  ///< Column command to first data.
  base::Time row_to_column = 0, precharge = 0, row_active = 0, row_cycle = 0, row_to_row = 0;
  base::Time write_recovery = 0, read_to_precharge = 0;
  base::Time write_to_read = 0, read_to_write = 0;      ///< Idle data bus at a change of direction.
  base::Time refresh_interval = 0, refresh_length = 0;  ///< All banks; interval 0: no refresh.
  bool refresh_together = false;                        ///< All channels refresh at the same time.
  unsigned write_batch = 16;  ///< Writes collected before the bus turns round for them.

  unsigned channels() const { return stacks * channels_per_stack; }
  /// Bytes per second of all data buses together.
  double peak() const {
    return channels() * kPseudoChannels * kAtomBytes * 1e15 / static_cast<double>(atom);
  }
};

/// Declares the parameters "hbm.*".
void declare_parameters(base::ParameterTable& table);

/// The configuration that `table` describes. Throws base::UserError when its parts do not fit.
HbmConfig hbm_config(const base::ParameterTable& table);

}  // namespace cubist::hbm
