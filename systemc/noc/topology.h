// SPDX-License-Identifier: Apache-2.0
// Routers, links and routes of an interconnect; knows neither time nor SystemC.
//
// Endpoints send and receive. Each has an injection link into its router and an ejection link out
// of it, of one cycle each. A packet's route is a list of links: injection, links between routers,
// ejection; it depends on source and destination only.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace cubist::noc {

/// Order of the dimensions in which a packet crosses the mesh. Either order allows only turns from
/// the first dimension to the second, so links never wait for each other in a circle.
enum class Routing : uint8_t { xy, yx };

/// A stop of the mesh; x counts columns, y rows.
struct Position {
  int x = 0, y = 0;
};

/// A channel from a router (or a sending endpoint) to a router (or a receiving endpoint).
struct Link {
  static constexpr uint32_t kEndpoint = ~uint32_t{0};
  uint32_t from = kEndpoint;  ///< Router, or kEndpoint for an injection link.
  uint32_t to = kEndpoint;    ///< Router, or kEndpoint for an ejection link.
  uint32_t endpoint = 0;      ///< Of an injection or ejection link.
  uint32_t delay = 1;         ///< Cycles from the grant of a flit to its arrival at the far end.
  uint32_t port = 0;          ///< Which of `to`'s inputs it is.
};

class Topology {
 public:
  /// `columns` x `rows` routers; neighbours are connected in both directions by links of
  /// `hop_cycles` (router and wire). Several endpoints may share a position. Throws
  /// std::invalid_argument for a position outside.
  static Topology mesh(unsigned columns, unsigned rows, Routing routing, unsigned hop_cycles,
                       const std::vector<Position>& endpoints);
  /// A mesh with one endpoint at each router: endpoint y * columns + x.
  static Topology mesh(unsigned columns, unsigned rows, Routing routing, unsigned hop_cycles);
  /// One router between all endpoints; crossing it takes `hop_cycles` and counts as one hop.
  static Topology crossbar(unsigned endpoints, unsigned hop_cycles);

  unsigned endpoints() const { return endpoints_; }
  unsigned routers() const { return static_cast<unsigned>(inputs_.size()); }
  const std::vector<Link>& links() const { return links_; }
  /// Links that end at a router, in the order of Link::port.
  const std::vector<uint32_t>& inputs(uint32_t router) const { return inputs_[router]; }
  uint32_t injection(uint32_t endpoint) const { return endpoint; }
  uint32_t ejection(uint32_t endpoint) const { return endpoints_ + endpoint; }
  /// The link that a packet for `destination` takes out of `router`.
  uint32_t next(uint32_t router, uint32_t destination) const {
    return routes_[router * endpoints_ + destination];
  }

  /// Links between routers on the way (a crossbar: 1).
  unsigned hops(uint32_t source, uint32_t destination) const;
  /// Cycles from a packet's creation to the arrival of its last flit when nothing is in its way:
  /// 2 + hops * hop_cycles + flits - 1.
  uint64_t zero_load(uint32_t source, uint32_t destination, unsigned flits) const;
  /// "(3,4)->(4,4)", "node 7 -> (7,0)".
  std::string describe(uint32_t link) const;

 private:
  Topology(unsigned endpoints, unsigned routers);
  uint32_t add_link(const Link& link);

  unsigned endpoints_;
  unsigned columns_ = 0;     // 0: a crossbar.
  std::vector<Link> links_;  // Injection links, ejection links, links between routers.
  std::vector<std::vector<uint32_t>> inputs_;
  std::vector<uint32_t> routes_;
};

}  // namespace cubist::noc
