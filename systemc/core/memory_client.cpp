// SPDX-License-Identifier: Apache-2.0
#include "systemc/core/memory_client.h"

#include <algorithm>
#include <cmath>

namespace cubist::core {
namespace {

/// The port's occupation is counted in 1/1024 of a cycle, so that widths need not divide sizes.
constexpr uint64_t kPortUnits = 1024;
constexpr uint64_t kNoFailure = ~uint64_t{0};

uint64_t port_units(uint64_t bytes, double cost) {
  return static_cast<uint64_t>(std::llround(static_cast<double>(bytes) * cost));
}

}  // namespace

/// A payload with what the client must know when its answer comes.
class MemoryClient::Request : public tlm::tlm_generic_payload {
 public:
  unsigned channel = 0;
  uint64_t epoch = 0, transfer = 0;
  base::RequestInfo info;
};

/// Payloads are used again; each is out from issue until both sides have released it.
class MemoryClient::Pool : public tlm::tlm_mm_interface {
 public:
  ~Pool() override {
    for (const auto& request : all_) request->clear_extension(&request->info);
  }
  Request& take() {
    if (free_.empty()) {
      all_.push_back(std::make_unique<Request>());
      all_.back()->set_mm(this);
      all_.back()->set_extension(&all_.back()->info);
      free_.push_back(all_.back().get());
    }
    Request& request = *free_.back();
    free_.pop_back();
    request.acquire();
    return request;
  }
  void free(tlm::tlm_generic_payload* payload) override {
    free_.push_back(static_cast<Request*>(payload));
  }

 private:
  std::vector<std::unique_ptr<Request>> all_;
  std::vector<Request*> free_;
};

MemoryClient::MemoryClient(base::Agenda& agenda, const base::Clock& clock,
                           const MemoryClientConfig& config, Forward forward)
    : agenda_(agenda),
      clock_(clock),
      config_(config),
      forward_(std::move(forward)),
      pool_(std::make_unique<Pool>()) {}

MemoryClient::~MemoryClient() = default;

void MemoryClient::set_identity(uint32_t initiator, uint32_t node) {
  config_.initiator = initiator;
  config_.node = node;
}

base::Time MemoryClient::now() const {
  return sc_core::sc_time_stamp().value();
}

base::Time MemoryClient::cycle_edge(base::Time time) const {
  return clock_.time_of(clock_.cycle_from(time));
}

uint64_t MemoryClient::start(unsigned channel, Owner& owner, const Transfer& transfer) {
  Channel& c = channels_[channel];
  c.owner = &owner;
  Active& t = c.transfers.emplace_back();
  static_cast<Transfer&>(t) = transfer;
  t.cost = static_cast<double>(kPortUnits) / transfer.bytes_per_cycle;
  t.last_cycle = transfer.first_cycle;
  choose_chunk(t);
  if (t.write) c.port = std::max(c.port, t.first_cycle * kPortUnits);
  const uint64_t number = c.first_number + c.transfers.size() - 1;
  service();
  return number;
}

void MemoryClient::cancel() {
  for (Channel& c : channels_) {
    c.first_number += c.transfers.size();
    c.transfers.clear();
    ++c.epoch;
    c.outstanding = 0;
    c.port = 0;
    c.answers = {};
  }
  ++arm_serial_;
  armed_ = base::kNever;
}

/// A run of bytes is cut into requests of the size to which its start is aligned.
void MemoryClient::choose_chunk(Active& t) const {
  if (t.issued()) return;
  const uint64_t address = (*t.segments)[t.segment].address;
  t.chunk = config_.request_bytes;
  while (t.chunk > config_.least_request_bytes && address % t.chunk != 0) t.chunk /= 2;
}

uint32_t MemoryClient::next_bytes(const Active& t) const {
  const GmSegment& s = (*t.segments)[t.segment];
  const uint64_t address = s.address + t.offset;
  return static_cast<uint32_t>(std::min<uint64_t>(s.bytes - t.offset, t.chunk - address % t.chunk));
}

base::Time MemoryClient::issue_time(const Channel& c) const {
  if (c.idle() || c.outstanding >= window(c)) return base::kNever;
  const Active& t = c.transfers.back();
  if (t.issued()) return base::kNever;
  uint64_t cycle = t.first_cycle;
  if (t.write) {  // The bytes must have left the local buffer.
    const uint64_t port = c.port + port_units(next_bytes(t), t.cost);
    cycle = std::max(cycle, (port + kPortUnits - 1) / kPortUnits);
  }
  return std::max(clock_.time_of(cycle), next_issue_);
}

base::Time MemoryClient::answer_time(const Channel& c) const {
  if (c.idle()) return base::kNever;
  const Active& oldest = c.transfers.front();
  base::Time when = base::kNever;
  if (oldest.issued() && oldest.unknown == 0) when = oldest.latest;
  if (c.outstanding >= window(c) && !c.answers.empty()) {
    when = std::min(when, c.answers.top().when);
  }
  return when;
}

void MemoryClient::issue(Channel& c, unsigned index) {
  Active& t = c.transfers.back();
  const uint32_t bytes = next_bytes(t);
  const GmSegment& s = (*t.segments)[t.segment];
  Request& request = pool_->take();
  request.channel = index;
  request.epoch = c.epoch;
  request.transfer = c.first_number + c.transfers.size() - 1;
  request.info.initiator = config_.initiator;
  request.info.node = config_.node;
  request.info.rank = rank_of(config_.rank_core, Unit::requests, index);
  request.info.timing_only = true;
  request.info.bypass_l2 = t.bypass_l2;
  request.set_command(t.write ? tlm::TLM_WRITE_COMMAND : tlm::TLM_READ_COMMAND);
  request.set_address(s.address + t.offset);
  request.set_data_ptr(nullptr);
  request.set_data_length(bytes);
  request.set_streaming_width(bytes);
  request.set_byte_enable_ptr(nullptr);
  request.set_dmi_allowed(false);
  request.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);

