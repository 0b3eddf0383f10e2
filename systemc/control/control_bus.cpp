// SPDX-License-Identifier: Apache-2.0
#include "systemc/control/control_bus.h"

#include <cstdio>

namespace cubist::control {

ControlBus::ControlBus(sc_core::sc_module_name name)
    : sc_module(name), from_hart("from_hart"), from_host("from_host") {
  from_hart.register_b_transport(this, &ControlBus::block);
  from_hart.register_transport_dbg(this, &ControlBus::debug);
  from_host.register_b_transport(this, &ControlBus::block);
  from_host.register_transport_dbg(this, &ControlBus::debug);
}

ControlBus::Out& ControlBus::add(const std::string& name, uint64_t base, uint64_t bytes) {
  const std::string socket = "to_" + name;
  ranges_.push_back({name, base, bytes, std::make_unique<Out>(socket.c_str())});
  return *ranges_.back().out;
}

const ControlBus::Range* ControlBus::find(uint64_t address) const {
  for (const Range& range : ranges_) {
    if (address >= range.base && address - range.base < range.bytes) return &range;
  }
  return nullptr;
}

void ControlBus::block(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
  const uint64_t address = payload.get_address();
  const Range* range = find(address);
  if (range == nullptr) {
    payload.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
    return;
  }
  payload.set_address(address - range->base);
  (*range->out)->b_transport(payload, delay);
  payload.set_address(address);
}

unsigned ControlBus::debug(tlm::tlm_generic_payload& payload) {
  const uint64_t address = payload.get_address();
  const Range* range = find(address);
  if (range == nullptr) return 0;
  payload.set_address(address - range->base);
  const unsigned moved = (*range->out)->transport_dbg(payload);
  payload.set_address(address);
  return moved;
}

std::string ControlBus::describe(uint64_t address) const {
  char text[160];
  if (const Range* range = find(address)) {
    std::snprintf(text, sizeof text, "%s + 0x%llx", range->name.c_str(),
                  static_cast<unsigned long long>(address - range->base));
    return text;
  }
  const Range* nearest = nullptr;
  uint64_t best = ~uint64_t{0};
  for (const Range& range : ranges_) {
    const uint64_t distance =
        address < range.base ? range.base - address : address - (range.base + range.bytes - 1);
    if (distance < best) {
      best = distance;
      nearest = &range;
    }
  }
  if (nearest == nullptr) return "unmapped";
  std::snprintf(text, sizeof text, "unmapped; nearest is %s 0x%llx..0x%llx", nearest->name.c_str(),
                static_cast<unsigned long long>(nearest->base),
                static_cast<unsigned long long>(nearest->base + nearest->bytes - 1));
  return text;
}

}  // namespace cubist::control
