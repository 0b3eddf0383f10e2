// SPDX-License-Identifier: Apache-2.0
#include "runtime/host/queue.h"

#include <algorithm>
#include <cstring>
#include <string>

#include "runtime/cubist.h"
#include "runtime/host_transport.h"

namespace cubist::host {

Queue::Queue(HostTransport& transport, unsigned number, unsigned entries)
    : transport_(transport), number_(number), entries_(entries), cq_entries_(2 * entries) {
  submission_ =
      transport.allocate_host(size_t{entries_} * sizeof(cubist_submission), submission_address_);
  completion_ =
      transport.allocate_host(size_t{cq_entries_} * sizeof(cubist_completion), completion_address_);
  record_ = transport.allocate_host(sizeof(cubist_error_record), record_address_);
}

void Queue::write(uint64_t offset, uint64_t value) {
  const uint64_t address = CUBIST_QUEUE_BASE + number_ * CUBIST_QUEUE_STRIDE + offset;
  if (!transport_.write_register(address, value)) {
    throw Error(ErrorCode::firmware,
                "queue " + std::to_string(number_) + " does not answer on the bus");
  }
}

void Queue::enable(unsigned priority) {
  std::fill(completion_.begin(), completion_.end(), uint8_t{0});
  std::fill(record_.begin(), record_.end(), uint8_t{0});
  tail_ = cq_head_ = in_flight_ = unreported_ = 0;
  phase_ = true;
  write(CUBIST_QUEUE_CONTROL, 0);
  write(CUBIST_QUEUE_SQ_BASE, submission_address_);
  write(CUBIST_QUEUE_SQ_SIZE, entries_);
  write(CUBIST_QUEUE_CQ_BASE, completion_address_);
  write(CUBIST_QUEUE_CQ_SIZE, cq_entries_);
  write(CUBIST_QUEUE_ERROR_BASE, record_address_);
  write(CUBIST_QUEUE_CONTROL, 1 | uint64_t{priority} << 8);
}

void Queue::push(const cubist_submission& entry) {
  std::memcpy(submission_.data() + size_t{tail_} * sizeof entry, &entry, sizeof entry);
  tail_ = (tail_ + 1) % entries_;
  ++in_flight_;
  transport_.doorbell(number_, tail_);
}

std::optional<cubist_completion> Queue::take() {
  cubist_completion completion;
  std::memcpy(&completion, completion_.data() + size_t{cq_head_} * sizeof completion,
              sizeof completion);
  if (((completion.phase & 1U) != 0) != phase_ || in_flight_ == 0) return std::nullopt;
  cq_head_ = (cq_head_ + 1) % cq_entries_;
  if (cq_head_ == 0) phase_ = !phase_;
  --in_flight_;
  // At most entries - 1 commands are in flight, so half of the completion ring is always free even
  // when the consumed part is reported only now and then: fewer writes over the bus.
  if (++unreported_ >= entries_ / 2) {
    write(CUBIST_QUEUE_CQ_HEAD, cq_head_);
    unreported_ = 0;
  }
  return completion;
}

cubist_error_record Queue::error_record() const {
  cubist_error_record record;
  std::memcpy(&record, record_.data(), sizeof record);
  return record;
}

}  // namespace cubist::host
