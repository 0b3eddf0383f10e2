// SPDX-License-Identifier: Apache-2.0
#include "systemc/memory/transfer.h"

#include <vector>

namespace cubist::memory {
namespace {

/// Writes the bytes that are enabled, leaves the others.
bool masked(MemoryPort& memory, tlm::tlm_generic_payload& payload) {
  const unsigned length = payload.get_data_length();
  std::vector<uint8_t> bytes(length);
  if (!memory.read(payload.get_address(), bytes)) return false;
  const uint8_t* enable = payload.get_byte_enable_ptr();
  const unsigned period = payload.get_byte_enable_length();
  uint8_t* data = payload.get_data_ptr();
  for (unsigned i = 0; i < length; ++i) {
    if (enable[i % period] == 0) continue;
    if (payload.is_write()) {
      bytes[i] = data[i];
    } else {
      data[i] = bytes[i];
    }
  }
  return payload.is_read() || memory.write(payload.get_address(), bytes);
}

bool move(MemoryPort& memory, tlm::tlm_generic_payload& payload) {
  const uint64_t address = payload.get_address();
  const unsigned length = payload.get_data_length();
  uint8_t* data = payload.get_data_ptr();
  if (data == nullptr || payload.get_command() == tlm::TLM_IGNORE_COMMAND) {
    return memory.contains(address, length);
  }
  if (payload.get_byte_enable_ptr() != nullptr && payload.get_byte_enable_length() != 0) {
    return masked(memory, payload);
  }
  return payload.is_read() ? memory.read(address, {data, length})
                           : memory.write(address, {data, length});
}

}  // namespace

void transfer(MemoryPort& memory, tlm::tlm_generic_payload& payload) {
  if (payload.get_streaming_width() < payload.get_data_length()) {
    payload.set_response_status(tlm::TLM_BURST_ERROR_RESPONSE);
  } else {
    payload.set_response_status(move(memory, payload) ? tlm::TLM_OK_RESPONSE
                                                      : tlm::TLM_ADDRESS_ERROR_RESPONSE);
  }
}

void answer_late(tlm::tlm_bw_transport_if<>& initiator, tlm::tlm_generic_payload& payload,
                 sc_core::sc_time delay) {
  tlm::tlm_phase phase = tlm::END_REQ;
  sc_core::sc_time none = sc_core::SC_ZERO_TIME;
  if (initiator.nb_transport_bw(payload, phase, none) == tlm::TLM_COMPLETED) return;
  phase = tlm::BEGIN_RESP;
  initiator.nb_transport_bw(payload, phase, delay);
}

unsigned debug_transfer(MemoryPort& memory, tlm::tlm_generic_payload& payload) {
  return move(memory, payload) ? payload.get_data_length() : 0;
}

}  // namespace cubist::memory
