// SPDX-License-Identifier: Apache-2.0
// The one header a kernel includes: intrinsics and the macro that makes a function a kernel.
//
//   struct ScaleArgs { uint64_t in, out, count; };
//   CUBIST_KERNEL(scale, aiv)(const ScaleArgs* args) { ... }
//
// declares kernel "scale" for vector cores. The function gets the launch block's address, runs once
// on each core for each block, and ends the block by returning; the block is over when all pipes
// have drained. Kernels have no writable globals, and their stack is the scalar unit's memory.
//
//   CUBIST_MIX_KERNEL(fused, 2);                       // blocks of an AIC and two AIVs
//   CUBIST_AIC(fused)(const FusedArgs* args) { ... }   // runs on the AIC
//   CUBIST_AIV(fused)(const FusedArgs* args) { ... }   // runs on each AIV
//
// declares a mix kernel, whose cores meet through cross-core flags (cubist_sync.h). With a further
// argument `at_once`, as in CUBIST_KERNEL(name, aiv, at_once), all blocks of a launch run at once
// or the launch is refused: flags of mode 0 and sync_all() need that.
#pragma once

#include "abi/cubist_abi.h"
#include "abi/cubist_intrinsics.h"
#include "abi/kernel_abi.h"

#define CUBIST_KIND_aic 0
#define CUBIST_KIND_aiv 1
#define CUBIST_FLAG_at_once 1
#define CUBIST_STRING_(x) #x
#define CUBIST_STRING(x) CUBIST_STRING_(x)

static_assert(CUBIST_KIND_aic == CUBIST_KIND_AIC && CUBIST_KIND_aiv == CUBIST_KIND_AIV);
static_assert(CUBIST_FLAG_at_once == CUBIST_KERNEL_AT_ONCE);
static_assert(CUBIST_KIND_MIX == 2);

#ifdef __riscv
// Where a core begins: loads the function's address into t0 and goes on in crt0.S.
#define CUBIST_ENTRY_(function)                    \
  asm(".pushsection .text.cubist.entry." #function \
      ",\"ax\",@progbits\n"                        \
      ".balign 4\n"                                \
      "__cubist_entry_" #function                  \
      ":\n"                                        \
      "  lla t0, " #function                       \
      "\n"                                         \
      "  j __cubist_start\n"                       \
      ".popsection\n")
// An entry of the image's table: cubist_kernel_info of kernel_abi.h.
#define CUBIST_TABLE_(name, entry, aiv_entry, kind, flags, aivs)                \
  static_assert(sizeof(#name) <= 48, "a kernel's name has 47 letters at most"); \
  asm(".pushsection .cubist.kernels,\"a\",@progbits\n"                       \
      ".balign 8\n"                                                          \
      "  .word " entry ", " aiv_entry "\n"                                   \
      "  .byte " CUBIST_STRING(kind) ", " CUBIST_STRING(flags) ", " CUBIST_STRING(aivs) ", 0\n" \
      "  .word " CUBIST_STRING(CUBIST_ABI_VERSION) "\n"                      \
      "0: .asciz \"" #name "\"\n"                                            \
      "  .zero 48 - (. - 0b)\n"                                              \
      ".popsection\n")
#define CUBIST_OFFSET_(function) "__cubist_entry_" #function " - __cubist_image"

#define CUBIST_KERNEL(name, kind, ...)                               \
  CUBIST_ENTRY_(name);                                               \
  CUBIST_TABLE_(name, CUBIST_OFFSET_(name), "0", CUBIST_KIND_##kind, \
                0 __VA_OPT__(+CUBIST_FLAG_##__VA_ARGS__), 0);        \
  extern "C" [[gnu::used]] void name
#define CUBIST_MIX_KERNEL(name, aivs, ...)                                       \
  static_assert(aivs >= 1 && aivs <= CUBIST_MAX_SUB_BLOCKS);                     \
  CUBIST_ENTRY_(name##_aic);                                                     \
  CUBIST_ENTRY_(name##_aiv);                                                     \
  CUBIST_TABLE_(name, CUBIST_OFFSET_(name##_aic), CUBIST_OFFSET_(name##_aiv), 2, \
                0 __VA_OPT__(+CUBIST_FLAG_##__VA_ARGS__), aivs)
#define CUBIST_AIC(name) extern "C" [[gnu::used]] void name##_aic
#define CUBIST_AIV(name) extern "C" [[gnu::used]] void name##_aiv
#else
#define CUBIST_KERNEL(name, kind, ...) extern "C" void name
#define CUBIST_MIX_KERNEL(name, aivs, ...) static_assert(aivs >= 1)
#define CUBIST_AIC(name) extern "C" void name##_aic
#define CUBIST_AIV(name) extern "C" void name##_aiv
#endif
