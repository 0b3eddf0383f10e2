// SPDX-License-Identifier: Apache-2.0
// The smallest machine that runs a bare-metal test: one hart, RAM, and the word `tohost`.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "systemc/riscv/elf.h"
#include "systemc/riscv/hart_bus.h"

namespace cubist::riscv {

/// RAM of the hart's address space. The host gives memory only to pages that are touched.
class BareMachine : public HartBus {
 public:
  static constexpr uint64_t kRamBase = 0x80000000;

  /// `ram_bytes` is a multiple of 4096.
  explicit BareMachine(uint64_t ram_bytes);
  ~BareMachine() override;

  uint64_t ram_bytes() const { return ram_bytes_; }

  /// Copies the program into RAM and finds `tohost`. Returns an empty string, or one line saying
  /// why the program does not fit.
  std::string load_image(const ElfImage& image);

  /// The non-zero value that the program has written to `tohost`, once it has.
  const std::optional<uint64_t>& tohost() const { return tohost_value_; }
  /// Called at the first non-zero write to `tohost`, from within the store.
  void set_tohost_hook(std::function<void()> hook) { tohost_hook_ = std::move(hook); }
  bool has_tohost() const { return tohost_address_.has_value(); }

  /// Host memory of `size` bytes of RAM, or nullptr when they are not all RAM.
  uint8_t* ram(uint64_t address, uint64_t size) const;

  FastPage page(uint64_t address) override;
  BusReply fetch(uint64_t address, unsigned size) override;
  BusReply load(uint64_t address, unsigned size) override;
  BusReply store(uint64_t address, unsigned size, uint64_t data) override;
  bool atomic_allowed(uint64_t address) override { return ram(address, 1) != nullptr; }
  /// Time does not pass in this machine except in the hart, so `time` always reads as zero.
  uint64_t time() override { return 0; }
  BusReply custom(uint32_t instruction, uint64_t rd, uint64_t rs1, uint64_t rs2, bool& writes_rd,
                  bool& illegal) override;
  bool read_csr(uint16_t number, uint64_t& value) override;
  bool write_csr(uint16_t number, uint64_t value) override;

 private:
  struct Free {
    void operator()(uint8_t* memory) const;
  };
  uint64_t ram_bytes_;
  std::unique_ptr<uint8_t, Free> ram_;
  std::optional<uint64_t> tohost_address_;
  std::optional<uint64_t> tohost_value_;
  std::function<void()> tohost_hook_;
};

}  // namespace cubist::riscv
