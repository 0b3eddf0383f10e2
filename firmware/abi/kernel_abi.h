// SPDX-License-Identifier: Apache-2.0
// What a kernel ELF tells the host, and what a kernel finds when it starts.
//
// A kernel ELF is a 64-bit little-endian RISC-V file (ET_EXEC) linked at address 0 and free of
// relocations. Its PT_LOAD segments are copied, at their p_vaddr, to any 4 KiB-aligned GM address
// `base`; a kernel's entry is then base + cubist_kernel_info.entry. Nothing in the image is ever
// written at run time: many cores run it at once. The section ".cubist.kernels" is an array of
// cubist_kernel_info, one for each CUBIST_KERNEL.
//
// At the entry: a0 is CORE.ARGS, the other registers are unspecified, M mode, traps end the block
// with an error. The entry code sets the stack pointer to the end of the scalar unit's private
// memory (region SCALAR, CSR SCALAR_SIZE), calls the kernel and executes `end`.
#ifndef CUBIST_KERNEL_ABI_H
#define CUBIST_KERNEL_ABI_H

#include <stdint.h>

#define CUBIST_KERNEL_SECTION ".cubist.kernels"
#define CUBIST_KIND_AIC 0
#define CUBIST_KIND_AIV 1
#define CUBIST_KIND_MIX 2
/// Flag of a kernel: all its blocks run at once (it synchronises all of them).
#define CUBIST_KERNEL_AT_ONCE 1

/// One kernel of an image.
typedef struct cubist_kernel_info {
  uint32_t entry;      ///< Offset of the entry from the image's start; of a mix kernel, the AIC's.
  uint32_t aiv_entry;  ///< Of a mix kernel: the AIVs' entry.
  uint8_t kind;        ///< CUBIST_KIND_AIC, CUBIST_KIND_AIV or CUBIST_KIND_MIX.
  uint8_t flags;       ///< CUBIST_KERNEL_AT_ONCE.
  uint8_t aivs;        ///< Of a mix kernel: AIVs of a block.
  uint8_t reserved;    ///< 0.
  uint32_t abi_version;  ///< CUBIST_ABI_VERSION of the headers it was built with.
  char name[48];         ///< Zero-terminated.
} cubist_kernel_info;

#endif  // CUBIST_KERNEL_ABI_H
