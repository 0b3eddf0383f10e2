// SPDX-License-Identifier: Apache-2.0
// One RV64IMAC hart (Zicsr, Zifencei, Zicntr; M and U mode; PMP; triggers) as a plain C++ class
// that knows no SystemC. docs/riscv.md says what it models and how it stays causal.
//
// Time. The hart keeps a local time in cycles of its clock. It runs ahead of simulated time in
// private memory (HartBus::page) and stops before anything that the world could see or influence,
// so that its owner can let simulated time catch up and call run() again with `synchronised` true:
//
//   switch (hart.run(now + quantum, synchronised)) {
//     case Stop::budget:  wait until local time, then run on
//     case Stop::sync:    wait until local time, then run with synchronised = true
//     case Stop::blocked: wait for what the bus waits for, advance_to(now), synchronised = true
//     case Stop::wfi:     wait for set_interrupt(), at latest until next_input_cycle(), then run on
//     ...
//   }
//
// What a program does, and at which cycle, does not depend on where these calls cut it.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>

#include "systemc/riscv/code_cache.h"
#include "systemc/riscv/hart_bus.h"
#include "systemc/riscv/interrupt_inputs.h"
#include "systemc/riscv/isa.h"
#include "systemc/riscv/page_cache.h"
#include "systemc/riscv/pmp.h"
#include "systemc/riscv/trap.h"
#include "systemc/riscv/triggers.h"

namespace cubist::riscv {

struct HartConfig {
  uint64_t hart_id = 0;            ///< mhartid.
  uint64_t reset_pc = 0x80000000;  ///< First instruction; 2-byte aligned.
  unsigned pmp_entries = 8;        ///< 0 to 16.
  unsigned triggers = 4;           ///< 0 to 16.
  uint64_t vendor_id = 0;          ///< mvendorid; 0: not a commercial implementation.
  uint64_t architecture_id = 0;    ///< marchid.
  uint64_t implementation_id = 0;  ///< mimpid.
  // Cycles on top of the one that every instruction takes.
  uint32_t taken_branch_cycles = 0;  ///< Taken branches and jumps.
  uint32_t multiply_cycles = 0;
  uint32_t divide_cycles = 0;
  uint32_t trap_cycles = 0;  ///< Entering a trap handler, for exceptions and interrupts.
};

/// Why run() returned. In every case the hart is at an instruction boundary.
enum class Stop : uint8_t {
  budget,      ///< Local time has reached `until_cycle`.
  sync,        ///< The next instruction acts outside; nothing of it has happened yet.
  blocked,     ///< The bus said retry; nothing of the instruction has happened.
  wfi,         ///< Waiting for an interrupt; local time stands still until it comes.
  breakpoint,  ///< Breakpoint, debug trigger, or ebreak with a debugger attached; before it.
  halted,      ///< Held by set_halted().
};
const char* stop_name(Stop stop);

/// What the retire hook sees.
struct Retired {
  uint64_t pc = 0;
  uint32_t instruction = 0;  ///< As fetched; 16 bits zero-extended when compressed.
  uint64_t cycle = 0;        ///< Local time at which it started.
};

class Hart {
 public:
  Hart(HartBus& bus, const HartConfig& config);
  ~Hart();
  Hart(const Hart&) = delete;
  Hart& operator=(const Hart&) = delete;

  /// Back to the reset state; local time goes on. Interrupt inputs keep their levels.
  void reset();

  // --- Running -------------------------------------------------------------------------------
  /// Executes while local time is below `until_cycle`. With `synchronised` the caller says that
  /// local time equals simulated time: instructions that start at this very cycle may act outside.
  Stop run(uint64_t until_cycle, bool synchronised);

  /// Local time in cycles.
  uint64_t cycle() const { return cycle_; }
  /// Lets local time pass while the hart stalls (after Stop::blocked): up to `cycle`, or to the
  /// moment an enabled interrupt is pending when that is earlier. Returns the local time.
  uint64_t advance_to(uint64_t cycle);
  /// Instructions retired since construction.
  uint64_t retired() const { return instret_; }

