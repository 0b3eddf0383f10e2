// SPDX-License-Identifier: Apache-2.0
// Drives one Verilated build of rtl/cube/cube_engine.sv: serves its SRAM ports from the core's
// buffers and turns its clock. Included by one source file per build, which passes the generated
// class.
#pragma once

#include <algorithm>
#include <cstring>
#include <memory>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "systemc/base/error.h"
#include "systemc/core/cube/cube_rtl.h"
#include "verilated.h"

namespace cubist::core {

/// A model's state in memory: the bytes of its root, where all signals are (the build flattens the
/// design). The root's pointers stay valid because the state goes back to the object it came from.
/// With Verilator's own way (--savable) 16 x 16 x 16 instructions ran 29 times slower.
template <class Top>
class RtlSnapshot {
 public:
  void save(const Top& top) {
    std::memcpy(bytes_.data(), static_cast<const void*>(top.rootp), bytes_.size());
  }
  void restore(Top& top) const {
    std::memcpy(static_cast<void*>(top.rootp), bytes_.data(), bytes_.size());
  }

 private:
  std::vector<uint8_t> bytes_ = std::vector<uint8_t>(sizeof(*Top::rootp));
};

/// Stands in for a tracer in a build without tracing.
struct NoTracer {
  template <class Top>
  explicit NoTracer(Top&) {}
  void start(base::WaveSink&, const std::string&, base::Time, uint64_t, uint64_t, CubeWaveDetail) {
    throw base::InternalError("this build of the cube RTL cannot trace");
  }
  bool active() const { return false; }
  void dump(uint64_t) {}
  void flush() {}
};

/// Field `index` of `bits` bits (at most 32) of a flat port, whose C++ type depends on its width.
template <class Port>
uint32_t port_field(const Port& port, unsigned index, unsigned bits) {
  const unsigned low = index * bits;
  const uint64_t mask = (uint64_t{1} << bits) - 1;
  if constexpr (std::is_integral_v<Port>) {
    return static_cast<uint32_t>(static_cast<uint64_t>(port) >> low & mask);
  } else {
    uint64_t two = port[low / 32];
    if (low / 32 != (low + bits - 1) / 32) two |= uint64_t{port[low / 32 + 1]} << 32;
    return static_cast<uint32_t>(two >> low % 32 & mask);
  }
}

/// `Top` is the generated class, `Tracer` NoTracer or CubeVcdTracer.
template <class Top, class Tracer, unsigned M, unsigned K, unsigned N>
class CubeRtlHarness final : public CubeRtl {
 public:
  CubeRtlHarness()
      : context_(std::make_unique<VerilatedContext>()),
        top_(std::make_unique<Top>(context_.get(), "cube")),
        tracer_(*top_) {
    reset();
  }

  CubeTiming execute(const CubeInstruction& instruction, const CubeBuffers& buffers,
                     uint64_t offered, const CubeArbiter* arbiter) override {
    buffers_ = &buffers;
    arbiter_ = arbiter;
    uint64_t previous_end = 0;
    if (tail_.pending) {
      previous_end = tail_.end;
      if (offered < tail_.end || tracer_.active()) replay_tail(std::min(offered, tail_.end));
      tail_.pending = false;
    }
    if (now_ < offered) {
      if (tracer_.active()) {  // Shows the signals at rest, just before they move again.
        now_ = offered - 1;
        cycle(false, true);
      }
      now_ = offered;
    }
    set_instruction(instruction);
    committed_until_ = previous_end;
    quiet_ = false;
    // Until the engine takes it.
    CubeTiming timing;
    uint64_t patience = patience_for(instruction);
    for (bool taken = false; !taken;) {
      wait_for("accepts", instruction, patience);
      begin_cycle(true);
      taken = top_->instr_ready_o;
      timing.accepted = now_;
      end_cycle(true);
    }
    // Until its last result is written.
    patience = patience_for(instruction);
    for (bool finished = false; !finished;) {
      wait_for("finishes", instruction, patience);
      begin_cycle(false);
      const bool last_beat = top_->instr_ready_o && !tail_.pending;
      if (last_beat) {
        tail_.pending = true;
        tail_.start = now_;
        tail_.snapshot.save(*top_);
        quiet_ = true;
      }
      finished = top_->done_o && now_ >= previous_end;
      end_cycle(true);
      if (last_beat) save_read_data();
    }
    tail_.end = now_;
    timing.done = now_;
    quiet_ = false;
    committed_until_ = 0;
    buffers_ = nullptr;
    arbiter_ = nullptr;
    if (tracer_.active()) tracer_.flush();  // Before simulated time passes these cycles.
    return timing;
  }

