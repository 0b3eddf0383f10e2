// SPDX-License-Identifier: Apache-2.0
// The V pipe: runs vector instructions on the unified buffer.
#pragma once

#include "systemc/core/pipe.h"

namespace cubist::core {

class VectorPipe : public Pipe {
 public:
  explicit VectorPipe(CoreContext& context) : Pipe(context, abi::Pipe::V) {}

 protected:
  CoreError start(const QueueEntry& entry) override;
};

}  // namespace cubist::core
