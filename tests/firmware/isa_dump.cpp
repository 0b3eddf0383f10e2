// SPDX-License-Identifier: Apache-2.0
// Prints "funct3 operation name" of each instruction, for check_images.py.
#include <cstdio>

#include "abi/core_isa.h"

int main() {
  for (const auto& info : cubist::abi::kInstructions) {
    std::printf("%u %u %.*s\n", static_cast<unsigned>(info.pipe), info.op,
                static_cast<int>(info.name.size()), info.name.data());
  }
}