  void reset() override {
    tail_.pending = false;
    top_->rst_ni = 0;
    top_->instr_valid_i = 0;
    top_->stall_i = 0;
    for (int edge = 0; edge < 4; ++edge) {
      top_->clk_i = edge & 1;
      top_->eval();
    }
    top_->rst_ni = 1;
    top_->eval();
    now_ = 0;
  }

  Tracer& tracer() { return tracer_; }
  VerilatedContext& context() const { return *context_; }

  uint64_t empty_from() const override { return now_; }
  uint64_t cycles() const override { return cycles_; }

  void trace_to(base::WaveSink& sink, std::string scope, base::Time period, uint64_t first_cycle,
                uint64_t last_cycle, CubeWaveDetail detail) override {
    finish_trace();
    tracer_.start(sink, std::move(scope), period, first_cycle, last_cycle, detail);
  }

  void finish_trace() override {
    if (!tracer_.active()) return;
    if (tail_.pending) {
      replay_tail(tail_.end);
      tail_.pending = false;
      // The signals at rest, from the next edge on; an instruction may still be offered in that
      // cycle.
      begin_cycle(false);
      tracer_.dump(2 * now_);
    }
    tracer_.flush();
  }

 private:
  /// Cycles without a stall that no instruction can need: RTL that has lost its way is reported.
  static uint64_t patience_for(const CubeInstruction& i) {
    const auto steps = [](unsigned size, unsigned part) { return uint64_t{size} / part + 1; };
    return steps(i.m, M) * steps(i.n, N) * steps(i.k, 8) * 512 + 1000;
  }
  void wait_for(const char* what, const CubeInstruction& i, uint64_t& patience) const {
    if (arbiter_ && arbiter_->stalled(now_)) return;
    if (patience-- > 0) return;
    throw base::InternalError("cube RTL: it never " + std::string(what) +
                              " m=" + std::to_string(i.m) + " k=" + std::to_string(i.k) +
                              " n=" + std::to_string(i.n) +
                              " type=" + std::to_string(static_cast<unsigned>(i.type)) +
                              " (cycle " + std::to_string(now_) + ")");
  }
  /// Throws when the RTL addresses bytes outside of a buffer.
  template <class Bytes>
  auto* at(const Bytes& buffer, uint32_t address, uint32_t length, const char* name) const {
    if (address + length > buffer.size()) {
      throw base::InternalError("cube RTL: cycle " + std::to_string(now_) + ": address " +
                                std::to_string(address) + " lies outside of " + name + " (" +
                                std::to_string(buffer.size()) + " bytes)");
    }
    return buffer.data() + address;
  }

  static constexpr unsigned kLane = 8;
  static constexpr unsigned kAddress = 20;  ///< cube_pkg::AddrW
  static constexpr unsigned kWords = K / 2;
  static constexpr uint32_t kLaneBytes = (kLane - 1) * 32 + kWords * 4;
  static constexpr uint32_t kLaneBytesC = (kLane - 1) * 64 + N * 4;

