// SPDX-License-Identifier: Apache-2.0
// Synthetic traffic: who sends to whom, and when.
#pragma once

#include <cstdint>
#include <vector>

#include "systemc/noc/network.h"

namespace cubist::noc {

enum class Pattern : uint8_t {
  uniform,    ///< To every other node alike.
  transpose,  ///< (x, y) to (y, x); nodes on the diagonal are silent. Square meshes only.
  hotspot,    ///< A share of the packets to one node, the rest uniform.
  edges,      ///< Nodes of inner rows to nodes of the first and last row, as cores to L2 slices.
};

struct TrafficConfig {
  Pattern pattern = Pattern::uniform;
  unsigned columns = 8, rows = 8;  ///< Node y * columns + x; a crossbar is one row.
  unsigned flits = 4;              ///< Of each packet.
  double load = 0.1;               ///< Flits a cycle that each sending node offers.
  unsigned hotspot_node = 0;
  double hotspot_share = 0.1;  ///< Of the packets.
  uint64_t seed = 1;
};

struct Shipment {
  Cycle cycle;
  uint32_t source, destination;
};

/// Each sending node starts a packet in a cycle with probability load / flits. The same
/// configuration gives the same packets everywhere: only integers are drawn.
class Traffic {
 public:
  explicit Traffic(const TrafficConfig& config);

  unsigned senders() const { return static_cast<unsigned>(senders_.size()); }
  bool sends(uint32_t node) const;
  /// The packets of the next `cycles` cycles, in the order of cycle and node.
  void next(Cycle cycles, std::vector<Shipment>& out);

 private:
  struct Sender {
    uint32_t node;
    uint64_t state;  // Of its random numbers.
  };

  uint32_t destination(Sender& sender) const;
  static uint64_t draw(Sender& sender);
  static uint32_t draw_below(Sender& sender, uint32_t bound);

  TrafficConfig config_;
  Cycle now_ = 0;
  uint64_t start_threshold_, hotspot_threshold_;
  std::vector<Sender> senders_;
};

}  // namespace cubist::noc
