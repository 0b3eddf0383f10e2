// SPDX-License-Identifier: Apache-2.0
#include "scheduler/uart.h"

#include "scheduler/mmio.h"

namespace cubist::firmware {

namespace {
constexpr uint64_t kTransmitterReady = 1;

void put(char letter) {
  while ((read_register(CUBIST_UART_STATUS_AT) & kTransmitterReady) == 0) {
  }
  write_register(CUBIST_UART_TX_AT, static_cast<uint8_t>(letter));
}
}  // namespace

void print(const char* text) {
  for (; *text != '\0'; ++text) put(*text);
}

void print_decimal(uint64_t value) {
  char digits[20];
  unsigned count = 0;
  do {
    digits[count++] = static_cast<char>('0' + value % 10);
    value /= 10;
  } while (value != 0);
  while (count != 0) put(digits[--count]);
}

void print_hex(uint64_t value) {
  print("0x");
  unsigned shift = 60;
  while (shift != 0 && value >> shift == 0) shift -= 4;
  for (;; shift -= 4) {
    const unsigned digit = value >> shift & 15;
    put(static_cast<char>(digit < 10 ? '0' + digit : 'a' + digit - 10));
    if (shift == 0) break;
  }
}

}  // namespace cubist::firmware
