// SPDX-License-Identifier: Apache-2.0
// CSR numbers and the bits of mstatus. Source: RISC-V Privileged Architecture 1.12, tables 2.2-2.6.
#pragma once

#include <cstdint>

namespace cubist::riscv::csr {

inline constexpr uint16_t kCycle = 0xc00, kTime = 0xc01, kInstret = 0xc02, kHpmcounter3 = 0xc03,
                          kHpmcounter31 = 0xc1f;
inline constexpr uint16_t kMvendorid = 0xf11, kMarchid = 0xf12, kMimpid = 0xf13, kMhartid = 0xf14,
                          kMconfigptr = 0xf15;
inline constexpr uint16_t kMstatus = 0x300, kMisa = 0x301, kMie = 0x304, kMtvec = 0x305,
                          kMcounteren = 0x306, kMenvcfg = 0x30a, kMcountinhibit = 0x320,
                          kMhpmevent3 = 0x323, kMhpmevent31 = 0x33f;
inline constexpr uint16_t kMscratch = 0x340, kMepc = 0x341, kMcause = 0x342, kMtval = 0x343,
                          kMip = 0x344;
inline constexpr uint16_t kPmpcfg0 = 0x3a0, kPmpcfg15 = 0x3af, kPmpaddr0 = 0x3b0,
                          kPmpaddr63 = 0x3ef;
inline constexpr uint16_t kTselect = 0x7a0, kTdata1 = 0x7a1, kTdata2 = 0x7a2, kTdata3 = 0x7a3,
                          kTinfo = 0x7a4;
inline constexpr uint16_t kMcycle = 0xb00, kMinstret = 0xb02, kMhpmcounter3 = 0xb03,
                          kMhpmcounter31 = 0xb1f;

// mstatus
inline constexpr uint64_t kMstatusMie = 1u << 3, kMstatusMpie = 1u << 7, kMstatusMpp = 3u << 11,
                          kMstatusMprv = 1u << 17, kMstatusTw = 1u << 21,
                          kMstatusUxl64 = uint64_t{2} << 32;
inline constexpr unsigned kMstatusMppShift = 11;

// misa: RV64 with A, C, I, M, U and (X) the custom opcodes.
inline constexpr uint64_t kMisa64Imacux =
    uint64_t{2} << 62 | 1u << 0 | 1u << 2 | 1u << 8 | 1u << 12 | 1u << 20 | 1u << 23;

// mcountinhibit and mcounteren
inline constexpr uint64_t kCounterCycle = 1, kCounterTime = 2, kCounterInstret = 4;

/// "mstatus", "pmpaddr3", ..., or nullptr for a number this hart gives no name.
const char* name(uint16_t number);

}  // namespace cubist::riscv::csr
