// SPDX-License-Identifier: Apache-2.0
// Never ends: a loop, and behind it a trap vector that traps itself.
#include "macros.h"

BEGIN
  j spin
spin:
  li t0, 0x40000000
  csrw mtvec, t0
  ecall
END
