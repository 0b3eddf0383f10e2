// SPDX-License-Identifier: Apache-2.0
// A channel for tests that takes every request at once and answers it later.
#pragma once

#include <algorithm>
#include <map>
#include <vector>

#include <tlm_utils/simple_target_socket.h>
#include <systemc>
#include <tlm>

#include "systemc/base/simulation.h"
#include "systemc/memory/request_port.h"

namespace cubist::test {

class LateTarget : public sc_core::sc_module, private base::Agent {
 public:
  tlm_utils::simple_target_socket<LateTarget> socket;
  LateTarget(sc_core::sc_module_name name, base::Simulation& simulation)
      : sc_module(name), socket("socket"), simulation_(simulation) {
    socket.register_nb_transport_fw(this, &LateTarget::forward);
    socket.register_b_transport(this, &LateTarget::block);
  }
  base::Time latency = 200 * base::kNanosecond;
  unsigned most = 0;  ///< Requests that were in flight at once.
  unsigned reads = 0, writes = 0;

 private:
  tlm::tlm_sync_enum forward(tlm::tlm_generic_payload& p, tlm::tlm_phase& phase,
                             sc_core::sc_time& delay) {
    if (phase != tlm::BEGIN_REQ) return tlm::TLM_COMPLETED;
    ++(p.is_write() ? writes : reads);
    open_[next_] = &p;
    most = std::max(most, static_cast<unsigned>(open_.size()));
    simulation_.agenda().at(simulation_.now() + delay.value() + latency,
                            base::Rank::of(base::kRankMemory, 0), *this, next_++);
    phase = tlm::END_REQ;
    delay = sc_core::SC_ZERO_TIME;
    return tlm::TLM_UPDATED;
  }
  // NOLINTNEXTLINE(readability-make-member-function-const): the socket wants it so.
  void block(tlm::tlm_generic_payload& p, sc_core::sc_time& delay) {
    p.set_response_status(tlm::TLM_OK_RESPONSE);
    delay += memory::to_sc(latency);
  }
  void wake(uint64_t number) override {
    tlm::tlm_generic_payload& p = *open_.at(number);
    open_.erase(number);
    p.set_response_status(tlm::TLM_OK_RESPONSE);
    tlm::tlm_phase phase = tlm::BEGIN_RESP;
    sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
    socket->nb_transport_bw(p, phase, delay);
  }

  base::Simulation& simulation_;
  std::map<uint64_t, tlm::tlm_generic_payload*> open_;
  uint64_t next_ = 0;
};

}  // namespace cubist::test
