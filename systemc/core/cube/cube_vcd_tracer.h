// SPDX-License-Identifier: Apache-2.0
// Ties the tracer of one Verilated model to a wave sink. Included with cube_rtl_harness.h by the
// build that can trace.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "systemc/core/cube/cube_rtl.h"
#include "systemc/core/cube/vcd_to_wave.h"
#include "verilated.h"
#include "verilated_vcd_c.h"

namespace cubist::core {

/// `M` x `N`: the engine's array.
template <unsigned M, unsigned N>
class CubeVcdTracer {
 public:
  template <class Top>
  explicit CubeVcdTracer(Top& top)
      : file_(std::make_unique<Output>()), vcd_(std::make_unique<VerilatedVcdC>(file_.get())) {
    top.contextp()->traceEverOn(true);
    top.trace(vcd_.get(), 99);
  }
  ~CubeVcdTracer() { vcd_->close(); }

  /// Shows the cycles first..last. One window per engine: the tracer declares its signals once.
  void start(base::WaveSink& sink, std::string scope, base::Time period, uint64_t first,
             uint64_t last, CubeWaveDetail detail) {
    file_->parser = std::make_unique<VcdToWave>(sink, std::move(scope), period, arrays());
    if (vcd_->isOpen()) vcd_->close();
    vcd_->dumpvars(0, "");  // Everything.
    if (detail == CubeWaveDetail::ports) {
      vcd_->dumpvars(1, "cube");
      // The fields of a struct are one level deeper; Verilator marks a struct's level with \x86.
      vcd_->dumpvars(1, "cube instr_i\x86");
    }
    first_ = first;
    last_ = last;
    on_ = true;
    vcd_->open("cube");
  }

  bool active() const { return on_; }

  /// `half_cycle` is 2c at the rising edge of cycle c.
  void dump(uint64_t half_cycle) {
    if (half_cycle < next_) return;  // Shown already, or from before a reset.
    next_ = half_cycle + 1;
    const uint64_t cycle = half_cycle / 2;
    if (cycle < first_) return;
    if (cycle > last_) {
      vcd_->flush();
      on_ = false;
      return;
    }
    vcd_->dump(half_cycle);
  }

  void flush() { vcd_->flush(); }

 private:
  /// The flat vectors of rtl/cube that are arrays of words or addresses.
  static std::vector<FlatArray> arrays() {
    std::vector<FlatArray> list;
    for (const char* name : {"l0a_rdata_i", "a_q", "a_i"}) list.push_back({name, 32, M});
    for (const char* name : {"l0b_rdata_i", "b_q", "b_i", "l0c_rdata_i", "l0c_wdata_o", "c_q",
                             "c_i", "c_o", "float_c", "fp32_c", "int8_c", "result_q"})
      list.push_back({name, 32, N});
    for (const char* name : {"bias_rdata_i", "a_word_q", "b_word_q", "c_row_q"})
      list.push_back({name, 32, 0});
    for (const char* name : {"l0a_addr_o", "l0b_addr_o", "l0c_raddr_o", "l0c_waddr_o"})
      list.push_back({name, 20, 0});
    return list;
  }

  struct Output final : VerilatedVcdFile {
    bool open(const std::string&) override { return true; }
    void close() override {}
    ssize_t write(const char* text, ssize_t length) override {
      if (parser) parser->feed(text, static_cast<size_t>(length));
      return length;
    }
    std::unique_ptr<VcdToWave> parser;
  };

  std::unique_ptr<Output> file_;  // Outlives `vcd_`, which writes to it when it closes.
  std::unique_ptr<VerilatedVcdC> vcd_;
  uint64_t first_ = 0, last_ = 0, next_ = 0;
  bool on_ = false;
};

}  // namespace cubist::core
