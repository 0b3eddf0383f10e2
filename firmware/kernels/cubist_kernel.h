// SPDX-License-Identifier: Apache-2.0
// The one header a kernel includes: intrinsics and the macro that makes a function a kernel.
//
//   struct ScaleArgs { uint64_t in, out, count; };
//   CUBIST_KERNEL(scale, aiv)(const ScaleArgs* args) { ... }
//
// declares kernel "scale" for vector cores. The function gets the launch block's address, runs once
// on each core for each block, and ends the block by returning; the block is over when all pipes
// have drained. Kernels have no writable globals, and their stack is the scalar unit's memory.
#pragma once

#include "abi/cubist_abi.h"
#include "abi/cubist_intrinsics.h"
#include "abi/kernel_abi.h"

#define CUBIST_KIND_aic 0
#define CUBIST_KIND_aiv 1
#define CUBIST_STRING_(x) #x
#define CUBIST_STRING(x) CUBIST_STRING_(x)

static_assert(CUBIST_KIND_aic == CUBIST_KIND_AIC && CUBIST_KIND_aiv == CUBIST_KIND_AIV);

#ifdef __riscv
#define CUBIST_KERNEL(name, kind)                                               \
  static_assert(sizeof(#name) <= 48, "a kernel's name has 47 letters at most"); \
  asm(".pushsection .text.cubist.entry." #name ",\"ax\",@progbits\n"          \
      ".balign 4\n"                                                           \
      "__cubist_entry_" #name ":\n"                                           \
      "  lla t0, " #name "\n"                                                 \
      "  j __cubist_start\n"                                                  \
      ".popsection\n"                                                         \
      ".pushsection .cubist.kernels,\"a\",@progbits\n"                        \
      ".balign 8\n"                                                           \
      "  .dword __cubist_entry_" #name " - __cubist_image\n"                  \
      "  .word " CUBIST_STRING(CUBIST_KIND_##kind) "\n"                       \
      "  .word " CUBIST_STRING(CUBIST_ABI_VERSION) "\n"                       \
      "0: .asciz \"" #name "\"\n"                                             \
      "  .zero 48 - (. - 0b)\n"                                               \
      ".popsection\n"); \
  extern "C" [[gnu::used]] void name
#else
#define CUBIST_KERNEL(name, kind) extern "C" void name
#endif
