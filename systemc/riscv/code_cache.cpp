// SPDX-License-Identifier: Apache-2.0
#include "systemc/riscv/code_cache.h"

namespace cubist::riscv {

CodePage::CodePage(uint64_t page_address) : address(page_address) {
  for (unsigned i = kSlots; i < slots.size(); ++i) slots[i].op = Op::page_end;
}

CodePage* CodeCache::page(uint64_t pc, Mode mode) {
  // Bit 0 of the key is free: page addresses are multiples of 4096.
  const uint64_t key = (pc & ~(kPageBytes - 1)) | (mode == Mode::machine ? 1 : 0);
  Quick& quick = quick_[(pc / kPageBytes * 2 + (key & 1)) % kQuick];
  if (quick.key != key) {
    std::unique_ptr<CodePage>& page = pages_[key];
    if (!page) page = std::make_unique<CodePage>(pc & ~(kPageBytes - 1));
    quick = {key, page.get()};
  }
  return quick.page;
}

void CodeCache::forget(uint64_t address, uint64_t bytes) {
  // An instruction of 4 bytes may begin 2 bytes before the range.
  for (uint64_t pc = (address & ~uint64_t{1}) - 2; pc < address + bytes; pc += 2) {
    for (const uint64_t machine : {0, 1}) {
      const auto found = pages_.find((pc & ~(kPageBytes - 1)) | machine);
      if (found == pages_.end()) continue;
      found->second->slots[pc % kPageBytes / 2] = Decoded{};
    }
  }
}

void CodeCache::clear() {
  quick_.fill(Quick{});
  pages_.clear();
}

}  // namespace cubist::riscv
