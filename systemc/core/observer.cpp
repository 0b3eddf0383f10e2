// SPDX-License-Identifier: Apache-2.0
#include "systemc/core/observer.h"

namespace cubist::core {

EventNames::EventNames(base::EventBus& bus)
    : block(bus.name("block")),
      wait_fetch(bus.name("wait_fetch")),
      wait_flag(bus.name("wait_flag")),
      wait_memory(bus.name("wait_memory")),
      wait_queue(bus.name("wait_queue")),
      wait_end(bus.name("wait_end")),
      barrier(bus.name("barrier")),
      trace(bus.name("trace")),
      error(bus.name("error")),
      stale_read(bus.name("stale_read")),
      pc(bus.name("pc")),
      address(bus.name("address")),
      bytes(bus.name("bytes")),
      m(bus.name("m")),
      k(bus.name("k")),
      n(bus.name("n")),
      repeat(bus.name("repeat")),
      conflicts(bus.name("conflicts")),
      index(bus.name("index")),
      blocks(bus.name("blocks")),
      value(bus.name("value")),
      code(bus.name("code")),
      from(bus.name("from")),
      id(bus.name("id")) {
  for (size_t i = 0; i < instructions.size(); ++i) {
    instructions[i] = bus.name(abi::kInstructions[i].name);
  }
}

}  // namespace cubist::core
