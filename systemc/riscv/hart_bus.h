// SPDX-License-Identifier: Apache-2.0
// What a hart needs from the world around it: the one interface between the RV64 interpreter, which
// knows no SystemC, and the module that owns it.
#pragma once

#include <cstdint>

namespace cubist::riscv {

enum class Access : uint8_t { load, store, fetch };

/// Host memory behind one 4 KiB page of the hart's address space, or nothing.
/// A page is handed out only for *private* memory: memory that no other initiator writes while this
/// hart runs, so that the hart may run ahead of simulated time in it. Everything else goes through
/// load(), store() and fetch().
struct FastPage {
  uint8_t* host = nullptr;  ///< Start of the page, or nullptr when the page has no fast path.
  bool readable = false;
  bool writable = false;
};

enum class BusStatus : uint8_t {
  ok,
  fault,       ///< Access fault: the hart traps with cause 1, 5 or 7.
  misaligned,  ///< A device cannot take this alignment: the hart traps with cause 4 or 6.
  retry,  ///< Cannot be done now: nothing happened; the hart stops with Stop::blocked before it.
};

struct BusReply {
  BusStatus status = BusStatus::ok;
  uint64_t data = 0;          ///< Loaded value, zero-extended.
  uint32_t extra_cycles = 0;  ///< Added to the hart's local time on top of the instruction's own.
};

/// The hart calls these only while it is synchronised (local time equals simulated time), except
/// page() and fetch(), which have no outward effect.
class HartBus {
 public:
  virtual ~HartBus() = default;

  /// The fast path for the page at `address` (4 KiB aligned). The hart caches the answer until
  /// Hart::invalidate_pages() is called.
  virtual FastPage page(uint64_t address) = 0;

  /// Reads up to 4 bytes of code for predecoding; 2-byte aligned. The hart caches what it decoded
  /// until fence.i or Hart::invalidate_code().
  virtual BusReply fetch(uint64_t address, unsigned size) = 0;
  /// The same for a debugger or a message: has no effect and never says retry.
  virtual BusReply peek(uint64_t address, unsigned size) { return fetch(address, size); }

  /// size is 1, 2, 4 or 8 bytes; any alignment: RAM must serve misaligned accesses.
  virtual BusReply load(uint64_t address, unsigned size) = 0;
  virtual BusReply store(uint64_t address, unsigned size, uint64_t data) = 0;

  /// LR, SC and AMO: read-modify-write is done by the hart with load() and store() at one instant.
  /// An atomic on an address for which this returns false traps with an access fault.
  virtual bool atomic_allowed(uint64_t address) = 0;

  /// Simulated time for the `time` CSR, in the platform's timer ticks.
  virtual uint64_t time() = 0;

  /// custom-0 and custom-1 (opcodes 0x0B, 0x2B). `rd`, `rs1`, `rs2` are the *values* of the three
  /// registers; reply.data is written back to rd only if `writes_rd` was set by the callee.
  virtual BusReply custom(uint32_t instruction, uint64_t rd, uint64_t rs1, uint64_t rs2,
                          bool& writes_rd, bool& illegal) = 0;

  /// CSRs the hart does not know itself (0x800-0x8FF, 0xCC0-0xCFF and the like). Returns false when
  /// there is no such CSR (the hart raises an illegal-instruction exception).
  virtual bool read_csr(uint16_t number, uint64_t& value) = 0;
  virtual bool write_csr(uint16_t number, uint64_t value) = 0;
};

}  // namespace cubist::riscv
