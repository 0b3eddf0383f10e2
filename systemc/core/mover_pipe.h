// SPDX-License-Identifier: Apache-2.0
// The pipes that move data: MTE1, MTE2, MTE3 and FIXPIPE.
#pragma once

#include <array>

#include "systemc/core/memory_client.h"
#include "systemc/core/mover.h"
#include "systemc/core/pipe.h"

namespace cubist::core {

class MoverPipe : public Pipe, private MemoryClient::Owner {
 public:
  /// `pipe` is MTE1, MTE2, MTE3 or FIX.
  MoverPipe(CoreContext& context, abi::Pipe pipe);

 protected:
  CoreError start(const QueueEntry& entry) override;
  void complete() override;
  std::string describe_running() const override;

 private:
  CoreError prepare(const QueueEntry& entry);
  unsigned channel() const;
  void transfer_done(uint64_t cycle) override;
  void transfer_failed(uint64_t failed_address) override;

  MoverJob job_;
  std::array<uint64_t, kMoverPaths> bytes_{};
};

}  // namespace cubist::core