  struct ReadData {
    uint32_t a[kWords][M], b[kWords][N], c[M][N], bias[N];
  };
  /// The cycles from an instruction's last beat to its last write: simulated when it runs, so that
  /// its values are there, and again when the next one follows closely.
  struct Tail {
    bool pending = false;
    uint64_t start = 0, end = 0;
    RtlSnapshot<Top> snapshot;  ///< In cycle `start`, before its clock edge.
    ReadData read;              ///< What the ports delivered for `start`.
  };

  /// Goes back to the start of the tail and simulates it up to `until`; writes nothing.
  void replay_tail(uint64_t until) {
    tail_.snapshot.restore(*top_);
    now_ = tail_.start;
    committed_until_ = tail_.end;
    replay_reads_at_ = tail_.start;
    quiet_ = false;
    while (now_ < until) cycle(false, true);
  }

  void cycle(bool valid, bool ports) {
    begin_cycle(valid);
    end_cycle(ports);
  }

  /// Applies the inputs of this cycle; the outputs are those of this cycle afterwards.
  void begin_cycle(bool valid) {
    top_->instr_valid_i = valid;
    // The first cycle of a tail issued its beat, whatever a newly set arbiter says of the past.
    top_->stall_i = arbiter_ && now_ != replay_reads_at_ && arbiter_->stalled(now_);
    if (!tracer_.active()) top_->clk_i = 0;
    top_->eval();
  }

  void end_cycle(bool ports) {
    if (tracer_.active()) {
      if (!quiet_) tracer_.dump(2 * now_);
      top_->clk_i = 0;
      top_->eval();
      if (!quiet_) tracer_.dump(2 * now_ + 1);
    }
    const Reads reads = ports ? sample_reads() : Reads{};
    if (top_->l0c_we_o && now_ >= committed_until_) write_l0c();
    top_->clk_i = 1;
    top_->eval();
    serve_reads(reads);
    ++now_;
    ++cycles_;
  }

  /// The read addresses of a cycle; the data follow after its clock edge.
  struct Reads {
    uint32_t a_enable = 0, b_enable = 0, c_enable = 0;
    bool bias_enable = false;
    uint32_t a[M / kLane], b[N / kLane], c[M / kLane], bias;
  };

  Reads sample_reads() const {
    Reads r;
    r.a_enable = top_->l0a_re_o;
    r.b_enable = top_->l0b_re_o;
    r.c_enable = top_->l0c_re_o;
    r.bias_enable = top_->bias_re_o;
    for (unsigned g = 0; g < M / kLane; ++g) {
      r.a[g] = port_field(top_->l0a_addr_o, g, kAddress) + top_->l0a_part_o * kWords * 4;
      r.c[g] = port_field(top_->l0c_raddr_o, g, kAddress);
    }
    for (unsigned g = 0; g < N / kLane; ++g) {
      r.b[g] = port_field(top_->l0b_addr_o, g, kAddress) + top_->l0b_part_o * kWords * 4;
    }
    r.bias = top_->bias_addr_o;
    return r;
  }

  void serve_reads(const Reads& reads) {
    if (now_ == replay_reads_at_) {
      restore_read_data();
      replay_reads_at_ = UINT64_MAX;
      return;
    }
    for (unsigned g = 0; g < M / kLane; ++g) {
      if (reads.a_enable >> g & 1)
        lane<M>(&top_->l0a_rdata_i[0], g, at(buffers_->l0a, reads.a[g], kLaneBytes, "L0A"));
      if (!(reads.c_enable >> g & 1)) continue;
      const uint8_t* from = at(buffers_->l0c, reads.c[g], kLaneBytesC, "L0C");
      for (unsigned r = 0; r < kLane; ++r)
        std::memcpy(&top_->l0c_rdata_i[(g * kLane + r) * N], from + r * 64, N * 4);
    }
    for (unsigned g = 0; g < N / kLane; ++g) {
      if (reads.b_enable >> g & 1)
        lane<N>(&top_->l0b_rdata_i[0], g, at(buffers_->l0b, reads.b[g], kLaneBytes, "L0B"));
    }
    if (reads.bias_enable) {
      std::memcpy(&top_->bias_rdata_i[0], at(buffers_->bias, reads.bias, N * 4, "the bias table"),
                  N * 4);
    }
  }

