// SPDX-License-Identifier: Apache-2.0
// A memory target for tests: fixed latency, and refuses when told to.
#pragma once

#include <catch2/catch.hpp>
#include <vector>

#include <tlm_utils/simple_target_socket.h>
#include <systemc>
#include <tlm>

#include "systemc/base/request.h"
#include "systemc/base/simulation.h"
#include "systemc/memory/memory_port.h"
#include "systemc/memory/request_port.h"
#include "systemc/memory/transfer.h"

namespace cubist::test {

/// A target with a fixed latency that can be told to refuse until a given time.
class StallingTarget : public sc_core::sc_module, public base::Agent {
 public:
  tlm_utils::simple_target_socket<StallingTarget> socket;
  StallingTarget(sc_core::sc_module_name name, base::Simulation& simulation,
                 memory::MemoryPort& memory)
      : sc_module(name), socket("socket"), simulation_(simulation), memory_(memory) {
    socket.register_nb_transport_fw(this, &StallingTarget::forward);
    socket.register_b_transport(this, &StallingTarget::block);
  }
  base::Time latency = 100 * base::kNanosecond;
  base::Time stalled_until = 0;
  bool explicit_end = true;     ///< END_REQ before BEGIN_RESP, or BEGIN_RESP for both.
  std::vector<unsigned> order;  ///< Nodes in the order of service.

 private:
  tlm::tlm_sync_enum forward(tlm::tlm_generic_payload& p, tlm::tlm_phase& phase,
                             sc_core::sc_time& delay) {
    if (phase != tlm::BEGIN_REQ) return tlm::TLM_COMPLETED;
    REQUIRE(held_ == nullptr);  // The exclusion rule.
    memory::transfer(memory_, p);
    if (simulation_.now() < stalled_until) {
      held_ = &p;
      simulation_.agenda().at(stalled_until, base::Rank::of(base::kRankMemory, 0), *this);
      return tlm::TLM_ACCEPTED;
    }
    order.push_back(p.get_extension<base::RequestInfo>()->node);
    delay += memory::to_sc(latency);
    return tlm::TLM_COMPLETED;
  }
  void block(tlm::tlm_generic_payload& p, sc_core::sc_time& delay) {
    memory::transfer(memory_, p);
    delay += memory::to_sc(latency);
  }
  void wake(uint64_t) override {
    tlm::tlm_generic_payload& p = *held_;
    held_ = nullptr;
    order.push_back(p.get_extension<base::RequestInfo>()->node);
    tlm::tlm_phase phase = tlm::END_REQ;
    sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
    if (explicit_end) socket->nb_transport_bw(p, phase, delay);
    phase = tlm::BEGIN_RESP;
    delay = memory::to_sc(latency);
    socket->nb_transport_bw(p, phase, delay);
  }
  base::Simulation& simulation_;
  memory::MemoryPort& memory_;
  tlm::tlm_generic_payload* held_ = nullptr;
};

}  // namespace cubist::test
