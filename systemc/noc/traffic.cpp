// SPDX-License-Identifier: Apache-2.0
#include "systemc/noc/traffic.h"

#include <algorithm>
#include <cmath>

namespace cubist::noc {
namespace {

/// A draw of 64 bits is below this with probability `p`.
uint64_t threshold(double p) {
  return p >= 1 ? ~uint64_t{0} : static_cast<uint64_t>(std::ldexp(std::max(p, 0.0), 64));
}

}  // namespace

Traffic::Traffic(const TrafficConfig& config)
    : config_(config),
      start_threshold_(threshold(config.load / config.flits)),
      hotspot_threshold_(threshold(config.hotspot_share)) {
  for (uint32_t node = 0; node < config.columns * config.rows; ++node) {
    if (sends(node)) senders_.push_back({node, config.seed * 0x10001 + node});
  }
}

bool Traffic::sends(uint32_t node) const {
  const unsigned x = node % config_.columns;
  const unsigned y = node / config_.columns;
  switch (config_.pattern) {
    case Pattern::transpose:
      return x != y;
    case Pattern::edges:
      return y != 0 && y + 1 != config_.rows;
    default:
      return true;
  }
}

// SplitMix64 (Steele, Lea, Flood 2014): a counter, mixed.
uint64_t Traffic::draw(Sender& sender) {
  uint64_t z = sender.state += 0x9e3779b97f4a7c15u;
  z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
  z = (z ^ z >> 27) * 0x94d049bb133111ebu;
  return z ^ z >> 31;
}

uint32_t Traffic::draw_below(Sender& sender, uint32_t bound) {
  return static_cast<uint32_t>((draw(sender) >> 32) * bound >> 32);
}

uint32_t Traffic::destination(Sender& sender) const {
  const unsigned columns = config_.columns;
  const unsigned x = sender.node % columns;
  const unsigned y = sender.node / columns;
  switch (config_.pattern) {
    case Pattern::transpose:
      return x * columns + y;
    case Pattern::edges: {
      const uint32_t n = draw_below(sender, 2 * columns);
      return n < columns ? n : (config_.rows - 1) * columns + n - columns;
    }
    case Pattern::hotspot:
      if (sender.node != config_.hotspot_node && draw(sender) < hotspot_threshold_) {
        return config_.hotspot_node;
      }
      break;
    case Pattern::uniform:
      break;
  }
  const uint32_t other = draw_below(sender, columns * config_.rows - 1);
  return other < sender.node ? other : other + 1;
}

void Traffic::next(Cycle cycles, std::vector<Shipment>& out) {
  out.clear();
  for (const Cycle end = now_ + cycles; now_ < end; ++now_) {
    for (Sender& s : senders_) {
      if (draw(s) < start_threshold_) out.push_back({now_, s.node, destination(s)});
    }
  }
}

}  // namespace cubist::noc
