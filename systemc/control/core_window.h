// SPDX-License-Identifier: Apache-2.0
// The AI cores as the scheduler sees them: a register window each, and bitmaps of finished and
// failed ones. The bitmaps lie here, so reading them does not take the way to a core.
#pragma once

#include <vector>

#include "systemc/control/control_config.h"
#include "systemc/control/device.h"
#include "systemc/control/lines.h"

namespace cubist::control {

class CoreWindow final : public Device, private base::Agent {
 public:
  static constexpr unsigned kMostCores = 64;  ///< Of each kind: the width of a bitmap.

  /// Input CUBIST_IRQ_CORE of `interrupts` is high while a done bit is set.
  CoreWindow(sc_core::sc_module_name name, base::Simulation& simulation,
             const ControlConfig& config, InterruptLine& interrupts);

  /// Adds the next AIC or AIV; indices count from 0 in the order of the calls. Before the
  /// simulation starts; at most kMostCores of each.
  void add_aic(CorePort& core) { aics_.push_back(&core); }
  void add_aiv(CorePort& core) { aivs_.push_back(&core); }

  /// A block on AIC or AIV `index` is over; its done bit follows after the way to here.
  void finished(bool is_aiv, unsigned index);

 private:
  bool read_register(unsigned bank, unsigned index, uint64_t offset, uint64_t& value) override;
  bool write_register(unsigned bank, unsigned index, uint64_t offset, uint64_t value) override;
  uint64_t peek_register(unsigned bank, unsigned index, uint64_t offset) const override;
  base::Time read_time(unsigned bank) const override;
  uint64_t shared_register(uint64_t offset) const;
  void wake(uint64_t token) override;
  void update();
  CorePort* core(unsigned index) const;

  InterruptLine& interrupts_;
  base::Time core_read_, done_latency_;
  std::vector<CorePort*> aics_, aivs_;
  uint64_t aic_done_ = 0, aiv_done_ = 0;
  uint64_t aic_failed_ = 0, aiv_failed_ = 0;  ///< Of those, the ones that ended with an error.
};

}  // namespace cubist::control
