// SPDX-License-Identifier: Apache-2.0
// What memory targets have in common: the move of a payload's bytes, if it carries any, and the
// answer to a request that had to wait.
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

/// Ends a request that was answered TLM_ACCEPTED: END_REQ now and, unless the initiator takes that
/// for the whole answer, BEGIN_RESP `delay` from now.
void answer_late(tlm::tlm_bw_transport_if<>& initiator, tlm::tlm_generic_payload& payload,
                 sc_core::sc_time delay);

}  // namespace cubist::memory
