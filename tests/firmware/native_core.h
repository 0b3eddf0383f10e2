// SPDX-License-Identifier: Apache-2.0
// An AIC in a few lines for kernels compiled natively: pipes with queues, flags, and buffers, run
// in a random order that respects only what the program asked for. A kernel whose flags are too
// weak gives other results under some seed; one whose flags do not match locks up.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "abi/core_isa.h"

namespace cubist::test {

struct NativeSizes {
  uint32_t l1 = 512 << 10, l0a = 64 << 10, l0b = 64 << 10, l0c = 128 << 10, bt = 1 << 10;
};

class NativeCore {
 public:
  NativeCore(const NativeSizes& sizes, std::vector<uint8_t>& gm, uint32_t block, uint32_t blocks,
             unsigned seed);
  ~NativeCore();
  NativeCore(const NativeCore&) = delete;
  NativeCore& operator=(const NativeCore&) = delete;

  /// Runs what is queued to its end; the error, empty when all went well.
  std::string finish();

  // What the intrinsics call.
  void issue(unsigned pipe, unsigned op, uint64_t rd, uint64_t rs1, uint64_t rs2);
  uint64_t read_csr(unsigned number) const;
  void write_csr(unsigned number, uint64_t value) { csrs_[number] = value; }
  const void* gm_object(uint64_t address) const;

  uint64_t trap_code = 0;
  uint64_t mmads = 0;

 private:
  struct Entry {
    const abi::InstructionInfo* info;
    uint64_t dst, src, config;
    std::map<unsigned, uint64_t> csrs;
  };

  bool step(unsigned pipe);
  void run_some();
  void execute(const Entry& entry);
  void mte2(const Entry& entry);
  void mte1(const Entry& entry);
  void mmad(const Entry& entry);
  void fixpipe(const Entry& entry);
  uint8_t* at(uint64_t address, uint64_t bytes, const char* what);
  void fail(const std::string& text) {
    if (error_.empty()) error_ = text;
  }

  std::vector<uint8_t>& gm_;
  std::vector<uint8_t> l1_, l0a_, l0b_, l0c_, bt_;
  uint32_t block_, blocks_;
  std::mt19937 random_;
  std::map<unsigned, uint64_t> csrs_;
  std::array<std::deque<Entry>, abi::kPipes> queues_;
  std::array<bool, 8 * 8 * 8> flags_{};
  std::vector<uint8_t> spill_;  ///< Where accesses out of bounds go.
  std::string error_;
};

}  // namespace cubist::test
