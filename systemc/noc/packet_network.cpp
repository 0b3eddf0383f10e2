// SPDX-License-Identifier: Apache-2.0
#include "systemc/noc/packet_network.h"

namespace cubist::noc {
namespace {

// Receivers take whatever comes.
constexpr uint32_t kUnbounded = uint32_t{1} << 30;

}  // namespace

PacketNetwork::PacketNetwork(const Topology& topology, const NetworkConfig& config,
                             Receiver& receiver)
    : topology_(topology), config_(config), receiver_(receiver) {
  const auto& links = topology.links();
  const auto count = static_cast<uint32_t>(links.size());
  const unsigned vcs = config.vcs;
  links_.resize(count);
  lanes_.resize(size_t{count} * vcs + topology.endpoints());
  std::vector<uint32_t> first_queue(topology.routers());
  for (uint32_t r = 0; r < topology.routers(); ++r) {
    first_queue[r] = static_cast<uint32_t>(queue_of_bit_.size());
    for (const uint32_t input : topology.inputs(r)) {
      for (unsigned v = 0; v < vcs; ++v) {
        const uint32_t number = input * vcs + v;
        lanes_[number].bit = static_cast<uint32_t>(queue_of_bit_.size()) - first_queue[r];
        lanes_[number].fed_by = input;
        queue_of_bit_.push_back(number);
      }
    }
  }
  for (uint32_t number = 0; number < count; ++number) {
    LinkState& state = links_[number];
    state.delay = links[number].delay;
    state.to = links[number].to;
    unsigned bits = 1;
    if (links[number].from == Link::kEndpoint) {
      state.first_queue = static_cast<uint32_t>(queue_of_bit_.size());
      queue_of_bit_.push_back(count * vcs + links[number].endpoint);
    } else {
      state.first_queue = first_queue[links[number].from];
      bits = static_cast<unsigned>(topology.inputs(links[number].from).size()) * vcs;
    }
    state.first_word = static_cast<uint32_t>(masks_.size());
    state.words = (bits + 63) / 64;
    masks_.resize(masks_.size() + state.words);
    for (unsigned v = 0; v < vcs; ++v) {
      lanes_[size_t{number} * vcs + v].credits.reset(
          state.to == Link::kEndpoint ? kUnbounded : config.buffer_flits);
    }
  }
}

PacketNetwork::Entry* PacketNetwork::make_entry() {
  if (free_ == nullptr) {
    entries_.emplace_back();
    free_ = &entries_.back();
  }
  Entry* entry = free_;
  free_ = entry->next;
  entry->sent = 0;
  entry->vc = kNone;
  entry->next = nullptr;
  entry->arrivals.reset(0);
  return entry;
}

void PacketNetwork::inject(uint32_t source, uint32_t destination, uint32_t flits, Cycle cycle,
                           uint64_t tag) {
  const auto number = static_cast<uint32_t>(links_.size()) * config_.vcs + source;
  Lane& queue = lanes_[number];
  Entry* entry = make_entry();
  entry->tag = tag;
  entry->destination = destination;
  entry->flits = flits;
  entry->out = topology_.injection(source);
  entry->arrivals.add(cycle, flits);
  if (queue.front == nullptr) {
    queue.front = queue.back = entry;
    request(number);
  } else {
    queue.back = queue.back->next = entry;
  }
}

void PacketNetwork::run(Cycle end) {
  for (Cycle cycle = wheel_.next(now_); cycle < end; cycle = wheel_.next(now_)) {
    now_ = cycle;
    wheel_.take(cycle, due_);
    for (const uint32_t link : due_) {
      if (links_[link].scheduled == cycle) serve(link);
    }
    ++now_;
  }
  if (now_ < end) now_ = end;
}

void PacketNetwork::request(uint32_t queue) {
  Lane& q = lanes_[queue];
  LinkState& link = links_[q.front->out];
  masks_[link.first_word + q.bit / 64] |= uint64_t{1} << q.bit % 64;
  ++link.requests;
  q.front->arrivals.settle(now_);
  schedule(q.front->out, std::max(q.ready, q.front->arrivals.when(1, now_)));
}

Cycle PacketNetwork::eligible(uint32_t number, uint32_t queue, uint32_t& vc) {
  const Lane& q = lanes_[queue];
  Entry& e = *q.front;
  e.arrivals.settle(now_);
  const Cycle here = std::max(q.ready, e.arrivals.when(1, now_));
  if (here == kNoCycle) return here;
  Lane* lanes = &lanes_[size_t{number} * config_.vcs];
  vc = e.vc;
  if (vc != kNone) {
    lanes[vc].credits.settle(now_);
    return std::max(here, lanes[vc].credits.when(1, now_));
  }
  const uint32_t need = std::min(e.flits, config_.buffer_flits);
  Cycle soonest = kNoCycle;
  uint32_t v = links_[number].next_vc;
  for (unsigned i = 0; i < config_.vcs; ++i, v = v + 1 == config_.vcs ? 0 : v + 1) {
    Lane& lane = lanes[v];
    if (lane.free_from == kNoCycle) continue;
    lane.credits.settle(now_);
    const Cycle at = std::max(lane.free_from, lane.credits.when(need, now_));
    if (at >= soonest) continue;
    soonest = at;
    vc = v;
    if (at <= now_) break;
  }
  return std::max(here, soonest);
}

void PacketNetwork::serve(uint32_t number) {
  LinkState& link = links_[number];
  link.scheduled = kNoCycle;
  if (link.requests == 0) return;
  if (link.busy_until > now_) return schedule(number, link.busy_until);
  if (link.holder != kNone && link.busy_until == now_) {
    const uint32_t queue = queue_of_bit_[link.first_queue + link.holder];
    uint32_t vc = kNone;
    if (eligible(number, queue, vc) <= now_) return grant(number, queue, vc);
  }
  Cycle soonest = kNoCycle;
  const uint64_t* mask = &masks_[link.first_word];
  const uint32_t start = link.turn / 64 < link.words ? link.turn / 64 : 0;
  const uint64_t ahead =
      link.turn / 64 < link.words ? ~uint64_t{0} << link.turn % 64 : ~uint64_t{0};
  for (uint32_t i = 0; i <= link.words; ++i) {
    const uint32_t word = (start + i) % link.words;
    uint64_t bits = mask[word];
    if (i == 0) bits &= ahead;
    if (i == link.words) bits &= ~ahead;
    for (; bits != 0; bits &= bits - 1) {
      const uint32_t bit = word * 64 + static_cast<uint32_t>(std::countr_zero(bits));
      const uint32_t queue = queue_of_bit_[link.first_queue + bit];
      uint32_t vc = kNone;
      const Cycle at = eligible(number, queue, vc);
      if (at <= now_) {
        link.turn = bit + 1;
        return grant(number, queue, vc);
      }
      soonest = std::min(soonest, at);
    }
  }
  if (soonest != kNoCycle) schedule(number, soonest);
}

void PacketNetwork::grant(uint32_t number, uint32_t queue, uint32_t vc) {
  LinkState& link = links_[number];
  Lane& q = lanes_[queue];
  Entry& e = *q.front;
  const uint32_t channel_number = number * config_.vcs + vc;
  Lane& channel = lanes_[channel_number];
  if (e.vc == kNone) {
    e.vc = vc;
    channel.free_from = kNoCycle;
    link.next_vc = static_cast<uint16_t>(vc + 1 == config_.vcs ? 0 : vc + 1);
  }
  uint32_t run = e.arrivals.steady(now_, e.flits - e.sent);
  if (link.to != Link::kEndpoint) {
    run = channel.credits.steady(now_, run);
    channel.credits.take(run);
  }
  e.arrivals.take(run);
  const Cycle end = now_ + run;
  link.busy_until = end;
  link.flits += run;
  forward(number, channel_number, e, run);
  e.sent += run;
  if (q.fed_by != kNone) {
    q.credits.add(now_ + config_.credit_cycles, run);
    if (links_[q.fed_by].requests != 0) schedule(q.fed_by, now_ + config_.credit_cycles);
  }
  link.holder = q.bit;
  if (e.sent == e.flits) {
    link.holder = kNone;
    channel.free_from = end;
    masks_[link.first_word + q.bit / 64] &= ~(uint64_t{1} << q.bit % 64);
    --link.requests;
    q.front = e.next;
    q.ready = end;
    e.next = free_;
    free_ = &e;
    if (q.front != nullptr) request(queue);
  }
  if (link.requests != 0) schedule(number, end);
}

void PacketNetwork::forward(uint32_t number, uint32_t channel, const Entry& entry, uint32_t run) {
  const LinkState& link = links_[number];
  const Cycle arrival = now_ + link.delay;
  if (link.to == Link::kEndpoint) {
    if (entry.sent + run == entry.flits) receiver_.delivered(entry.tag, arrival + run - 1);
    return;
  }
  Lane& behind = lanes_[channel];
  if (entry.sent != 0) {  // The head went before; this is what follows it.
    behind.back->arrivals.add(arrival, run);
    if (behind.back == behind.front) schedule(behind.front->out, arrival);
    return;
  }
  Entry* copy = make_entry();
  copy->tag = entry.tag;
  copy->destination = entry.destination;
  copy->flits = entry.flits;
  copy->out = topology_.next(link.to, entry.destination);
  copy->arrivals.add(arrival, run);
  if (behind.front == nullptr) {
    behind.front = behind.back = copy;
    request(channel);
  } else {
    behind.back = behind.back->next = copy;
  }
}

}  // namespace cubist::noc
