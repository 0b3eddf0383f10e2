// SPDX-License-Identifier: Apache-2.0
// Fails its fifth check.
#include "macros.h"

BEGIN
  li a0, 4
  CHECK(4, a0, 4)
  CHECK(5, a0, 5)
END
