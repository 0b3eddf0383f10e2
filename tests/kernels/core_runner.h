// SPDX-License-Identifier: Apache-2.0
// One vector core with memory behind it: runs a kernel of the project's image block by block.
#pragma once

#include <cstdint>
#include <memory>
#include <random>
#include <string>
#include <vector>

namespace cubist::test {

class CoreRunner {
 public:
  /// `ub_bytes` of unified buffer, so that small buffers force tiling.
  explicit CoreRunner(uint32_t ub_bytes = 192 << 10);
  ~CoreRunner();

  /// GM addresses, 512-byte aligned; a guard of 4 KiB lies between any two.
  uint64_t allocate(uint64_t bytes);
  uint64_t put(const std::vector<uint16_t>& values);
  uint64_t put(const std::vector<float>& values);
  std::vector<uint16_t> get16(uint64_t address, size_t count) const;
  std::vector<float> get32(uint64_t address, size_t count) const;
  /// Fails the test when a byte around the allocations has been written.
  void check_guards() const;

  /// Runs kernel `name` on `blocks` blocks one after the other; fails the test when a block fails.
  template <class Args>
  void run(const std::string& name, const Args& args, unsigned blocks) {
    static_assert(sizeof(Args) % 8 == 0);
    run_words(name, reinterpret_cast<const uint64_t*>(&args), sizeof(Args) / 8, blocks);
  }
  /// Cycles of the last run.
  uint64_t cycles() const { return cycles_; }

 private:
  void run_words(const std::string& name, const uint64_t* words, size_t count, unsigned blocks);
  struct Parts;
  std::unique_ptr<Parts> parts_;
  uint64_t cycles_ = 0;
};

/// FP16 patterns of values drawn from N(0, 1), with zeros, signs and small integers among them.
std::vector<uint16_t> random_halves(size_t count, unsigned seed);

/// The byte that allocations and guards are filled with before a kernel writes.
inline constexpr uint8_t kGuard = 0xa5;

}  // namespace cubist::test
