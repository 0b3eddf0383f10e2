// SPDX-License-Identifier: Apache-2.0
#include "systemc/noc/noc.h"

#include <algorithm>

#include "systemc/memory/request_port.h"
#include "systemc/memory/transfer.h"

namespace cubist::noc {

using base::Time;
using memory::to_sc;

namespace {

Topology topology(const NocConfig& config, Routing routing) {
  std::vector<Position> endpoints = config.nodes;
  endpoints.insert(endpoints.end(), config.targets.begin(), config.targets.end());
  if (config.crossbar) {
    return Topology::crossbar(static_cast<unsigned>(endpoints.size()), config.hop_cycles);
  }
  Position last;
  for (const Position& p : endpoints) last = {std::max(last.x, p.x), std::max(last.y, p.y)};
  return Topology::mesh(static_cast<unsigned>(last.x) + 1, static_cast<unsigned>(last.y) + 1,
                        routing, config.hop_cycles, endpoints);
}

Routing other(Routing routing) {
  return routing == Routing::xy ? Routing::yx : Routing::xy;
}

}  // namespace

Noc::Noc(sc_core::sc_module_name name, base::Simulation& simulation, NocConfig config,
         const memory::Interleave& interleave, memory::MemoryMap& memory)
    : sc_module(name),
      nodes("node", config.nodes.size()),
      targets("target", config.targets.size()),
      simulation_(simulation),
      config_(std::move(config)),
      interleave_(interleave),
      memory_(memory),
      request_ways_(topology(config_, config_.routing)),
      response_ways_(topology(config_, other(config_.routing))),
      request_links_(request_ways_, config_.cycle),
      response_links_(response_ways_, config_.cycle),
      ports_(config_.nodes.size()),
      gates_(config_.targets.size()) {
  for (unsigned i = 0; i < nodes.size(); ++i) {
    nodes[i].register_nb_transport_fw(this, &Noc::forward, static_cast<int>(i));
    nodes[i].register_b_transport(this, &Noc::block, static_cast<int>(i));
    nodes[i].register_transport_dbg(this, &Noc::debug, static_cast<int>(i));
    const std::string path = std::string(this->name()) + ".node" + std::to_string(i);
    simulation.add_statistic(path + ".read_bytes", "bytes", &ports_[i].read_bytes);
    simulation.add_statistic(path + ".write_bytes", "bytes", &ports_[i].write_bytes);
  }
  for (unsigned i = 0; i < targets.size(); ++i) {
    targets[i].register_nb_transport_bw(this, &Noc::backward, static_cast<int>(i));
  }
  const std::string path = this->name();
  simulation.add_statistic(path + ".refusals", "requests", &refusals_);
  simulation.add_statistic(path + ".requests.link_wait", "fs", &request_links_.waited());
  simulation.add_statistic(path + ".responses.link_wait", "fs", &response_links_.waited());
}

unsigned Noc::route(uint64_t address) const {
  return memory_.is_hbm(address) ? interleave_.place(address).slice
                                 : static_cast<unsigned>(gates_.size() - 1);
}

Time Noc::zero_load(unsigned node, unsigned target, uint64_t bytes) const {
  const Time hops = request_ways_.hops(node, endpoint(target));
  return 2 * config_.entry + hops * config_.hop_cycles * config_.cycle + length(bytes);
}

Time Noc::request_arrival(unsigned node, unsigned target, const tlm::tlm_generic_payload& payload,
                          Time from) {
  const uint64_t data = payload.is_write() ? payload.get_data_length() : 0;
  const Time now = simulation_.now();
  const Time size = length(config_.header_bytes + data);
  const Time sent = ports_[node].out.reserve(now, from, size);
  const Time crossed =
      request_links_.cross(node, endpoint(target), now, sent + config_.entry, link_time(data));
  const Time entered = gates_[target].in.reserve(now, crossed + config_.entry, size);
  return entered + size;
}

Time Noc::response_arrival(unsigned node, unsigned target, const tlm::tlm_generic_payload& payload,
                           Time done) {
  const Time now = simulation_.now();
  const uint64_t data = payload.is_write() ? 0 : payload.get_data_length();
  const Time size = length(payload.is_write() ? config_.header_bytes : data);
  // The response leaves while the last of the data still comes out of the target.
  const Time ready = done >= now + size ? done - size : now;
  const Time sent = gates_[target].out.reserve(now, ready, size);
  const Time crossed =
      response_links_.cross(endpoint(target), node, now, sent + config_.entry, link_time(data));
  const Time received = ports_[node].in.reserve(now, crossed + config_.entry, size);
  return received + size;
}

bool Noc::shortcut(unsigned node, tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
  Port& port = ports_[node];
  const unsigned bytes = payload.get_data_length();
  (payload.is_write() ? port.write_bytes : port.read_bytes) += bytes;
  if (config_.timing == Timing::full && memory_.contains(payload.get_address(), bytes)) {
    return false;
  }
  memory::transfer(memory_, payload);
  if (config_.timing == Timing::fast) {
    const Time now = simulation_.now();
    memory::LinkCalendar& link = payload.is_write() ? port.out : port.in;
    const Time size = length(bytes);
    delay = to_sc(link.reserve(now, now + delay.value(), size) + size + config_.fast_latency - now);
  }
  return true;
}

tlm::tlm_sync_enum Noc::forward(int node, tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase,
                                sc_core::sc_time& delay) {
  const auto from = static_cast<unsigned>(node);
  if (phase == tlm::END_RESP) {
    Port& port = ports_[from];
    port.response_open = false;
    while (!port.responses.empty() && !port.response_open) {
      const auto [next, done] = port.responses.front();
      port.responses.pop_front();
      respond(Travel{next, from, 0}, done);
    }
    return tlm::TLM_COMPLETED;
  }
  if (shortcut(from, payload, delay)) return tlm::TLM_COMPLETED;
  const Time now = simulation_.now();
  const unsigned target = route(payload.get_address());
  Gate& gate = gates_[target];
  const Travel travel{&payload, from, request_arrival(from, target, payload, now + delay.value())};
  if (gate.refused.payload != nullptr || !gate.queue.empty()) {
    gate.queue.push_back(travel);
    ++refusals_;
    return tlm::TLM_ACCEPTED;
  }
  Time done = 0;
  switch (offer(target, travel, done)) {
    case Offer::accepted:
      phase = tlm::END_REQ;
      return tlm::TLM_UPDATED;
    case Offer::refused:
      ++refusals_;
      return tlm::TLM_ACCEPTED;
    case Offer::done:
      break;
  }
  delay = to_sc(done - now);
  return tlm::TLM_COMPLETED;
}

Noc::Offer Noc::offer(unsigned target, const Travel& travel, Time& done) {
  const Time now = simulation_.now();
  tlm::tlm_phase phase = tlm::BEGIN_REQ;
  sc_core::sc_time delay = to_sc(std::max(travel.arrival, now) - now);
  const auto answer = targets[target]->nb_transport_fw(*travel.payload, phase, delay);
  if (answer == tlm::TLM_ACCEPTED) {
    gates_[target].refused = travel;
    return Offer::refused;
  }
  if (answer == tlm::TLM_UPDATED && phase == tlm::END_REQ) {
    gates_[target].accepted.push_back(travel);
    return Offer::accepted;
  }
  if (answer == tlm::TLM_UPDATED) {
    phase = tlm::END_RESP;
    sc_core::sc_time zero = sc_core::SC_ZERO_TIME;
    targets[target]->nb_transport_fw(*travel.payload, phase, zero);
  }
  done = response_arrival(travel.node, target, *travel.payload, now + delay.value());
  return Offer::done;
}

tlm::tlm_sync_enum Noc::backward(int index, tlm::tlm_generic_payload& payload,
                                 tlm::tlm_phase& phase, sc_core::sc_time& delay) {
  const auto target = static_cast<unsigned>(index);
  Gate& gate = gates_[target];
  const bool was_refused = gate.refused.payload == &payload;
  if (phase == tlm::END_REQ) {
    if (!was_refused) return tlm::TLM_ACCEPTED;
    const Travel travel = gate.refused;
    gate.refused = {};
    gate.accepted.push_back(travel);
    end_request(travel);
    let_in(target);
    return tlm::TLM_ACCEPTED;
  }
  Travel travel;
  if (was_refused) {  // A response without END_REQ stands for both.
    travel = gate.refused;
    gate.refused = {};
    end_request(travel);
  } else {
    const auto found = std::find_if(gate.accepted.begin(), gate.accepted.end(),
                                    [&](const Travel& t) { return t.payload == &payload; });
    travel = *found;
    gate.accepted.erase(found);
  }
  const Time done = simulation_.now() + delay.value();
  respond(travel, response_arrival(travel.node, target, payload, done));
  if (was_refused) let_in(target);
  return tlm::TLM_COMPLETED;
}

void Noc::let_in(unsigned target) {
  Gate& gate = gates_[target];
  while (gate.refused.payload == nullptr && !gate.queue.empty()) {
    const Travel next = gate.queue.front();
    gate.queue.pop_front();
    Time done = 0;
    const Offer answer = offer(target, next, done);
    if (answer == Offer::refused) continue;
    end_request(next);
    if (answer == Offer::done) respond(next, done);
  }
}

void Noc::end_request(const Travel& travel) {
  tlm::tlm_phase phase = tlm::END_REQ;
  sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
  nodes[travel.node]->nb_transport_bw(*travel.payload, phase, delay);
}

void Noc::respond(const Travel& travel, Time done) {
  Port& port = ports_[travel.node];
  if (port.response_open) {
    port.responses.emplace_back(travel.payload, done);
    return;
  }
  const Time now = simulation_.now();
  tlm::tlm_phase phase = tlm::BEGIN_RESP;
  sc_core::sc_time delay = to_sc(std::max(done, now) - now);
  const auto answer = nodes[travel.node]->nb_transport_bw(*travel.payload, phase, delay);
  port.response_open = answer == tlm::TLM_ACCEPTED;
}

void Noc::block(int node, tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
  const auto from = static_cast<unsigned>(node);
  if (shortcut(from, payload, delay)) return;
  const Time now = simulation_.now();
  const unsigned target = route(payload.get_address());
  delay = to_sc(request_arrival(from, target, payload, now + delay.value()) - now);
  targets[target]->b_transport(payload, delay);
  delay = to_sc(response_arrival(from, target, payload, now + delay.value()) - now);
}

unsigned Noc::debug(int, tlm::tlm_generic_payload& payload) {
  return memory::debug_transfer(memory_, payload);
}

std::string Noc::busiest_link() const {
  Time most = 0;
  std::string text;
  const auto look = [&](const char* what, const Topology& ways, const PathReservation& links) {
    for (uint32_t i = 0; i < ways.links().size(); ++i) {
      if (links.reserved(i) <= most) continue;
      most = links.reserved(i);
      text = std::string(what) + " " + ways.describe(i) + ": " +
             std::to_string(most / base::kNanosecond) + " ns";
    }
  };
  look("requests", request_ways_, request_links_);
  look("responses", response_ways_, response_links_);
  return text;
}

std::string Noc::describe_state() const {
  std::string text;
  for (size_t i = 0; i < gates_.size(); ++i) {
    const Gate& gate = gates_[i];
    if (gate.refused.payload == nullptr) continue;
    text += std::string(name()) + ": node " + std::to_string(gate.refused.node) + " and " +
            std::to_string(gate.queue.size()) + " behind it wait for target " + std::to_string(i) +
            "\n";
  }
  return text;
}

}  // namespace cubist::noc
