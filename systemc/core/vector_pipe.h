// SPDX-License-Identifier: Apache-2.0
// The V pipe: runs vector instructions on the unified buffer.
#pragma once

#include "systemc/core/pipe.h"
#include "systemc/core/vector/vector_timing.h"

namespace cubist::core {

class VectorPipe : public Pipe {
 public:
  explicit VectorPipe(CoreContext& context);

 protected:
  CoreError start(const QueueEntry& entry) override;

 private:
  /// Operands that CSRs name: addresses in UB of a gather, of bits, of a count; lists to merge.
  CoreError special_operands(const QueueEntry& entry, VectorInstruction& v) const;

  VectorTiming timing_;
  uint64_t read_read_ = 0, write_write_ = 0, read_write_ = 0;  ///< Cycles lost at the banks.
};

}  // namespace cubist::core
