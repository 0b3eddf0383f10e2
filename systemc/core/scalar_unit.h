// SPDX-License-Identifier: Apache-2.0
// The scalar unit: a RISC-V hart that runs the kernel, pushes instructions into the pipes and waits
// for them.
//
// It runs ahead of simulated time in its private memory, by at most the quantum; every access to
// anything else happens when simulated time has caught up. Kernels run in user mode, and any trap
// ends the block with an error.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "systemc/base/agenda.h"
#include "systemc/core/core_context.h"
#include "systemc/core/data_cache.h"
#include "systemc/core/instruction_cache.h"
#include "systemc/core/memory_client.h"
#include "systemc/core/queue_entry.h"
#include "systemc/riscv/hart.h"

namespace cubist::core {

class Pipe;

/// Why the hart stands still.
enum class ScalarWait : uint8_t { none, flag, queue, drain, end, fetch, load, clean };

class ScalarUnit final : public base::Agent, public riscv::HartBus, private MemoryClient::Owner {
 public:
  /// What the scalar unit needs of the core besides the shared context.
  struct Hooks {
    /// The pipe, or nullptr when this kind of core has no such pipe.
    std::function<Pipe*(unsigned)> pipe;
    std::function<bool()> drained;
    /// The block has ended (all pipes are drained).
    std::function<void()> ended;
    /// Blocking transport with data. False on a bus error. Adds the time it takes.
    std::function<bool(bool write, uint64_t address, std::span<uint8_t> data, base::Time& delay)>
        transport;
  };
  struct Identity {
    unsigned index = 0;
    bool cube_core = false;
  };

  ScalarUnit(CoreContext& context, const Identity& identity, Hooks hooks);

  /// Registers ENTRY, ARGS, BLOCK and GROUP.
  struct Start {
    uint64_t entry = 0, args = 0, block = 0, group = 0;
  };
  /// Starts a block: the first instruction executes at `cycle`.
  void start(const Start& what, uint64_t cycle);
  /// Stops for good (end, error, kill).
  void stop();

  bool running() const { return state_ != State::stopped; }
  ScalarWait waits_for() const { return state_ == State::blocked ? wait_ : ScalarWait::none; }
  const Flag& awaited() const { return awaited_; }
  unsigned awaited_pipe() const { return awaited_pipe_; }
  uint64_t pc() const { return trap_ ? trap_->pc : hart_.pc(); }
  /// Registers INFO_IFU and INFO_CCU.
  uint64_t last_miss() const { return fill_address_; }
  uint64_t wait_word() const { return static_cast<uint64_t>(waits_for()); }
  /// What it waited for has happened: goes on at the present time.
  void unblock();
  std::string describe() const;
  riscv::Hart& hart() { return hart_; }

  void wake(uint64_t token) override;

  // riscv::HartBus
  riscv::FastPage page(uint64_t address) override;
  riscv::BusReply fetch(uint64_t address, unsigned size) override;
  riscv::BusReply peek(uint64_t address, unsigned size) override;
  riscv::BusReply load(uint64_t address, unsigned size) override;
  riscv::BusReply store(uint64_t address, unsigned size, uint64_t data) override;
  bool atomic_allowed(uint64_t address) override;
  uint64_t time() override;
  riscv::BusReply custom(uint32_t instruction, uint64_t rd, uint64_t rs1, uint64_t rs2,
                         bool& writes_rd, bool& illegal) override;
  bool read_csr(uint16_t number, uint64_t& value) override;
  bool write_csr(uint16_t number, uint64_t value) override;

 private:
  enum class State : uint8_t { stopped, running, blocked, trapped };

  void wake_at(uint64_t cycle);
  void run();
  /// Local time of the hart, as a cycle of the core.
  uint64_t local_cycle() const { return hart_.cycle() - offset_; }
  void on_trap(const riscv::Trap& trap);
  void report_trap();
  void fail(uint16_t code, const abi::InstructionInfo* info, uint64_t address, std::string text);

  riscv::BusReply scalar_instruction(const abi::InstructionInfo& info, uint64_t address,
                                     uint64_t config);
  riscv::BusReply wait_for(const Flag& flag);
  riscv::BusReply block_on(ScalarWait wait, base::NameId name);
  riscv::BusReply access(bool write, uint64_t address, unsigned size, uint64_t data);
  bool access_gm(bool write, uint64_t address, std::span<uint8_t> bytes, riscv::BusReply& reply);
  CoreError read_error(uint64_t address, unsigned size) const;
  bool load_cached(uint64_t address, std::span<uint8_t> bytes);
  void note_stale(uint64_t address, const std::string& why);
  void note_dirty(uint64_t line);
  void write_back(DataCache::Line& line, uint32_t& cycles);
  void clean(std::optional<uint64_t> address, uint32_t& cycles);
  void invalidate(std::optional<uint64_t> address);
  riscv::BusReply clean_invalidate(uint64_t address, uint64_t config);
  bool clean_before_end();
  void begin_fetch();
  void request_fill();
  void finish_fill();
  void transfer_issued() override {}
  void transfer_done(uint64_t cycle) override;
  void transfer_failed(uint64_t transfer, uint64_t address, bool uncorrectable) override;
  uint8_t* local_bytes(uint64_t address, unsigned size, uint32_t& extra);

  CoreContext& context_;
  Identity identity_;
  Hooks hooks_;
  riscv::Hart hart_;
  Track track_;
  DataCache cache_;
  std::optional<InstructionCache> code_cache_;  ///< None: code comes at no cost.
  State state_ = State::stopped;
  ScalarWait wait_ = ScalarWait::none;
  Flag awaited_{};
  unsigned awaited_pipe_ = 0;
  uint64_t offset_ = 0;  ///< Hart's cycle less the core's.
  uint64_t serial_ = 0;
  std::optional<riscv::Trap> trap_;
  std::array<uint64_t, 256> csrs_{};  ///< 0x800..0x8ff
  Start block_;
  uint64_t code_generation_ = ~uint64_t{0};
  uint64_t marked_page_ = ~uint64_t{0};
  uint64_t atomic_pc_ = ~uint64_t{0};  ///< Of the last atomic instruction.
  uint64_t fill_address_ = 0;          ///< What the hart missed,
  GmSegments fill_;                    ///< and what is asked for.
  bool fill_answered_ = false;
  bool filled_ = false;  ///< The line came for the load that is about to be repeated.
  uint64_t cache_hits_ = 0, cache_misses_ = 0, code_misses_ = 0, code_bytes_ = 0;
  uint64_t stale_reads_ = 0, write_backs_ = 0;
  uint64_t wait_fetch_cycles_ = 0, wait_load_cycles_ = 0;
  uint64_t instructions_ = 0, wait_queue_cycles_ = 0, wait_flag_cycles_ = 0, wait_since_ = 0;
};

}  // namespace cubist::core
