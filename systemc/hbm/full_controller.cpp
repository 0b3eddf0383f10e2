// SPDX-License-Identifier: Apache-2.0
// The controller's side of hbm.model=full: requests in, responses when they are known.
#include <algorithm>

#include "systemc/hbm/hbm_controller.h"
#include "systemc/memory/request_port.h"

namespace cubist::hbm {

using base::Time;
using memory::to_sc;

tlm::tlm_sync_enum HbmController::forward_full(tlm::tlm_generic_payload& payload,
                                               tlm::tlm_phase& phase, sc_core::sc_time& delay) {
  const Time arrival = simulation_.now() + delay.value();
  const bool write = payload.is_write();
  if (!full_->can_accept(decode(payload).pseudo_channel, write)) {
    // What was decided since the last look may have made a place.
    look();
    if (!full_->can_accept(decode(payload).pseudo_channel, write)) {
      refused_ = &payload;
      refused_arrival_ = arrival;
      ++refusals_;
      look_later();
      return tlm::TLM_ACCEPTED;
    }
  }
  submit(payload, arrival, !write);
  look_later();
  if (write) {
    delay += to_sc(config_.controller / 2);
    return tlm::TLM_COMPLETED;
  }
  phase = tlm::END_REQ;
  return tlm::TLM_UPDATED;
}

void HbmController::submit(tlm::tlm_generic_payload& payload, Time arrival, bool awaited) {
  uint64_t number = TimedChannel::kNobody;
  if (awaited) {
    if (free_numbers_.empty()) {
      free_numbers_.push_back(static_cast<uint32_t>(open_.size()));
      open_.push_back(nullptr);
    }
    number = free_numbers_.back();
    free_numbers_.pop_back();
    open_[number] = &payload;
  }
  const auto first = static_cast<unsigned>((payload.get_address() - interleave_.base()) %
                                           memory::Interleave::kLineBytes);
  full_->submit(decode(payload), payload.is_write(), first, payload.get_data_length(), arrival,
                number);
}

/// Lets the channel run up to now and passes on what it decided.
void HbmController::look() {
  look_at_ = base::kNever;
  const Time now = simulation_.now();
  full_->advance(now, done_);
  // Answers may bring new requests into this controller at once.
  std::vector<TimedChannel::Completion> done;
  done.swap(done_);
  for (const TimedChannel::Completion& c : done) {
    tlm::tlm_generic_payload* payload = open_[c.id];
    free_numbers_.push_back(static_cast<uint32_t>(c.id));
    respond({payload, c.done});
  }
  done.clear();
  if (done_.empty()) done_.swap(done);  // Its memory serves the next look.
  if (refused_ != nullptr &&
      full_->can_accept(decode(*refused_).pseudo_channel, refused_->is_write())) {
    tlm::tlm_generic_payload& payload = *refused_;
    refused_ = nullptr;
    const bool write = payload.is_write();
    const Time arrival = std::max(now, refused_arrival_);
    submit(payload, arrival, !write);
    tlm::tlm_phase phase = tlm::END_REQ;
    sc_core::sc_time none = sc_core::SC_ZERO_TIME;
    const auto answer = target->nb_transport_bw(payload, phase, none);
    if (write && answer != tlm::TLM_COMPLETED) {
      respond({&payload, arrival + config_.controller / 2});
    }
  }
  look_later();
}

void HbmController::look_later() {
  const Time when = full_->next_look(refused_ != nullptr);
  if (when == base::kNever || when >= look_at_) return;
  look_at_ = std::max(when, simulation_.now());
  simulation_.agenda().at(look_at_, rank_, *this);
}

void HbmController::respond(const Response& response) {
  if (response_open_) {
    responses_.push_back(response);
    return;
  }
  const Time now = simulation_.now();
  tlm::tlm_phase phase = tlm::BEGIN_RESP;
  sc_core::sc_time delay = to_sc(std::max(response.done, now) - now);
  response_open_ = target->nb_transport_bw(*response.payload, phase, delay) == tlm::TLM_ACCEPTED;
}

void HbmController::end_response() {
  response_open_ = false;
  while (!responses_.empty() && !response_open_) {
    const Response next = responses_.front();
    responses_.pop_front();
    respond(next);
  }
}

/// b_transport cannot wait for what the channel decides later: it takes its share of the buses, and
/// its latency is an estimate from the open row and the queue.
Time HbmController::block_full(const tlm::tlm_generic_payload& payload, Time arrival) {
  full_->advance(simulation_.now(), done_);
  const Coordinates where = decode(payload);
  const bool write = payload.is_write();
  const Time done = write ? arrival + config_.controller / 2
                          : arrival + full_->estimate(where, payload.get_data_length());
  const auto first = static_cast<unsigned>((payload.get_address() - interleave_.base()) %
                                           memory::Interleave::kLineBytes);
  if (full_->can_accept(where.pseudo_channel, write)) {
    full_->submit(where, write, first, payload.get_data_length(), arrival, TimedChannel::kNobody);
  }
  // Whatever was decided meanwhile is passed on from the agenda, not from within this call.
  if (!done_.empty()) {
    look_at_ = simulation_.now();
    simulation_.agenda().at(look_at_, rank_, *this);
  } else {
    look_later();
  }
  return done;
}

}  // namespace cubist::hbm
