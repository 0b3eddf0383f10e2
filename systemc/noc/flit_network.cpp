// SPDX-License-Identifier: Apache-2.0
#include "systemc/noc/flit_network.h"

#include <algorithm>

namespace cubist::noc {

FlitNetwork::FlitNetwork(const Topology& topology, const NetworkConfig& config, Receiver& receiver)
    : topology_(topology),
      config_(config),
      receiver_(receiver),
      links_(topology.links().size()),
      queues_(links_.size() * config.vcs),
      channels_(links_.size() * config.vcs),
      sources_(topology.endpoints()),
      waiting_(topology.routers()),
      outputs_(topology.routers()) {
  for (Channel& c : channels_) c.credits = config.buffer_flits;
  for (uint32_t i = 0; i < links_.size(); ++i) {
    const Link& link = topology.links()[i];
    if (link.from != Link::kEndpoint) outputs_[link.from].push_back(i);
  }
}

void FlitNetwork::inject(uint32_t source, uint32_t destination, uint32_t flits, Cycle cycle,
                         uint64_t tag) {
  const Packet packet{tag, destination, flits, cycle};
  uint32_t number = 0;
  if (free_packets_.empty()) {
    number = static_cast<uint32_t>(packets_.size());
    packets_.push_back(packet);
  } else {
    number = free_packets_.back();
    free_packets_.pop_back();
    packets_[number] = packet;
  }
  sources_[source].packets.push_back(number);
}

void FlitNetwork::run(Cycle end) {
  for (; now_ < end; ++now_) {
    arrive();
    for (uint32_t e = 0; e < topology_.endpoints(); ++e) inject_from(e);
    for (uint32_t r = 0; r < topology_.routers(); ++r) {
      if (waiting_[r] == 0) continue;
      for (const uint32_t link : outputs_[r]) arbitrate(link);
    }
  }
}

void FlitNetwork::arrive() {
  for (uint32_t i = 0; i < links_.size(); ++i) {
    LinkState& link = links_[i];
    while (!link.in_flight.empty() && link.in_flight.front().arrival <= now_) {
      const InFlight& f = link.in_flight.front();
      queues_[i * config_.vcs + f.vc].flits.push_back(f.flit);
      ++waiting_[topology_.links()[i].to];
      link.in_flight.pop_front();
    }
    while (!link.returning.empty() && link.returning.front().usable <= now_) {
      ++channels_[i * config_.vcs + link.returning.front().vc].credits;
      link.returning.pop_front();
    }
  }
}

int FlitNetwork::channel_for(uint32_t link, unsigned flits, int vc) const {
  const bool sink = topology_.links()[link].to == Link::kEndpoint;
  const Channel* channels = &channels_[link * config_.vcs];
  if (vc >= 0) return sink || channels[vc].credits > 0 ? vc : -1;
  const unsigned need = std::min(flits, config_.buffer_flits);
  for (unsigned i = 0; i < config_.vcs; ++i) {
    const unsigned v = (links_[link].next_vc + i) % config_.vcs;
    const Channel& c = channels[v];
    if (!c.owned && c.free_from <= now_ && (sink || c.credits >= need)) return static_cast<int>(v);
  }
  return -1;
}

int FlitNetwork::send(uint32_t link, const Flit& flit, int vc) {
  LinkState& state = links_[link];
  const Packet& packet = packets_[flit.packet];
  const int chosen = channel_for(link, packet.flits, vc);
  const auto v = static_cast<unsigned>(chosen);
  Channel& channel = channels_[link * config_.vcs + v];
  if (vc < 0) {
    channel.owned = true;
    state.next_vc = (v + 1) % config_.vcs;
  }
  ++state.flits;
  const bool tail = flit.index + 1 == packet.flits;
  if (tail) {
    channel.owned = false;
    channel.free_from = now_ + 1;
  }
  const Link& wire = topology_.links()[link];
  if (wire.to != Link::kEndpoint) {
    --channel.credits;
    state.in_flight.push_back({now_ + wire.delay, v, flit});
  } else if (tail) {
    receiver_.delivered(packet.tag, now_ + wire.delay);
    free_packets_.push_back(flit.packet);
  }
  return tail ? -1 : chosen;
}

void FlitNetwork::inject_from(uint32_t endpoint) {
  Source& source = sources_[endpoint];
  if (source.packets.empty()) return;
  const uint32_t number = source.packets.front();
  const Packet& packet = packets_[number];
  const uint32_t link = topology_.injection(endpoint);
  if (packet.created > now_ || channel_for(link, packet.flits, source.vc) < 0) return;
  source.vc = send(link, {number, source.sent}, source.vc);
  if (++source.sent == packet.flits) {
    source.packets.pop_front();
    source.sent = 0;
  }
}

bool FlitNetwork::can_send(uint32_t link, uint32_t queue) const {
  const Queue& q = queues_[queue];
  if (q.flits.empty() || q.last_sent == now_) return false;
  const Packet& packet = packets_[q.flits.front().packet];
  const uint32_t router = topology_.links()[link].from;
  return topology_.next(router, packet.destination) == link &&
         channel_for(link, packet.flits, q.vc) >= 0;
}

void FlitNetwork::arbitrate(uint32_t link) {
  LinkState& state = links_[link];
  const std::vector<uint32_t>& inputs = topology_.inputs(topology_.links()[link].from);
  const auto count = static_cast<unsigned>(inputs.size()) * config_.vcs;
  const auto queue_of = [&](unsigned i) {
    return inputs[i / config_.vcs] * config_.vcs + i % config_.vcs;
  };
  int winner = -1;
  if (state.holder >= 0 && state.held + 1 == now_ &&
      can_send(link, queue_of(static_cast<unsigned>(state.holder)))) {
    winner = state.holder;
  }
  for (unsigned i = 0; i < count && winner < 0; ++i) {
    const unsigned input = (state.turn + i) % count;
    if (!can_send(link, queue_of(input))) continue;
    winner = static_cast<int>(input);
    state.turn = input + 1;
  }
  state.holder = -1;
  if (winner < 0) return;
  const uint32_t number = queue_of(static_cast<unsigned>(winner));
  Queue& q = queues_[number];
  q.vc = send(link, q.flits.front(), q.vc);
  q.flits.pop_front();
  q.last_sent = now_;
  --waiting_[topology_.links()[link].from];
  if (q.vc >= 0) {
    state.holder = winner;
    state.held = now_;
  }
  LinkState& before = links_[number / config_.vcs];
  before.returning.push_back({now_ + config_.credit_cycles, number % config_.vcs});
}

}  // namespace cubist::noc
