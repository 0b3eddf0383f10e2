// SPDX-License-Identifier: Apache-2.0
#include "scheduler/dma.h"

namespace cubist::firmware {

namespace {
constexpr uint64_t kStartCopy = 1, kStartFill = 2;
constexpr uint64_t kDone = 1, kBusError = 4, kDataError = 8;
}  // namespace

void Dma::start(unsigned index) {
  const unsigned channel = lowest_bit(free_);
  free_ &= ~bit(channel);
  commands_[channel] = static_cast<uint8_t>(index);
  const cubist_submission& entry = pool_.at(index).entry;
  const bool copy = entry.any.type == CUBIST_ENTRY_COPY;
  if (copy) {
    write_register(CUBIST_SDMA_SRC_AT(channel), entry.copy.src);
    write_register(CUBIST_SDMA_DST_AT(channel), entry.copy.dst);
    write_register(CUBIST_SDMA_BYTES_AT(channel), entry.copy.bytes);
  } else {
    write_register(CUBIST_SDMA_PATTERN_AT(channel), entry.fill.pattern);
    write_register(CUBIST_SDMA_DST_AT(channel), entry.fill.dst);
    write_register(CUBIST_SDMA_BYTES_AT(channel), entry.fill.bytes);
  }
  write_register(CUBIST_SDMA_FLOW_AT(channel), entry.any.task);
  write_register(CUBIST_SDMA_START_AT(channel), copy ? kStartCopy : kStartFill);
}

bool Dma::take_done(unsigned channel) {
  const uint64_t status = read_register(CUBIST_SDMA_STATUS_AT(channel));
  if ((status & kDone) == 0) return false;
  if ((status & (kBusError | kDataError)) != 0) {
    Failure& failure = pool_.at(commands_[channel]).failure;
    failure = Failure{};
    failure.code = (status & kBusError) != 0 ? CUBIST_ERROR_BUS : CUBIST_ERROR_ECC;
    failure.address = read_register(CUBIST_SDMA_ERROR_ADDRESS_AT(channel));
  }
  write_register(CUBIST_SDMA_STATUS_AT(channel), kDone | kBusError | kDataError);
  free_ |= bit(channel);
  return true;
}

}  // namespace cubist::firmware
