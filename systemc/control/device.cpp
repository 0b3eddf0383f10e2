// SPDX-License-Identifier: Apache-2.0
#include "systemc/control/device.h"

#include <cstdio>
#include <cstring>

#include "systemc/memory/request_port.h"

namespace cubist::control {

Device::Device(sc_core::sc_module_name name, base::Simulation& simulation,
               std::vector<RegisterBank> banks, base::Time read_latency, base::Time write_latency)
    : sc_module(name),
      socket("socket"),
      simulation_(simulation),
      banks_(std::move(banks)),
      read_latency_(read_latency),
      write_latency_(write_latency) {
  socket.register_b_transport(this, &Device::block);
  socket.register_transport_dbg(this, &Device::debug);
}

void Device::complain(const std::string& text) {
  simulation_.report({0, name(), text, false});
}

Device::Place Device::find(uint64_t offset) const {
  for (unsigned b = 0; b < banks_.size(); ++b) {
    const RegisterBank& bank = banks_[b];
    if (offset < bank.base || offset - bank.base >= bank.stride * bank.count) continue;
    const uint64_t inside = offset - bank.base;
    for (const RegisterInfo& info : bank.registers) {
      if (info.offset == inside % bank.stride) {
        return {&info, b, static_cast<unsigned>(inside / bank.stride)};
      }
    }
  }
  return {};
}

tlm::tlm_response_status Device::access(bool write, uint64_t address, unsigned size,
                                        uint8_t* data) {
  char where[96];
  std::snprintf(where, sizeof where, "%s of %u bytes at offset 0x%llx", write ? "write" : "read",
                size, static_cast<unsigned long long>(address));
  const Place place = find(address);
  if (place.info == nullptr) {
    complain(std::string(where) + ": there is no register");
    return tlm::TLM_ADDRESS_ERROR_RESPONSE;
  }
  const RegisterBank& bank = banks_[place.bank];
  const std::string name = std::string(bank.name) + "." + place.info->name;
  if (size != 8) {
    complain(std::string(where) + ": " + name + " takes accesses of 8 bytes only");
    return tlm::TLM_BURST_ERROR_RESPONSE;
  }
  const RegisterAccess kind = place.info->access;
  if (write ? kind == RegisterAccess::ro : kind == RegisterAccess::wo) {
    complain(std::string(where) + ": " + name + " is " + (write ? "read-only" : "write-only"));
    return tlm::TLM_COMMAND_ERROR_RESPONSE;
  }
  uint64_t value = 0;
  std::memcpy(&value, data, 8);
  const bool served = write ? write_register(place.bank, place.index, place.info->offset, value)
                            : read_register(place.bank, place.index, place.info->offset, value);
  if (!served) return tlm::TLM_ADDRESS_ERROR_RESPONSE;
  if (!write) std::memcpy(data, &value, 8);
  return tlm::TLM_OK_RESPONSE;
}

void Device::block(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
  const Place place = find(payload.get_address());
  delay += memory::to_sc(payload.is_write() ? write_latency_ : read_time(place.bank));
  payload.set_response_status(access(payload.is_write(), payload.get_address(),
                                     payload.get_data_length(), payload.get_data_ptr()));
}

unsigned Device::debug(tlm::tlm_generic_payload& payload) {
  const Place place = find(payload.get_address());
  if (place.info == nullptr || payload.get_data_length() != 8) return 0;
  if (payload.is_write()) return 0;
  const uint64_t value = peek_register(place.bank, place.index, place.info->offset);
  std::memcpy(payload.get_data_ptr(), &value, 8);
  return 8;
}

}  // namespace cubist::control