  /// Holds the hart (run() returns Stop::halted) or lets it go on.
  void set_halted(bool halted) { halted_ = halted; }
  bool halted() const { return halted_; }
  /// Whether it sleeps in WFI.
  bool waiting() const { return waiting_; }

  // --- Interrupts ----------------------------------------------------------------------------
  /// Interrupt line `cause` (3, 7, 11, 16..63) has `level` from `effective_cycle` on. The cycle may
  /// lie in the hart's future; the interrupt is taken at the first instruction boundary at or after
  /// it. It must not lie in the past of a sleeping hart: sleep ends at the cycle given here.
  void set_interrupt(unsigned cause, bool level, uint64_t effective_cycle);
  /// When the next change of a line takes effect, or kNever.
  uint64_t next_input_cycle() const { return inputs_.next_cycle(); }
  /// Whether an interrupt would be taken at the next boundary.
  bool interrupt_ready() const;

  // --- Caches --------------------------------------------------------------------------------
  /// Forgets all predecoded code; takes effect before the next instruction. May be called by the
  /// bus from within a call of the hart.
  void invalidate_code() { code_stale_ = true; }
  /// Forgets what was decoded from these bytes: it is fetched again. Not within a call of the hart.
  void forget_code(uint64_t address, uint64_t bytes) { code_.forget(address, bytes); }
  /// Forgets all FastPages; takes effect at once.
  void invalidate_pages();

  // --- State ---------------------------------------------------------------------------------
  uint64_t reg(unsigned index) const { return index < 32 ? x_[index] : 0; }
  void set_reg(unsigned index, uint64_t value) {
    if (index > 0 && index < 32) x_[index] = value;
  }
  uint64_t pc() const { return pc_; }
  void set_pc(uint64_t pc);  ///< Also ends WFI and the stepping over a breakpoint.
  Mode mode() const { return mode_; }
  void set_mode(Mode mode);
  const HartConfig& config() const { return config_; }

  /// A CSR of the hart itself by number, without side effects and without regard to privilege;
  /// nothing for a CSR that belongs to the bus (or `time`).
  std::optional<uint64_t> csr(uint16_t number) const;
  /// Writes a CSR as the debugger (may set dmode of triggers, mcycle exactly); false when there is
  /// no such CSR in the hart or it cannot be written.
  bool set_csr(uint16_t number, uint64_t value);

  /// One line of assembly for the instruction at `pc`, or "<cannot be fetched>".
  std::string disassemble(uint64_t pc) const;
  /// The instruction word at `pc` (16 bits when compressed), or nothing when it cannot be fetched.
  std::optional<uint32_t> instruction_at(uint64_t pc) const;

  // --- Debugging -----------------------------------------------------------------------------
  /// With a debugger attached, ebreak stops the hart instead of trapping.
  void set_debugger_attached(bool attached) { debugger_ = attached; }
  /// Stops before the instruction at `pc` in either mode; running on from there steps over it.
  void add_breakpoint(uint64_t pc);
  void remove_breakpoint(uint64_t pc);
  /// Address of the access that a debug trigger stopped, or the pc of a breakpoint.
  uint64_t breakpoint_address() const { return breakpoint_address_; }

  /// The last trap taken, or nothing yet.
  const std::optional<Trap>& last_trap() const { return last_trap_; }
  /// How often each exception or interrupt code was taken.
  uint64_t exception_count(unsigned code) const { return exceptions_[code & 63]; }
  uint64_t interrupt_count(unsigned code) const { return interrupts_[code & 63]; }

  /// Called after the hart has entered a trap.
  void set_trap_hook(std::function<void(const Trap&)> hook) { trap_hook_ = std::move(hook); }
  /// Called after each retired instruction. Slow: the hart then single-steps.
  void set_retire_hook(std::function<void(const Retired&)> hook) { retire_hook_ = std::move(hook); }

 private:
  // hart.cpp
  void step_once();
  bool sleep_until(uint64_t until_cycle);

  // hart_run.cpp: the dispatch loop.
  void run_fast(uint64_t limit);
  void execute_slow(const Decoded& slot);
  void execute_intercepted();
  void fill_slot();

