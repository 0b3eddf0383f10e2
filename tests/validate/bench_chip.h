// SPDX-License-Identifier: Apache-2.0
// The small chip with the calibration kernels loaded, for checks of their values.
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

#include "runtime/cubist.h"
#include "tools/simulator/simulator.h"

namespace cubist::test {

class BenchChip {
 public:
  explicit BenchChip(std::vector<std::string> settings = {});

  Device& device() { return device_; }
  Simulator& simulator() { return simulator_; }

  /// FP16 patterns in device memory.
  Buffer put(const std::vector<uint16_t>& values);
  std::vector<uint16_t> get(DevicePtr address, size_t count);

  /// Runs `kernel` with this launch block. Throws cubist::Error when a block fails.
  template <typename Args>
  void run(const std::string& kernel, const Args& args, unsigned blocks) {
    std::vector<uint64_t> words(sizeof(Args) / 8);
    std::memcpy(words.data(), &args, sizeof(Args));
    launch(kernel, words, blocks);
  }

 private:
  void launch(const std::string& kernel, const std::vector<uint64_t>& words, unsigned blocks);
  Simulator simulator_;
  Device device_;
  Module module_;
};

/// FP16 pattern of a whole number of at most 11 bits.
uint16_t half(int value);
/// Whole numbers from -limit to limit that look random and depend on `seed` alone.
std::vector<int> whole_numbers(size_t count, int limit, unsigned seed);
std::vector<uint16_t> halves(const std::vector<int>& values);

}  // namespace cubist::test
