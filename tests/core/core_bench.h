// SPDX-License-Identifier: Apache-2.0
// One or more cores on test memories with latency, bandwidth and back-pressure, without a chip.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "systemc/core/ai_core.h"
#include "tests/core/kernel_args.h"
#include "tests/core/values.h"

namespace cubist::memory {
class MemoryMap;
}

namespace cubist::core {

inline constexpr uint64_t kArgsAddress = 0x10'0000'1000, kInput0 = 0x10'0100'0000,
                          kInput1 = 0x10'0200'0000, kOutput = 0x10'0300'0000;

/// How the test memory answers nb_transport.
enum class Answering : uint8_t {
  at_once,   ///< TLM_COMPLETED with an annotated delay.
  phases,    ///< END_REQ at once, BEGIN_RESP later.
  stingy,    ///< TLM_ACCEPTED; END_REQ a while later, and only a few requests at a time.
  refusing,  ///< An address error for every request to the kernels' data; at once.
};

struct CoreSetup {
  CoreKind kind = CoreKind::aic;
  Timing timing = Timing::full;
  uint64_t quantum = 100;
  Answering answering = Answering::phases;
  unsigned latency_cycles = 300;
  unsigned max_outstanding = 128, max_outstanding_writes = 128;
  unsigned cold_start_cycles = 0;
  double unaligned_share = 1;
  uint32_t icache_bytes = 32 << 10;
  bool stale_values = false;
};

/// What a run left behind.
struct CoreResult {
  uint64_t status = 0, error = 0, pc = 0, address = 0, info = 0;
  uint64_t cycles = 0;      ///< From START to the end of the block.
  uint64_t trace_hash = 0;  ///< Of all events, times relative to START.
  uint64_t events = 0;
  unsigned notified = 0;  ///< Calls of the listener.
  std::string text;
};

class CoreBench {
 public:
  explicit CoreBench(const std::vector<CoreSetup>& cores);
  ~CoreBench();

  AiCore& core(unsigned index = 0);
  memory::MemoryMap& memory();
  base::Simulation& simulation();
  /// Names of all spans and instants of a core's track ("mte2") seen in its last run.
  std::vector<std::string> names(unsigned core, const std::string& track) const;
  uint64_t statistic(const std::string& path_end, unsigned core = 0) const;
  /// Most requests that were in a core's memory at once, so far.
  unsigned worst_in_flight(unsigned core = 0) const;
  uint64_t symbol(const std::string& name) const;

  /// Runs one block; gives up after `limit_cycles`.
  CoreResult run(const std::string& kernel, const TestArgs& args, unsigned core = 0,
                 uint64_t limit_cycles = 20'000'000);
  /// Starts a block without waiting.
  void start(uint64_t entry, const TestArgs& args, unsigned core = 0);
  void advance(uint64_t cycles);
  CoreResult result(unsigned core = 0);

  void put(uint64_t address, const void* data, size_t bytes);
  template <typename T>
  void put(uint64_t address, const std::vector<T>& data) {
    put(address, data.data(), data.size() * sizeof(T));
  }
  template <typename T>
  std::vector<T> get(uint64_t address, size_t count) {
    std::vector<T> data(count);
    get(address, data.data(), count * sizeof(T));
    return data;
  }
  void get(uint64_t address, void* data, size_t bytes);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace cubist::core
