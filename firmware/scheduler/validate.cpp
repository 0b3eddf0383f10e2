// SPDX-License-Identifier: Apache-2.0
#include "scheduler/validate.h"

#include "scheduler/mmio.h"

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

bool is_code(uint64_t entry) {
  return (entry & 1) == 0 && in_device_memory(entry, 4);
}

// Blocks of this kernel that the chip can run at one time.
unsigned capacity(const cubist_entry_kernel& kernel, const ChipSize& chip) {
  if (kernel.kind == CUBIST_KIND_AIC) return chip.aics;
  if (kernel.kind == CUBIST_KIND_AIV) return chip.aivs;
  if (kernel.aivs == 0 || kernel.aivs > aivs_of_cluster(chip)) return 0;
  return count_bits(clusters(chip, low_bits(chip.aics), low_bits(chip.aivs), kernel.aivs));
}

cubist_error check_kernel(const cubist_entry_kernel& kernel, const ChipSize& chip) {
  if (kernel.blocks == 0 || kernel.blocks > CUBIST_MAX_BLOCKS || kernel.kind > CUBIST_KIND_MIX) {
    return CUBIST_ERROR_BAD_ENTRY;
  }
  if (kernel.at_once > 1 || kernel.aivs > CUBIST_MAX_SUB_BLOCKS) return CUBIST_ERROR_BAD_ENTRY;
  unsigned room = capacity(kernel, chip);
  if (room == 0) return CUBIST_ERROR_BAD_ENTRY;
  if (!is_code(kernel.entry)) return CUBIST_ERROR_BAD_KERNEL;
  if (kernel.kind == CUBIST_KIND_MIX && !is_code(kernel.aiv_entry)) return CUBIST_ERROR_BAD_KERNEL;
  if (kernel.max_cores != 0 && kernel.max_cores < room) room = kernel.max_cores;
  if (kernel.at_once != 0 && kernel.blocks > room) return CUBIST_ERROR_NOT_RESIDENT;
  return CUBIST_ERROR_OK;
}

}  // namespace

uint64_t clusters(const ChipSize& chip, uint64_t aics, uint64_t aivs, uint32_t needed) {
  uint64_t found = 0;
  const unsigned beside = aivs_of_cluster(chip);
  const uint64_t wanted = low_bits(needed);
  for (uint64_t left = aics; left != 0; left &= left - 1) {
    const unsigned aic = lowest_bit(left);
    const unsigned first = aic * beside;
    if (first < 64 && (aivs >> first & wanted) == wanted) found |= bit(aic);
  }
  return found;
}

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
