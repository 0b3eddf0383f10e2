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

void CodeCache::clear() {
  quick_.fill(Quick{});
  pages_.clear();
}

}  // namespace cubist::riscv