  // hart_memory.cpp: what the fast path did not serve; loads, stores, atomics. Each returns false
  // when it trapped or stopped instead.
  bool load_memory(uint64_t address, unsigned size, uint64_t& value, uint32_t& extra,
                   Access as = Access::load);
  bool store_memory(uint64_t address, unsigned size, uint64_t value, uint32_t& extra);
  void execute_load(const Decoded& d, unsigned size, bool is_signed);
  void execute_store(const Decoded& d, unsigned size);
  const PageCache::Entry& lookup_page(uint64_t address);
  uint8_t* fast_byte(uint64_t address, Access access);
  bool check_access(uint64_t address, unsigned size, Access access);
  bool check_reply(const BusReply& reply, uint64_t address, Access access);
  void execute_load_reserved(const Decoded& d, unsigned size);
  void execute_store_conditional(const Decoded& d, unsigned size);
  void execute_amo(const Decoded& d, unsigned size);
  bool check_atomic(uint64_t address, unsigned size, Access access);

  // hart_system.cpp: environment, traps, interrupts.
  void execute_system(const Decoded& d);
  void execute_custom(const Decoded& d);
  void execute_mret();
  void execute_wfi(const Decoded& d);
  void raise(Cause cause, uint64_t value);
  void enter_trap(uint64_t cause, uint64_t value);
  void take_interrupt();
  void stop_for_debugger(uint64_t address);
  void update_data_mode();

  // hart_csr.cpp
  void execute_csr(const Decoded& d);
  bool csr_accessible(uint16_t number, bool writes) const;
  bool read_own_csr(uint16_t number, uint64_t& value) const;
  bool write_own_csr(uint16_t number, uint64_t value, bool debugger, uint64_t retiring);
  void write_mstatus(uint64_t value);
  void write_countinhibit(uint64_t value);
  uint64_t mcycle() const;
  uint64_t minstret() const;

  /// True when outward effects are allowed now; else asks for Stop::sync.
  bool outside_allowed() {
    if (cycle_ == outside_cycle_) return true;
    stop_ = Stop::sync;
    return false;
  }
  void retire(const Decoded& d, uint32_t extra = 0) {
    pc_ += 2u * d.length;
    cycle_ += 1 + uint64_t{extra};
    ++instret_;
  }

  HartBus& bus_;
  HartConfig config_;

  // Architectural state. x_[kSink] takes what is written to x0.
  std::array<uint64_t, 33> x_{};
  uint64_t pc_ = 0;
  Mode mode_ = Mode::machine;
  uint64_t mstatus_ = 0, mie_ = 0, mtvec_ = 0, mscratch_ = 0, mepc_ = 0, mcause_ = 0, mtval_ = 0;
  uint64_t mcounteren_ = 0, mcountinhibit_ = 0, menvcfg_ = 0;
  // A counter reads local time (or instret_) plus its offset; while inhibited, the offset alone.
  uint64_t mcycle_offset_ = 0, minstret_offset_ = 0;
  Pmp pmp_;
  Triggers triggers_;
  InterruptInputs inputs_;
  struct Reservation {
    bool valid = false;
    uint64_t address = 0;
    uint64_t value = 0;
    unsigned size = 0;
  } reservation_;

  // Time and control.
  uint64_t cycle_ = 0;
  uint64_t instret_ = 0;
  uint64_t outside_cycle_ = kNever;  // The one cycle at which outward effects are allowed.
  std::optional<Stop> stop_;         // Set by an instruction that did not happen.
  bool halted_ = false;
  bool waiting_ = false;
  bool code_stale_ = false;

  CodeCache code_;
  PageCache user_pages_, machine_pages_;
  PageCache* pages_ = &machine_pages_;  // Of the mode that data accesses have now.
  Mode data_mode_ = Mode::machine;

  // Debugging.
  bool debugger_ = false;
  bool stepping_over_ = false;  // The next instruction has already been reported as a breakpoint.
  uint64_t breakpoint_address_ = 0;
  std::set<uint64_t> breakpoints_;
  std::optional<Trap> last_trap_;
  std::array<uint64_t, 64> exceptions_{};
  std::array<uint64_t, 64> interrupts_{};
  std::function<void(const Trap&)> trap_hook_;
  std::function<void(const Retired&)> retire_hook_;
};

}  // namespace cubist::riscv
