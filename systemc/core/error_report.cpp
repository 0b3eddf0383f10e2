// SPDX-License-Identifier: Apache-2.0
#include "systemc/core/error_report.h"

#include "abi/core_isa.h"
#include "systemc/core/local_buffers.h"

namespace cubist::core {
namespace {

namespace bit = abi::error_bit;
namespace code = abi::error_code;

bool in_l1(uint64_t address) {
  const abi::RegionInfo* region = abi::find_region(address);
  return region == &abi::kRegions[static_cast<unsigned>(abi::Region::L1)];
}

unsigned scalar_bit(const CoreError& e) {
  constexpr uint8_t kFetchFault = 1;
  switch (e.code) {
    case code::BUS:
      return e.cause == kFetchFault ? bit::SC_FETCH : bit::SC_ACCESS;
    case code::BAD_KERNEL:
      return bit::SC_FETCH;
    case code::MISALIGNED:
      return bit::SC_MISALIGNED;
    case code::STACK_OVERFLOW:
      return bit::SC_STACK;
    case code::BREAKPOINT:
      return bit::SC_BREAKPOINT;
    case code::TRAP:
      return bit::SC_TRAP;
    case code::BAD_CONFIG:
      return bit::SC_CONFIG;
    case code::ECC:
      return bit::SC_ECC;
    default:
      return bit::SC_ILLEGAL;
  }
}

unsigned mover_bit(const CoreError& e) {
  switch (e.code) {
    case code::MISALIGNED:
      return bit::MTE_MISALIGNED;
    case code::BUFFER_OVERRUN:
      return in_l1(e.address) ? bit::L1_OVERRUN : bit::MTE_OVERRUN;
    case code::ECC:
      if (in_gm(e.address)) return bit::MTE_GM_ECC;
      return in_l1(e.address) ? bit::L1_ECC : bit::MTE_ECC;
    case code::BUS:
      // What is no local region is meant for GM.
      if (abi::find_region(e.address) != nullptr && !in_gm(e.address)) {
        return bit::MTE_LOCAL_ADDRESS;
      }
      return e.pipe == static_cast<uint8_t>(abi::Pipe::MTE2) ? bit::MTE_GM_READ : bit::MTE_GM_WRITE;
    default:
      return bit::MTE_CONFIG;
  }
}

}  // namespace

unsigned error_bit_of(const CoreError& e) {
  switch (e.code) {
    case code::FLAG_OVERFLOW:
      return bit::SU_FLAG_TWICE;
    case code::CROSS_CORE_OVERFLOW:
      return bit::SU_CROSS_OVERFLOW;
    case code::DEADLOCK:
      return bit::SU_DEADLOCK;
    default:
      break;
  }
  const bool vector = e.pipe == static_cast<uint8_t>(abi::Pipe::V);
  if (!vector && e.pipe != static_cast<uint8_t>(abi::Pipe::M)) {
    return e.pipe == static_cast<uint8_t>(abi::Pipe::S) ? scalar_bit(e) : mover_bit(e);
  }
  switch (e.code) {
    case code::MISALIGNED:
      return vector ? bit::VEC_MISALIGNED : bit::CUBE_MISALIGNED;
    case code::BUFFER_OVERRUN:
      return vector ? bit::VEC_OVERRUN : bit::CUBE_OVERRUN;
    case code::BUS:
      return vector ? bit::VEC_ADDRESS : bit::CUBE_ADDRESS;
    case code::ECC:
      return vector ? bit::VEC_ECC : bit::CUBE_ECC;
    default:
      return vector ? bit::VEC_CONFIG : bit::CUBE_CONFIG;
  }
}

CoreError failed_request(uint64_t address, bool uncorrectable) {
  CoreError error;
  error.code = uncorrectable ? code::ECC : code::BUS;
  error.address = address;
  error.text = (uncorrectable ? "memory could not correct what it read for the request to "
                              : "the memory system refused the request to ") +
               hex(address);
  return error;
}

void set_error_bit(ErrorReport& report, unsigned number) {
  report.bits[number / 64] |= uint64_t{1} << number % 64;
}

}  // namespace cubist::core
