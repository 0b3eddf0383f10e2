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
  uint64_t epoch = 0;
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

void MemoryClient::start(unsigned channel, Owner& owner, const GmSegments& segments, bool write,
                         double bytes_per_cycle, uint64_t first_cycle) {
  Channel& c = channels_[channel];
  c.owner = &owner;
  c.segments = &segments;
  c.write = write;
  c.cost = static_cast<double>(kPortUnits) / bytes_per_cycle;
  c.segment = 0;
  c.offset = 0;
  c.outstanding = 0;
  c.first_cycle = first_cycle;
  c.port = first_cycle * kPortUnits;
  c.last_cycle = first_cycle;
  service();
}

void MemoryClient::cancel() {
  for (Channel& c : channels_) {
    c.owner = nullptr;
    ++c.epoch;
    c.answers = {};
  }
  ++arm_serial_;
  armed_ = base::kNever;
}

uint32_t MemoryClient::next_bytes(const Channel& c) const {
  const GmSegment& s = (*c.segments)[c.segment];
  const uint64_t address = s.address + c.offset;
  const uint64_t line = config_.request_bytes - (address & (config_.request_bytes - 1));
  return static_cast<uint32_t>(std::min(s.bytes - c.offset, line));
}

base::Time MemoryClient::issue_time(const Channel& c) const {
  if (c.owner == nullptr || c.all_issued() || c.outstanding >= config_.max_outstanding) {
    return base::kNever;
  }
  uint64_t cycle = c.first_cycle;
  if (c.write) {  // The bytes must have left the local buffer.
    const uint64_t port = c.port + port_units(next_bytes(c), c.cost);
    cycle = std::max(cycle, (port + kPortUnits - 1) / kPortUnits);
  }
  return std::max(clock_.time_of(cycle), next_issue_);
}

void MemoryClient::issue(Channel& c, unsigned index) {
  const uint32_t bytes = next_bytes(c);
  const GmSegment& s = (*c.segments)[c.segment];
  Request& request = pool_->take();
  request.channel = index;
  request.epoch = c.epoch;
  request.info.initiator = config_.initiator;
  request.info.node = config_.node;
  request.info.rank = rank_of(config_.rank_core, Unit::requests, index);
  request.info.timing_only = true;
  request.set_command(c.write ? tlm::TLM_WRITE_COMMAND : tlm::TLM_READ_COMMAND);
  request.set_address(s.address + c.offset);
  request.set_data_ptr(nullptr);
  request.set_data_length(bytes);
  request.set_streaming_width(bytes);
  request.set_byte_enable_ptr(nullptr);
  request.set_dmi_allowed(false);
  request.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);

  c.offset += bytes;
  if (c.offset == s.bytes) {
    ++c.segment;
    c.offset = 0;
  }
  if (c.write) c.port += port_units(bytes, c.cost);
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
  if (c.owner != nullptr && c.epoch == request.epoch) {
    const uint64_t failed = request.is_response_error() ? request.get_address() : kNoFailure;
    c.answers.push({when, sequence_++, static_cast<uint32_t>(request.get_data_length()), failed});
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
    arm(then);
    return tlm::TLM_COMPLETED;
  }
  return tlm::TLM_ACCEPTED;
}

bool MemoryClient::settle(Channel& c) {
  // Once everything is under way and every answer is known, the end can be computed now.
  const bool all_known = c.all_issued() && c.answers.size() == c.outstanding;
  while (!c.answers.empty() && (c.answers.top().when <= now() || all_known)) {
    const Answer a = c.answers.top();
    if (a.failed_address != kNoFailure) {
      if (a.when > now()) return false;  // Reported when it happens.
      Owner& owner = *c.owner;
      c.owner = nullptr;
      owner.transfer_failed(a.failed_address);
      return true;
    }
    c.answers.pop();
    --c.outstanding;
    const uint64_t cycle = clock_.cycle_from(a.when);
    c.last_cycle = std::max(c.last_cycle, cycle);
    if (!c.write) {
      c.port = std::max(c.port, cycle * kPortUnits) + port_units(a.bytes, c.cost);
    }
  }
  if (!c.all_issued() || c.outstanding != 0) return false;
  Owner& owner = *c.owner;
  c.owner = nullptr;
  ++c.epoch;
  owner.transfer_done(std::max(c.last_cycle, (c.port + kPortUnits - 1) / kPortUnits));
  return true;
}

void MemoryClient::service() {
  for (Channel& c : channels_) {
    if (c.owner != nullptr) settle(c);
  }
  if (open_ == nullptr) {
    for (unsigned i = 0; i < kChannels; ++i) {
      const unsigned index = (turn_ + i) % kChannels;
      if (issue_time(channels_[index]) > now()) continue;
      turn_ = (index + 1) % kChannels;
      issue(channels_[index], index);
      if (channels_[index].owner != nullptr) settle(channels_[index]);
      break;
    }
  }
  base::Time when = base::kNever;
  for (const Channel& c : channels_) {
    if (c.owner == nullptr) continue;
    if (open_ == nullptr) when = std::min(when, issue_time(c));
    // Answers matter when the window is full, or at the end.
    const bool needs_answer = c.all_issued() || c.outstanding >= config_.max_outstanding;
    if (needs_answer && !c.answers.empty()) when = std::min(when, c.answers.top().when);
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
  if (c.owner == nullptr) return {};
  std::string text = std::to_string(c.outstanding) + " requests in flight";
  if (open_ != nullptr) text += ", the last one not yet taken by the interconnect";
  return text;
}

}  // namespace cubist::core
