// SPDX-License-Identifier: Apache-2.0
#include "scheduler/validate.h"

namespace cubist::firmware {

namespace {

constexpr uint64_t kDieBits = uint64_t{63} << CUBIST_DIE_SHIFT;

bool within(uint64_t address, uint64_t bytes, uint64_t base, uint64_t size) {
  return address >= base && bytes <= size && address - base <= size - bytes;
}

bool in_device_memory(uint64_t address, uint64_t bytes) {
  if ((address & uint64_t{1} << 47) != 0) return false;
  return within(address & ~kDieBits, bytes, CUBIST_REGION_HBM_BASE, CUBIST_REGION_HBM_SIZE);
}

bool in_memory(uint64_t address, uint64_t bytes) {
  return in_device_memory(address, bytes) ||
         within(address, bytes, CUBIST_REGION_HOST_BASE, CUBIST_REGION_HOST_SIZE);
}

cubist_error check_kernel(const cubist_entry_kernel& kernel, const ChipSize& chip) {
  if (kernel.blocks == 0 || kernel.blocks > CUBIST_MAX_BLOCKS || kernel.kind > 1) {
    return CUBIST_ERROR_BAD_ENTRY;
  }
  if ((kernel.kind == 0 ? chip.aics : chip.aivs) == 0) return CUBIST_ERROR_BAD_ENTRY;
  if ((kernel.entry & 1) != 0 || !in_device_memory(kernel.entry, 4)) {
    return CUBIST_ERROR_BAD_KERNEL;
  }
  return CUBIST_ERROR_OK;
}

}  // namespace

cubist_error check_entry(const cubist_submission& entry, const ChipSize& chip) {
  if ((entry.any.flags & ~CUBIST_ENTRY_FLAG_OVERLAP) != 0) return CUBIST_ERROR_BAD_ENTRY;
  bool good = false;
  switch (entry.any.type) {
    case CUBIST_ENTRY_NOP:
    case CUBIST_ENTRY_BARRIER:
      good = true;
      break;
    case CUBIST_ENTRY_KERNEL:
      return check_kernel(entry.kernel, chip);
    case CUBIST_ENTRY_COPY:
      good = in_memory(entry.copy.dst, entry.copy.bytes) &&
             in_memory(entry.copy.src, entry.copy.bytes);
      break;
    case CUBIST_ENTRY_FILL:
      good = in_memory(entry.fill.dst, entry.fill.bytes);
      break;
    case CUBIST_ENTRY_EVENT_RECORD:
      good = entry.event_record.event < CUBIST_EVENTS;
      break;
    case CUBIST_ENTRY_EVENT_WAIT:
      good = entry.event_wait.event < CUBIST_EVENTS;
      break;
    default:
      break;
  }
  return good ? CUBIST_ERROR_OK : CUBIST_ERROR_BAD_ENTRY;
}

}  // namespace cubist::firmware