  t.offset += bytes;
  if (t.offset == s.bytes) {
    ++t.segment;
    t.offset = 0;
    choose_chunk(t);
  }
  if (t.write) c.port += port_units(bytes, t.cost);
  ++t.outstanding;
  ++t.unknown;
  ++c.outstanding;
  ++requests_;
  open_ = &request;
  // The next cycle's edge, wherever within a cycle a delayed END_REQ let us go.
  next_issue_ = clock_.time_of(clock_.cycle_at(now()) + 1);

  tlm::tlm_phase phase = tlm::BEGIN_REQ;
  sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
  request.acquire();  // The answer may come, and be released, within this call.
  const tlm::tlm_sync_enum result = forward_(request, phase, delay);
  const base::Time then = now() + delay.value();
  if (result == tlm::TLM_COMPLETED) {
    if (open_ == &request) open_ = nullptr;
    answer(request, then);
  } else if (result == tlm::TLM_UPDATED) {
    if (open_ == &request) open_ = nullptr;
    next_issue_ = std::max(next_issue_, cycle_edge(then));
    if (phase == tlm::BEGIN_RESP) {
      answer(request, then);
      tlm::tlm_phase end = tlm::END_RESP;
      sc_core::sc_time end_delay = delay;
      forward_(request, end, end_delay);
    }
  }
  request.release();
}

void MemoryClient::answer(Request& request, base::Time when) {
  Channel& c = channels_[request.channel];
  if (c.epoch == request.epoch) {
    const uint64_t failed = request.is_response_error() ? request.get_address() : kNoFailure;
    c.answers.push({when, sequence_++, request.transfer,
                    static_cast<uint32_t>(request.get_data_length()), failed,
                    request.get_response_status() == tlm::TLM_GENERIC_ERROR_RESPONSE});
    Active& t = c.transfers[request.transfer - c.first_number];
    --t.unknown;
    t.latest = std::max(t.latest, when);
  }
  request.release();
}

tlm::tlm_sync_enum MemoryClient::receive(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase,
                                         sc_core::sc_time& delay) {
  Request& request = static_cast<Request&>(payload);
  const base::Time then = now() + delay.value();
  if (phase == tlm::END_REQ) {
    if (open_ == &request) open_ = nullptr;
    next_issue_ = std::max(next_issue_, cycle_edge(then));
    arm(next_issue_);
    return tlm::TLM_ACCEPTED;
  }
  if (phase == tlm::BEGIN_RESP) {
    if (open_ == &request) open_ = nullptr;  // A response implies that the request was taken.
    answer(request, then);
    rearm();
    return tlm::TLM_COMPLETED;
  }
  return tlm::TLM_ACCEPTED;
}

void MemoryClient::settle(Channel& c) {
  while (!c.answers.empty() && c.answers.top().when <= now()) {
    const Answer a = c.answers.top();
    if (a.failed_address != kNoFailure)
      return c.owner->transfer_failed(a.transfer, a.failed_address, a.uncorrectable);
    c.answers.pop();
    Active& t = c.transfers[a.transfer - c.first_number];
    --t.outstanding;
    --c.outstanding;
    const uint64_t cycle = clock_.cycle_from(a.when);
    t.last_cycle = std::max(t.last_cycle, cycle);
    if (!t.write) {
      c.port = std::max(c.port, cycle * kPortUnits) + port_units(a.bytes, t.cost);
      t.last_cycle = std::max(t.last_cycle, (c.port + kPortUnits - 1) / kPortUnits);
    }
  }
  while (!c.idle() && c.transfers.front().issued() && c.transfers.front().outstanding == 0) {
    // One that was answered before an earlier one ends with that one.
    const uint64_t cycle = std::max(c.transfers.front().last_cycle, clock_.cycle_from(now()));
    c.transfers.pop_front();
    ++c.first_number;
    c.owner->transfer_done(cycle);
  }
}

void MemoryClient::service() {
  for (Channel& c : channels_) {
    if (!c.idle()) settle(c);
  }
  if (open_ == nullptr) {
    for (unsigned i = 0; i < kChannels; ++i) {
      const unsigned index = (turn_ + i) % kChannels;
      Channel& c = channels_[index];
      if (issue_time(c) > now()) continue;
      turn_ = (index + 1) % kChannels;
      issue(c, index);
      if (!c.idle() && c.transfers.back().issued()) c.owner->transfer_issued();
      break;
    }
  }
  rearm();
}

void MemoryClient::rearm() {
  base::Time when = base::kNever;
  for (const Channel& c : channels_) {
    if (c.idle()) continue;
    if (open_ == nullptr) when = std::min(when, issue_time(c));
    when = std::min(when, answer_time(c));
  }
  if (when != base::kNever) arm(when);
}

void MemoryClient::arm(base::Time when) {
  when = std::max(when, now());
  if (armed_ <= when) return;
  armed_ = when;
  agenda_.at(when, rank_of(config_.rank_core, Unit::memory), *this, ++arm_serial_);
}

void MemoryClient::wake(uint64_t token) {
  if (token != arm_serial_) return;
  armed_ = base::kNever;
  service();
}

std::string MemoryClient::describe(unsigned channel) const {
  const Channel& c = channels_[channel];
  if (c.idle()) return {};
  std::string text = std::to_string(c.transfers.size()) +
                     (c.transfers.size() == 1 ? " transfer, " : " transfers, ") +
                     std::to_string(c.outstanding) + " requests in flight";
  if (open_ != nullptr) text += ", the last one not yet taken by the interconnect";
  return text;
}

}  // namespace cubist::core