  /// Eight rows of `kWords` words, 32 bytes apart, to a port that wants them by word.
  template <unsigned Rows>
  static void lane(uint32_t* port, unsigned g, const uint8_t* from) {
    uint32_t rows[kLane][kWords];
    for (unsigned r = 0; r < kLane; ++r) std::memcpy(rows[r], from + r * 32, sizeof rows[r]);
    for (unsigned w = 0; w < kWords; ++w)
      for (unsigned r = 0; r < kLane; ++r) port[w * Rows + g * kLane + r] = rows[r][w];
  }

  void write_l0c() {
    const uint32_t rows = top_->l0c_wrow_o;
    const uint32_t columns = top_->l0c_wcol_o;
    for (unsigned m = 0; m < M; ++m) {
      if (!(rows >> m & 1)) continue;
      const uint32_t lane_at = port_field(top_->l0c_waddr_o, m / kLane, kAddress);
      uint8_t* to = at(buffers_->l0c, lane_at + m % kLane * 64, N * 4, "L0C");
      if (columns == (1u << N) - 1) {
        std::memcpy(to, &top_->l0c_wdata_o[m * N], N * 4);
        continue;
      }
      for (unsigned n = 0; n < N; ++n)
        if (columns >> n & 1) std::memcpy(to + n * 4, &top_->l0c_wdata_o[m * N + n], 4);
    }
  }

  void save_read_data() {
    std::memcpy(tail_.read.a, &top_->l0a_rdata_i[0], sizeof tail_.read.a);
    std::memcpy(tail_.read.b, &top_->l0b_rdata_i[0], sizeof tail_.read.b);
    std::memcpy(tail_.read.c, &top_->l0c_rdata_i[0], sizeof tail_.read.c);
    std::memcpy(tail_.read.bias, &top_->bias_rdata_i[0], sizeof tail_.read.bias);
  }
  void restore_read_data() {
    std::memcpy(&top_->l0a_rdata_i[0], tail_.read.a, sizeof tail_.read.a);
    std::memcpy(&top_->l0b_rdata_i[0], tail_.read.b, sizeof tail_.read.b);
    std::memcpy(&top_->l0c_rdata_i[0], tail_.read.c, sizeof tail_.read.c);
    std::memcpy(&top_->bias_rdata_i[0], tail_.read.bias, sizeof tail_.read.bias);
  }

  /// Packs cube_pkg::instr_t, whose last field is at bit 0.
  void set_instruction(const CubeInstruction& i) {
    uint32_t words[4] = {};
    unsigned bit = 0;
    const auto put = [&](uint32_t value, unsigned width) {
      for (unsigned j = 0; j < width; ++j, ++bit) words[bit / 32] |= (value >> j & 1) << bit % 32;
    };
    put(i.bias, 20);
    put(i.c, 20);
    put(i.b, 20);
    put(i.a, 20);
    put(static_cast<uint32_t>(i.init), 2);
    put(static_cast<uint32_t>(i.type), 3);
    put(i.n, 12);
    put(i.k, 12);
    put(i.m, 12);
    for (unsigned w = 0; w < 4; ++w) top_->instr_i[w] = words[w];
  }

  std::unique_ptr<VerilatedContext> context_;
  std::unique_ptr<Top> top_;
  Tracer tracer_;
  const CubeBuffers* buffers_ = nullptr;
  const CubeArbiter* arbiter_ = nullptr;
  uint64_t now_ = 0;              ///< The cycle in work.
  uint64_t committed_until_ = 0;  ///< Writes of earlier cycles are in L0C already.
  uint64_t replay_reads_at_ = UINT64_MAX;
  uint64_t cycles_ = 0;
  bool quiet_ = false;  ///< Not to be shown: may be simulated again.
  Tail tail_;
};

}  // namespace cubist::core
