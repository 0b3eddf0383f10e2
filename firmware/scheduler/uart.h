// SPDX-License-Identifier: Apache-2.0
// Text on the UART, for the banner and for what goes wrong.
#pragma once

#include <stdint.h>

namespace cubist::firmware {

void print(const char* text);
void print_decimal(uint64_t value);
void print_hex(uint64_t value);

}  // namespace cubist::firmware
