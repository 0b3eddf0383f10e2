// SPDX-License-Identifier: Apache-2.0
// An initiator for tests of memory targets: sends requests at given times, keeps what came back,
// and checks every call against the TLM-2.0 base protocol.
#pragma once

#include <catch2/catch.hpp>
#include <deque>
#include <map>
#include <string>
#include <vector>

#include <tlm_utils/simple_initiator_socket.h>
#include <systemc>
#include <tlm>

#include "systemc/base/request.h"
#include "systemc/base/simulation.h"

namespace cubist::test {

class TlmProbe : public sc_core::sc_module, public base::Agent {
 public:
  struct Sent {
    tlm::tlm_generic_payload payload;
    base::RequestInfo info;
    base::Time issued = 0;  // BEGIN_REQ
    base::Time taken = 0;   // END_REQ, explicit or implied
    base::Time done = 0;    // Response, annotated delay included
    bool refused = false;   // Answered TLM_ACCEPTED
    enum class State { fresh, request, accepted, over } state = State::fresh;
  };

  tlm_utils::simple_initiator_socket<TlmProbe> socket;

  TlmProbe(sc_core::sc_module_name name, base::Simulation& simulation, unsigned node = 0)
      : sc_module(name), socket("socket"), simulation_(simulation), node_(node) {
    socket.register_nb_transport_bw(this, &TlmProbe::receive);
  }
  ~TlmProbe() override {
    for (Sent& s : sent) s.payload.clear_extension(&s.info);
  }

  /// Queues a timing-only request; they leave in order, each when the one before was taken.
  Sent& request(bool write, uint64_t address, unsigned bytes, bool bypass = false) {
    Sent& s = sent.emplace_back();
    by_payload_[&s.payload] = &s;
    s.info.node = s.info.initiator = node_;
    s.info.rank = base::Rank::of(node_, 0);
    s.info.timing_only = true;
    s.info.bypass_l2 = bypass;
    s.payload.set_extension(&s.info);
    s.payload.set_command(write ? tlm::TLM_WRITE_COMMAND : tlm::TLM_READ_COMMAND);
    s.payload.set_address(address);
    s.payload.set_data_length(bytes);
    s.payload.set_streaming_width(bytes);
    s.payload.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
    return s;
  }
  Sent& read(uint64_t address, unsigned bytes = 512) { return request(false, address, bytes); }
  Sent& write(uint64_t address, unsigned bytes = 512) { return request(true, address, bytes); }

  /// Sends everything queued from `when` on, as fast as the target takes it.
  void start(base::Time when) { simulation_.agenda().at(when, base::Rank::of(node_, 0), *this, 0); }
  /// Sends what is queued and runs until nothing is left to do.
  void run() {
    start(simulation_.now());
    simulation_.agenda().run();
  }

  void wake(uint64_t) override {
    if (simulation_.now() < not_before_) return start(not_before_);
    while (open_ == nullptr && next_ < sent.size()) {
      issue(sent[next_++]);
      if (pace == 0) continue;
      not_before_ = simulation_.now() + pace;
      return start(not_before_);
    }
  }

  std::deque<Sent> sent;
  base::Time pace = 0;  ///< At least so long between two requests.

 private:
  void issue(Sent& s) {
    s.issued = simulation_.now();
    s.state = Sent::State::request;
    open_ = &s;
    tlm::tlm_phase phase = tlm::BEGIN_REQ;
    sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
    const auto answer = socket->nb_transport_fw(s.payload, phase, delay);
    if (answer == tlm::TLM_COMPLETED) {
      open_ = nullptr;
      s.taken = s.issued;
      finish(s, delay.value());
    } else if (answer == tlm::TLM_UPDATED && phase == tlm::END_REQ) {
      open_ = nullptr;
      s.taken = s.issued + delay.value();
      s.state = Sent::State::accepted;
    } else {
      REQUIRE(answer == tlm::TLM_ACCEPTED);
      REQUIRE(phase == tlm::BEGIN_REQ);
      s.refused = true;
    }
  }

  void finish(Sent& s, base::Time delay) {
    REQUIRE(s.payload.get_response_status() != tlm::TLM_INCOMPLETE_RESPONSE);
    s.state = Sent::State::over;
    s.done = simulation_.now() + delay;
  }

  tlm::tlm_sync_enum receive(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase,
                             sc_core::sc_time& delay) {
    const auto found = by_payload_.find(&payload);
    REQUIRE(found != by_payload_.end());
    Sent* s = found->second;
    if (phase == tlm::END_REQ) {
      REQUIRE(s->state == Sent::State::request);
      REQUIRE(open_ == s);
      s->state = Sent::State::accepted;
      s->taken = simulation_.now() + delay.value();
      open_ = nullptr;
      start(simulation_.now());
      return tlm::TLM_ACCEPTED;
    }
    REQUIRE(phase == tlm::BEGIN_RESP);
    REQUIRE((s->state == Sent::State::request || s->state == Sent::State::accepted));
    if (open_ == s) {
      open_ = nullptr;
      s->taken = simulation_.now();
      start(simulation_.now());
    }
    finish(*s, delay.value());
    return tlm::TLM_COMPLETED;
  }

  base::Simulation& simulation_;
  unsigned node_;
  base::Time not_before_ = 0;
  std::map<const tlm::tlm_generic_payload*, Sent*> by_payload_;
  Sent* open_ = nullptr;
  size_t next_ = 0;
};

}  // namespace cubist::test
