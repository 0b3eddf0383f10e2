// SPDX-License-Identifier: Apache-2.0
// A small host for tests of the firmware on the chip: queues and kernels, without the runtime.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "abi/cubist_abi.h"
#include "abi/kernel_abi.h"
#include "systemc/chip/in_process.h"

namespace cubist::test {

class ChipHost {
 public:
  static constexpr uint64_t kHbm = CUBIST_REGION_HBM_BASE;
  static constexpr uint64_t kData = kHbm + (32 << 20);  ///< Free for the tests.

  explicit ChipHost(const std::vector<std::string>& sets = {});

  chip::InProcess& chip() { return *chip_; }

  /// Puts a kernel image into GM.
  void load_kernels(const std::string& path);
  uint64_t entry_of(const std::string& kernel) const { return entries_.at(kernel); }

  void open_queue(unsigned number, unsigned priority = 0, unsigned entries = 16,
                  unsigned completions = 64);
  /// Returns the task number. The doorbell rings unless told otherwise.
  uint32_t submit(unsigned number, cubist_submission entry, bool ring = true);
  uint32_t kernel(unsigned queue, const std::string& name, uint64_t args, uint32_t blocks,
                  uint32_t kind, uint8_t flags = 0, uint32_t timeout_us = 0, uint32_t max_cores = 0,
                  uint32_t at_once = 0);
  uint32_t mix(unsigned queue, const std::string& name, uint64_t args, uint32_t blocks,
               uint32_t aivs, uint32_t at_once = 0, uint32_t timeout_us = 0, uint8_t flags = 0);
  uint32_t simple(unsigned queue, unsigned type, uint32_t event = 0, uint32_t value = 0,
                  uint8_t flags = 0);
  uint32_t fill(unsigned queue, uint64_t dst, uint64_t bytes, uint32_t pattern, uint8_t flags = 0);

  /// The next completion of the queue; waits for it. Fails the test when none can come.
  cubist_completion next(unsigned queue);
  /// Without waiting: false when there is none.
  bool poll(unsigned number, cubist_completion& completion);
  /// Whether polled completions are reported to the device (on at the start).
  void report_consumption(bool on) { report_ = on; }
  cubist_error_record record(unsigned queue) const;

  void put(uint64_t address, const void* data, size_t bytes);
  uint64_t word(uint64_t address);

 private:
  struct Queue {
    std::span<uint8_t> sq, cq, error;
    unsigned entries = 0, completions = 0, tail = 0, head = 0;
    bool phase = true;
  };
  void write(uint64_t address, uint64_t value);

  std::unique_ptr<chip::InProcess> chip_;
  std::map<std::string, uint64_t> entries_, aiv_entries_;
  std::array<Queue, CUBIST_QUEUE_COUNT> queues_;
  uint32_t task_ = 0;
  bool report_ = true;
};

}  // namespace cubist::test
