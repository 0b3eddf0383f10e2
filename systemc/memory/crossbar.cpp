// SPDX-License-Identifier: Apache-2.0
#include "systemc/memory/crossbar.h"

#include "systemc/base/request.h"
#include "systemc/memory/request_port.h"
#include "systemc/memory/transfer.h"

namespace cubist::memory {

using base::Time;

Crossbar::Crossbar(sc_core::sc_module_name name, base::Simulation& simulation,
                   unsigned source_count, const Interleave& interleave, Time way)
    : sc_module(name),
      sources("source", source_count),
      targets("target", interleave.slices()),
      simulation_(simulation),
      interleave_(interleave),
      way_(to_sc(way)),
      gates_(interleave.slices()) {
  for (unsigned i = 0; i < source_count; ++i) {
    sources[i].register_nb_transport_fw(this, &Crossbar::forward, static_cast<int>(i));
    sources[i].register_b_transport(this, &Crossbar::block, static_cast<int>(i));
    sources[i].register_transport_dbg(this, &Crossbar::debug, static_cast<int>(i));
  }
  for (unsigned i = 0; i < targets.size(); ++i) {
    targets[i].register_nb_transport_bw(this, &Crossbar::backward, static_cast<int>(i));
  }
}

Crossbar::TargetSocket& Crossbar::source_of(const tlm::tlm_generic_payload& payload) {
  return sources[payload.get_extension<base::RequestInfo>()->node];
}

tlm::tlm_sync_enum Crossbar::forward(int, tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase,
                                     sc_core::sc_time& delay) {
  const unsigned target = route(payload);
  if (phase == tlm::END_RESP) return targets[target]->nb_transport_fw(payload, phase, delay);
  delay += way_;
  Gate& gate = gates_[target];
  if (gate.offering || gate.refused != nullptr || !gate.queue.empty()) {
    gate.queue.push_back({&payload, simulation_.now() + delay.value()});
    phase = tlm::END_REQ;
    delay = sc_core::SC_ZERO_TIME;
    return tlm::TLM_UPDATED;
  }
  tlm::tlm_sync_enum answer = offer(target, payload, phase, delay);
  if (answer == tlm::TLM_ACCEPTED) {
    phase = tlm::END_REQ;
    delay = sc_core::SC_ZERO_TIME;
    answer = tlm::TLM_UPDATED;
  }
  let_in(target);
  return answer;
}

/// As nb_transport_fw of the target, with the way back added to what is known of the response.
tlm::tlm_sync_enum Crossbar::offer(unsigned target, tlm::tlm_generic_payload& payload,
                                   tlm::tlm_phase& phase, sc_core::sc_time& delay) {
  // The target may answer others within the call, and their sources ask again: those wait.
  gates_[target].offering = true;
  const tlm::tlm_sync_enum answer = targets[target]->nb_transport_fw(payload, phase, delay);
  gates_[target].offering = false;
  if (answer == tlm::TLM_ACCEPTED) gates_[target].refused = &payload;
  if (answer == tlm::TLM_COMPLETED || phase == tlm::BEGIN_RESP) delay += way_;
  return answer;
}

tlm::tlm_sync_enum Crossbar::backward(int target, tlm::tlm_generic_payload& payload,
                                      tlm::tlm_phase& phase, sc_core::sc_time& delay) {
  const auto from = static_cast<unsigned>(target);
  Gate& gate = gates_[from];
  const bool was_refused = gate.refused == &payload;
  TargetSocket& source = source_of(payload);
  tlm::tlm_sync_enum answer = tlm::TLM_ACCEPTED;
  if (phase == tlm::BEGIN_RESP) {
    delay += way_;
    // The source may send its next request while it hears of this one: it waits behind the others.
    answer = source->nb_transport_bw(payload, phase, delay);
  }
  if (was_refused && gate.refused == &payload) {
    gate.refused = nullptr;
    let_in(from);
  }
  return answer;
}

void Crossbar::let_in(unsigned target) {
  Gate& gate = gates_[target];
  while (!gate.offering && gate.refused == nullptr && !gate.queue.empty()) {
    const Waiting next = gate.queue.front();
    gate.queue.pop_front();
    const Time now = simulation_.now();
    tlm::tlm_phase phase = tlm::BEGIN_REQ;
    sc_core::sc_time delay = to_sc(std::max(next.arrival, now) - now);
    const tlm::tlm_sync_enum answer = offer(target, *next.payload, phase, delay);
    if (answer == tlm::TLM_ACCEPTED) return;
    TargetSocket& source = source_of(*next.payload);
    if (answer == tlm::TLM_COMPLETED || phase == tlm::BEGIN_RESP) {
      phase = tlm::BEGIN_RESP;
      source->nb_transport_bw(*next.payload, phase, delay);
    }
  }
}

void Crossbar::block(int, tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
  delay += way_;
  targets[route(payload)]->b_transport(payload, delay);
  delay += way_;
}

unsigned Crossbar::debug(int, tlm::tlm_generic_payload& payload) {
  return targets[route(payload)]->transport_dbg(payload);
}

std::string Crossbar::describe_state() const {
  std::string text;
  for (size_t i = 0; i < gates_.size(); ++i) {
    if (gates_[i].refused == nullptr) continue;
    text += std::string(name()) + ": target " + std::to_string(i) + " is full, " +
            std::to_string(gates_[i].queue.size() + 1) + " requests wait\n";
  }
  return text;
}

}  // namespace cubist::memory
