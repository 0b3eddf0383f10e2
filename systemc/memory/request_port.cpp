// SPDX-License-Identifier: Apache-2.0
#include "systemc/memory/request_port.h"

#include <algorithm>

namespace cubist::memory {

RequestPort::RequestPort(const char* name, base::Simulation& simulation, RequestOwner& owner,
                         uint32_t initiator, uint32_t node, base::Rank rank)
    : socket(name),
      simulation_(simulation),
      owner_(owner),
      initiator_(initiator),
      node_(node),
      rank_(rank) {
  socket.register_nb_transport_bw(this, &RequestPort::receive);
}

RequestPort::~RequestPort() {
  for (const auto& transaction : all_) {
    transaction->clear_extension<base::RequestInfo>();
  }
}

RequestPort::Transaction* RequestPort::prepare(const Request& request, base::Time when,
                                               uint64_t token) {
  if (free_.empty()) {
    all_.push_back(std::make_unique<Transaction>());
    all_.back()->set_extension(&all_.back()->info);
    free_.push_back(all_.back().get());
  }
  Transaction* transaction = free_.back();
  free_.pop_back();
  transaction->token = token;
  transaction->when = when;
  base::RequestInfo& info = transaction->info;
  info.initiator = initiator_;
  info.node = node_;
  info.rank = rank_;
  info.timing_only = true;
  info.bypass_l2 = request.bypass_l2;
  tlm::tlm_generic_payload& payload = *transaction;
  payload.set_command(request.write ? tlm::TLM_WRITE_COMMAND : tlm::TLM_READ_COMMAND);
  payload.set_address(request.address);
  payload.set_data_ptr(nullptr);
  payload.set_data_length(request.bytes);
  payload.set_streaming_width(request.bytes);
  payload.set_byte_enable_ptr(nullptr);
  payload.set_dmi_allowed(false);
  payload.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
  return transaction;
}

std::optional<Completion> RequestPort::send(const Request& request, base::Time when,
                                            uint64_t token) {
  Transaction* transaction = prepare(request, when, token);
  if (blocked()) {
    waiting_.push_back(transaction);
    return std::nullopt;
  }
  return issue(transaction);
}

Completion RequestPort::call(const Request& request, base::Time when) {
  Transaction* transaction = prepare(request, when, 0);
  const base::Time now = simulation_.now();
  sc_core::sc_time delay = to_sc(std::max(when, now) - now);
  socket->b_transport(*transaction, delay);
  const Completion completion = completion_of(*transaction, now + delay.value());
  release(transaction);
  return completion;
}

std::optional<Completion> RequestPort::issue(Transaction* transaction) {
  const base::Time now = simulation_.now();
  tlm::tlm_phase phase = tlm::BEGIN_REQ;
  sc_core::sc_time delay = to_sc(std::max(transaction->when, now) - now);
  const tlm::tlm_sync_enum answer = socket->nb_transport_fw(*transaction, phase, delay);
  if (answer == tlm::TLM_COMPLETED || (answer == tlm::TLM_UPDATED && phase == tlm::BEGIN_RESP)) {
    const Completion completion = completion_of(*transaction, now + delay.value());
    if (answer == tlm::TLM_UPDATED) {
      phase = tlm::END_RESP;
      socket->nb_transport_fw(*transaction, phase, delay);
    }
    release(transaction);
    return completion;
  }
  ++unanswered_;
  const bool taken = answer == tlm::TLM_UPDATED && phase == tlm::END_REQ;
  if (!taken) refused_ = transaction;
  return std::nullopt;
}

Completion RequestPort::completion_of(const Transaction& transaction, base::Time done) const {
  return {done, transaction.is_response_ok()};
}

void RequestPort::accepted(Transaction* transaction) {
  if (refused_ != transaction) return;
  refused_ = nullptr;
  while (refused_ == nullptr && !waiting_.empty()) {
    Transaction* next = waiting_.front();
    waiting_.pop_front();
    const uint64_t token = next->token;
    if (const auto completion = issue(next)) owner_.request_done(token, *completion);
  }
}

tlm::tlm_sync_enum RequestPort::receive(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase,
                                        sc_core::sc_time& delay) {
  auto* transaction = static_cast<Transaction*>(&payload);  // Only what issue() sent comes back.
  if (phase == tlm::END_REQ) {
    accepted(transaction);
    return tlm::TLM_ACCEPTED;
  }
  // BEGIN_RESP; without an END_REQ before, it stands for both.
  --unanswered_;
  const uint64_t token = transaction->token;
  const Completion completion = completion_of(*transaction, simulation_.now() + delay.value());
  const bool was_refused = refused_ == transaction;
  if (!was_refused) release(transaction);
  owner_.request_done(token, completion);
  if (was_refused) {
    accepted(transaction);
    release(transaction);
  }
  return tlm::TLM_COMPLETED;
}

}  // namespace cubist::memory
