// SPDX-License-Identifier: Apache-2.0
// The functional side of a memory target: moves a payload's bytes, if it carries any.
#pragma once

#include <tlm>

#include "systemc/memory/memory_port.h"

namespace cubist::memory {

/// Reads or writes `memory` for a payload and sets its response status. A payload without data only
/// has its address checked. Byte enables are obeyed; streaming (a width below the length) is
/// refused.
void transfer(MemoryPort& memory, tlm::tlm_generic_payload& payload);

/// The debug transport: the same without a response; returns the bytes moved.
unsigned debug_transfer(MemoryPort& memory, tlm::tlm_generic_payload& payload);

}  // namespace cubist::memory
