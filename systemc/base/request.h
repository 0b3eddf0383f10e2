// SPDX-License-Identifier: Apache-2.0
// What rides on a TLM-2.0 payload between units: who asks, and whether bytes come along.
#pragma once

#include <cstdint>

#include <tlm>

#include "systemc/base/agenda.h"

namespace cubist::base {

/// Attached to every payload on the memory path (core -> NoC -> L2 -> HBM).
/// Bulk requests are *timing only*: address and size, data_ptr null; the bytes move once per
/// instruction through a MemoryPort. Register and scalar accesses carry their data.
struct RequestInfo : tlm::tlm_extension<RequestInfo> {
  uint32_t initiator = 0;  ///< Index of the initiator in the chip's table (error messages name it).
  uint32_t node = 0;       ///< Port of the NoC at which it enters.
  Rank rank;               ///< Order among requests of one instant.
  bool timing_only = false;  ///< data_ptr is null and must not be touched.
  bool bypass_l2 = false;    ///< Do not allocate in L2.

  tlm_extension_base* clone() const override { return new RequestInfo(*this); }
  void copy_from(const tlm_extension_base& other) override {
    *this = static_cast<const RequestInfo&>(other);
  }
};

}  // namespace cubist::base
