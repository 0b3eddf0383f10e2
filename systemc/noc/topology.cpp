// SPDX-License-Identifier: Apache-2.0
#include "systemc/noc/topology.h"

#include <array>
#include <stdexcept>

namespace cubist::noc {

Topology::Topology(unsigned endpoints, unsigned routers)
    : endpoints_(endpoints),
      links_(2 * size_t{endpoints}),
      inputs_(routers),
      routes_(size_t{routers} * endpoints) {}

uint32_t Topology::add_link(const Link& link) {
  const auto number = static_cast<uint32_t>(links_.size());
  links_.push_back(link);
  std::vector<uint32_t>& inputs = inputs_[link.to];
  links_.back().port = static_cast<uint32_t>(inputs.size());
  inputs.push_back(number);
  return number;
}

Topology Topology::mesh(unsigned columns, unsigned rows, Routing routing, unsigned hop_cycles,
                        const std::vector<Position>& endpoints) {
  Topology t(static_cast<unsigned>(endpoints.size()), columns * rows);
  t.columns_ = columns;
  const auto router = [&](int x, int y) {
    return static_cast<uint32_t>(y) * columns + static_cast<uint32_t>(x);
  };
  const auto inside = [&](int x, int y) {
    return x >= 0 && y >= 0 && x < static_cast<int>(columns) && y < static_cast<int>(rows);
  };
  for (uint32_t e = 0; e < endpoints.size(); ++e) {
    const Position& p = endpoints[e];
    if (!inside(p.x, p.y)) throw std::invalid_argument("an endpoint lies outside of the mesh");
    const uint32_t r = router(p.x, p.y);
    Link& in = t.links_[t.injection(e)];
    in = {Link::kEndpoint, r, e, 1, static_cast<uint32_t>(t.inputs_[r].size())};
    t.inputs_[r].push_back(t.injection(e));
    t.links_[t.ejection(e)] = {r, Link::kEndpoint, e, 1, 0};
  }
  constexpr std::array<Position, 4> kSteps{{{1, 0}, {-1, 0}, {0, 1}, {0, -1}}};
  std::vector<std::array<uint32_t, 4>> out(t.routers());
  for (int y = 0; y < static_cast<int>(rows); ++y) {
    for (int x = 0; x < static_cast<int>(columns); ++x) {
      for (size_t d = 0; d < kSteps.size(); ++d) {
        const int to_x = x + kSteps[d].x;
        const int to_y = y + kSteps[d].y;
        if (!inside(to_x, to_y)) continue;
        out[router(x, y)][d] = t.add_link({router(x, y), router(to_x, to_y), 0, hop_cycles, 0});
      }
    }
  }
  for (int y = 0; y < static_cast<int>(rows); ++y) {
    for (int x = 0; x < static_cast<int>(columns); ++x) {
      const uint32_t r = router(x, y);
      for (uint32_t e = 0; e < endpoints.size(); ++e) {
        const Position& p = endpoints[e];
        const bool done = p.x == x && p.y == y;
        const bool along_x = routing == Routing::xy ? p.x != x : p.y == y;
        const size_t step = along_x ? (p.x > x ? 0 : 1) : (p.y > y ? 2 : 3);
        t.routes_[size_t{r} * t.endpoints_ + e] = done ? t.ejection(e) : out[r][step];
      }
    }
  }
  return t;
}

Topology Topology::mesh(unsigned columns, unsigned rows, Routing routing, unsigned hop_cycles) {
  std::vector<Position> all;
  for (unsigned y = 0; y < rows; ++y) {
    for (unsigned x = 0; x < columns; ++x) {
      all.push_back({static_cast<int>(x), static_cast<int>(y)});
    }
  }
  return mesh(columns, rows, routing, hop_cycles, all);
}

Topology Topology::crossbar(unsigned endpoints, unsigned hop_cycles) {
  Topology t(endpoints, 1);
  for (uint32_t e = 0; e < endpoints; ++e) {
    t.links_[t.injection(e)] = {Link::kEndpoint, 0, e, 1, e};
    t.inputs_[0].push_back(t.injection(e));
    t.links_[t.ejection(e)] = {0, Link::kEndpoint, e, 1 + hop_cycles, 0};
    t.routes_[e] = t.ejection(e);
  }
  return t;
}

unsigned Topology::hops(uint32_t source, uint32_t destination) const {
  if (columns_ == 0) return 1;
  unsigned count = 0;
  for (uint32_t at = links_[injection(source)].to;; ++count) {
    const Link& link = links_[next(at, destination)];
    if (link.to == Link::kEndpoint) return count;
    at = link.to;
  }
}

uint64_t Topology::zero_load(uint32_t source, uint32_t destination, unsigned flits) const {
  uint64_t cycles = links_[injection(source)].delay + flits - 1;
  for (uint32_t at = links_[injection(source)].to; at != Link::kEndpoint;) {
    const Link& link = links_[next(at, destination)];
    cycles += link.delay;
    at = link.to;
  }
  return cycles;
}

std::string Topology::describe(uint32_t link) const {
  const Link& l = links_[link];
  const auto name = [&](uint32_t router) {
    if (router == Link::kEndpoint) return "node " + std::to_string(l.endpoint);
    if (columns_ == 0) return std::string("crossbar");
    return "(" + std::to_string(router % columns_) + "," + std::to_string(router / columns_) + ")";
  };
  return name(l.from) + " -> " + name(l.to);
}

}  // namespace cubist::noc
