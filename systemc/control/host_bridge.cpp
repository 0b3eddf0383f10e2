// SPDX-License-Identifier: Apache-2.0
#include "systemc/control/host_bridge.h"

#include <algorithm>

#include "systemc/memory/request_port.h"
#include "systemc/memory/transfer.h"

namespace cubist::control {

using base::Time;
using memory::to_sc;

HostBridge::HostBridge(sc_core::sc_module_name name, base::Simulation& simulation,
                       const ControlConfig& config, memory::MemoryPort& memory)
    : sc_module(name),
      target("target"),
      simulation_(simulation),
      memory_(memory),
      latency_(config.bridge_latency),
      byte_time_(config.bridge_byte_time),
      slots_(config.bridge_depth, 0) {
  target.register_nb_transport_fw(this, &HostBridge::forward);
  target.register_b_transport(this, &HostBridge::block);
  target.register_transport_dbg(this, &HostBridge::debug);
  const std::string path = this->name();
  simulation.add_statistic(path + ".read_bytes", "bytes", &read_bytes_);
  simulation.add_statistic(path + ".write_bytes", "bytes", &write_bytes_);
  simulation.add_statistic(path + ".refusals", "requests", &refusals_);
}

Time HostBridge::serve(const tlm::tlm_generic_payload& payload, Time arrival) {
  const uint64_t bytes = payload.get_data_length();
  const auto length = static_cast<Time>(static_cast<double>(bytes) * byte_time_ + 0.5);
  (payload.is_write() ? write_bytes_ : read_bytes_) += bytes;
  memory::LinkCalendar& link = payload.is_write() ? up_ : down_;
  // Data of a read come back over the link after the host's memory has answered.
  const Time wait = payload.is_write() ? 0 : latency_;
  const Time sent = link.reserve(simulation_.now(), arrival + wait, length) + length;
  const Time done = payload.is_write() ? sent + latency_ : sent;
  // Places free up in order, as credits come back.
  const size_t last = (next_ + slots_.size() - 1) % slots_.size();
  slots_[next_] = std::max(done, slots_.size() > 1 ? slots_[last] : 0);
  next_ = (next_ + 1) % slots_.size();
  return done;
}

tlm::tlm_sync_enum HostBridge::forward(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase,
                                       sc_core::sc_time& delay) {
  if (phase != tlm::BEGIN_REQ) return tlm::TLM_COMPLETED;
  memory::transfer(memory_, payload);
  if (!payload.is_response_ok()) return tlm::TLM_COMPLETED;
  const Time now = simulation_.now();
  const Time arrival = now + delay.value();
  if (slots_[next_] > arrival) {
    refused_ = &payload;
    ++refusals_;
    simulation_.agenda().at(slots_[next_], rank_of(Unit::bridge), *this);
    return tlm::TLM_ACCEPTED;
  }
  delay = to_sc(serve(payload, arrival) - now);
  return tlm::TLM_COMPLETED;
}

void HostBridge::wake(uint64_t) {
  const Time now = simulation_.now();
  tlm::tlm_generic_payload& payload = *refused_;
  const Time done = serve(payload, now);
  refused_ = nullptr;
  memory::answer_late(*target.operator->(), payload, to_sc(done - now));
}

void HostBridge::block(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
  memory::transfer(memory_, payload);
  if (!payload.is_response_ok()) return;
  const Time now = simulation_.now();
  delay = to_sc(serve(payload, std::max<Time>(now + delay.value(), slots_[next_])) - now);
}

unsigned HostBridge::debug(tlm::tlm_generic_payload& payload) {
  return memory::debug_transfer(memory_, payload);
}

}  // namespace cubist::control
