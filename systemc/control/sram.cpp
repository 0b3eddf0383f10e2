// SPDX-License-Identifier: Apache-2.0
#include "systemc/control/sram.h"

#include <cstring>

#include "systemc/memory/request_port.h"

namespace cubist::control {

Sram::Sram(sc_core::sc_module_name name, uint64_t bytes, bool writable, base::Time latency)
    : sc_module(name), socket("socket"), bytes_(bytes), writable_(writable), latency_(latency) {
  socket.register_b_transport(this, &Sram::block);
  socket.register_transport_dbg(this, &Sram::debug);
}

bool Sram::access(tlm::tlm_generic_payload& payload, bool debug) {
  const uint64_t offset = payload.get_address();
  const uint64_t length = payload.get_data_length();
  if (offset > bytes_.size() || length > bytes_.size() - offset) return false;
  if (payload.is_write()) {
    if (!writable_ && !debug) return false;
    std::memcpy(bytes_.data() + offset, payload.get_data_ptr(), length);
  } else {
    std::memcpy(payload.get_data_ptr(), bytes_.data() + offset, length);
  }
  return true;
}

void Sram::block(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
  delay += memory::to_sc(latency_);
  payload.set_response_status(access(payload, false) ? tlm::TLM_OK_RESPONSE
                                                     : tlm::TLM_ADDRESS_ERROR_RESPONSE);
}

unsigned Sram::debug(tlm::tlm_generic_payload& payload) {
  return access(payload, true) ? payload.get_data_length() : 0;
}

}  // namespace cubist::control
