// SPDX-License-Identifier: Apache-2.0
#include "systemc/hbm/hbm_controller.h"

#include <algorithm>

#include "systemc/memory/request_port.h"
#include "systemc/memory/transfer.h"

namespace cubist::hbm {

using base::Time;
using memory::to_sc;

HbmController::HbmController(sc_core::sc_module_name name, base::Simulation& simulation,
                             const HbmConfig& config, const memory::Interleave& interleave,
                             unsigned channel, memory::MemoryPort& memory)
    : sc_module(name),
      target("target"),
      simulation_(simulation),
      config_(config),
      interleave_(interleave),
      memory_(memory),
      map_(config),
      rank_(base::Rank::of(base::kRankMemory, channel & 0xff)) {
  target.register_nb_transport_fw(this, &HbmController::forward);
  target.register_b_transport(this, &HbmController::block);
  target.register_transport_dbg(this, &HbmController::debug);
  const unsigned lanes = HbmConfig::kPseudoChannels;
  const std::string path = std::string(this->name());
  if (config.model == HbmModel::full) {
    full_ = std::make_unique<TimedChannel>(
        config_, config.refresh_together ? 1.0 : (channel + 1.0) / config.channels());
  }
  for (unsigned i = 0; i < lanes; ++i) {
    if (!full_) {
      const Time phase =
          config.refresh_interval == 0 ? 0
          : config.refresh_together
              ? config.refresh_interval
              : config.refresh_interval * (channel * lanes + i + 1) / (config.channels() * lanes);
      lanes_.push_back(Lane{make_reservation_channel(config_, phase),
                            std::vector<Time>(config.queue_depth, 0), 0});
    }
    const ChannelCounts& counts = this->counts(i);
    const std::string lane = path + ".pc" + std::to_string(i);
    simulation.add_statistic(lane + ".read_bytes", "bytes", &counts.read_bytes);
    simulation.add_statistic(lane + ".write_bytes", "bytes", &counts.write_bytes);
    simulation.add_statistic(lane + ".row_hits", "requests", &counts.row_hits);
    simulation.add_statistic(lane + ".row_misses", "requests", &counts.row_misses);
    simulation.add_statistic(lane + ".turnarounds", "", &counts.turnarounds);
    simulation.add_statistic(lane + ".refreshes", "", &counts.refreshes);
  }
  simulation.add_statistic(path + ".refusals", "requests", &refusals_);
  simulation.add_statistic(path + ".ecc_corrected", "words", &corrected_);
  simulation.add_statistic(path + ".ecc_uncorrectable", "words", &uncorrectable_);
}

HbmController::~HbmController() = default;

const ChannelCounts& HbmController::counts(unsigned pseudo_channel) const {
  return full_ ? full_->counts(pseudo_channel) : lanes_[pseudo_channel].channel->counts();
}

Coordinates HbmController::decode(const tlm::tlm_generic_payload& payload) const {
  return map_.decode(interleave_.place(payload.get_address()).index);
}

Time HbmController::serve(const tlm::tlm_generic_payload& payload, Time arrival) {
  const Coordinates where = decode(payload);
  Lane& lane = lanes_[where.pseudo_channel];
  const Service service =
      lane.channel->serve(where, payload.is_write(), payload.get_data_length(), arrival);
  lane.slots[lane.next] = service.slot_free;
  lane.next = (lane.next + 1) % lane.slots.size();
  return service.done;
}

tlm::tlm_sync_enum HbmController::forward(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase,
                                          sc_core::sc_time& delay) {
  if (phase != tlm::BEGIN_REQ) {
    end_response();
    return tlm::TLM_COMPLETED;
  }
  memory::transfer(memory_, payload);
  if (!payload.is_response_ok()) return tlm::TLM_COMPLETED;
  if (!ecc_.clean()) check_bits(payload);
  if (full_) return forward_full(payload, phase, delay);
  const Time now = simulation_.now();
  const Time arrival = now + delay.value();
  const Lane& lane = lanes_[decode(payload).pseudo_channel];
  const Time free = lane.slots[lane.next];
  if (free > arrival) {
    // The base protocol lets no other request in before this one has its END_REQ.
    refused_ = &payload;
    ++refusals_;
    simulation_.agenda().at(free, rank_, *this);
    return tlm::TLM_ACCEPTED;
  }
  delay = to_sc(serve(payload, arrival) - now);
  return tlm::TLM_COMPLETED;
}

void HbmController::wake(uint64_t) {
  if (full_) {
    // A look that came sooner has made this one pointless.
    if (simulation_.now() == look_at_) look();
    return;
  }
  const Time now = simulation_.now();
  tlm::tlm_generic_payload& payload = *refused_;
  const Time done = serve(payload, now);
  refused_ = nullptr;
  memory::answer_late(*target.operator->(), payload, to_sc(done - now));
}

void HbmController::block(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
  memory::transfer(memory_, payload);
  if (!payload.is_response_ok()) return;
  if (!ecc_.clean()) check_bits(payload);
  const Time now = simulation_.now();
  const Time arrival = now + delay.value();
  if (full_) {
    delay = to_sc(block_full(payload, arrival) - now);
    return;
  }
  const Lane& lane = lanes_[decode(payload).pseudo_channel];
  delay = to_sc(serve(payload, std::max(arrival, lane.slots[lane.next])) - now);
}

bool HbmController::flip_bit(uint64_t address, unsigned bit) {
  if (!memory_.contains(address, 1)) return false;
  ecc_.flip(address, bit);
  return true;
}

void HbmController::check_bits(tlm::tlm_generic_payload& payload) {
  const uint64_t address = payload.get_address();
  if (payload.is_write()) {
    ecc_.write(address, payload.get_data_length());
    return;
  }
  const Ecc::Outcome outcome = ecc_.read(address, payload.get_data_length());
  corrected_ += outcome.corrected;
  uncorrectable_ += outcome.uncorrectable;
  if (outcome.uncorrectable == 0) return;
  payload.set_response_status(tlm::TLM_GENERIC_ERROR_RESPONSE);
  simulation_.report({simulation_.now(), name(),
                      "uncorrectable ECC error at " + memory_.describe(outcome.first), false});
}

unsigned HbmController::debug(tlm::tlm_generic_payload& payload) {
  return memory::debug_transfer(memory_, payload);
}

std::string HbmController::describe_state() const {
  if (refused_ == nullptr) return {};
  return std::string(name()) + ": queue full, a request waits for a place\n";
}

}  // namespace cubist::hbm
