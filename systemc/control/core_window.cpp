// SPDX-License-Identifier: Apache-2.0
#include "systemc/control/core_window.h"

#include "abi/cubist_abi.h"

namespace cubist::control {
namespace {

constexpr unsigned kCoreBank = 0;
constexpr uint64_t kAivIndex = CUBIST_AIV_INDEX;
constexpr uint64_t kStatusError = 3;  // Of CORE.STATUS.
constexpr uint64_t kShared = CUBIST_CORE_SHARED_BASE - CUBIST_CORE_BASE;

std::vector<RegisterBank> register_banks() {
  using enum RegisterAccess;
  return {{"CORE",
           0,
           CUBIST_CORE_STRIDE,
           static_cast<unsigned>(kShared / CUBIST_CORE_STRIDE),
           {{"ENTRY", CUBIST_CORE_ENTRY, rw},
            {"ARGS", CUBIST_CORE_ARGS, rw},
            {"BLOCK", CUBIST_CORE_BLOCK, rw},
            {"FLOW", CUBIST_CORE_FLOW, rw},
            {"START", CUBIST_CORE_START, wo},
            {"STATUS", CUBIST_CORE_STATUS, ro},
            {"ERROR", CUBIST_CORE_ERROR, ro},
            {"ERROR_PC", CUBIST_CORE_ERROR_PC, ro},
            {"ERROR_ADDRESS", CUBIST_CORE_ERROR_ADDRESS, ro},
            {"ERROR_INFO", CUBIST_CORE_ERROR_INFO, ro},
            {"GROUP", CUBIST_CORE_GROUP, rw},
            {"ERROR_BITS0", CUBIST_CORE_ERROR_BITS0, ro},
            {"ERROR_BITS1", CUBIST_CORE_ERROR_BITS1, ro},
            {"ERROR_BITS2", CUBIST_CORE_ERROR_BITS2, ro},
            {"ERROR_BITS3", CUBIST_CORE_ERROR_BITS3, ro},
            {"ERROR_BITS4", CUBIST_CORE_ERROR_BITS4, ro},
            {"ERROR_BITS5", CUBIST_CORE_ERROR_BITS5, ro},
            {"ERROR_PC_START", CUBIST_CORE_ERROR_PC_START, ro},
            {"ERROR_PC_CURRENT", CUBIST_CORE_ERROR_PC_CURRENT, ro},
            {"INFO_VEC", CUBIST_CORE_INFO_VEC, ro},
            {"INFO_MTE", CUBIST_CORE_INFO_MTE, ro},
            {"INFO_IFU", CUBIST_CORE_INFO_IFU, ro},
            {"INFO_CCU", CUBIST_CORE_INFO_CCU, ro},
            {"INFO_CUBE", CUBIST_CORE_INFO_CUBE, ro},
            {"INFO_BIU", CUBIST_CORE_INFO_BIU, ro}}},
          {"CORE_SHARED",
           kShared,
           CUBIST_CORE_STRIDE,
           1,
           {{"AIC_DONE", CUBIST_CORE_SHARED_AIC_DONE, w1c},
            {"AIV_DONE", CUBIST_CORE_SHARED_AIV_DONE, w1c},
            {"AIC_COUNT", CUBIST_CORE_SHARED_AIC_COUNT, ro},
            {"AIV_COUNT", CUBIST_CORE_SHARED_AIV_COUNT, ro},
            {"AIC_FAILED", CUBIST_CORE_SHARED_AIC_FAILED, ro},
            {"AIV_FAILED", CUBIST_CORE_SHARED_AIV_FAILED, ro}}}};
}

}  // namespace

CoreWindow::CoreWindow(sc_core::sc_module_name name, base::Simulation& simulation,
                       const ControlConfig& config, InterruptLine& interrupts)
    : Device(name, simulation, register_banks(), config.bus, config.bus),
      interrupts_(interrupts),
      core_read_(config.core_read),
      done_latency_(config.core_done) {}

CorePort* CoreWindow::core(unsigned index) const {
  const bool aiv = index >= kAivIndex;
  const auto& cores = aiv ? aivs_ : aics_;
  const auto number = static_cast<size_t>(aiv ? index - kAivIndex : index);
  return number < cores.size() ? cores[number] : nullptr;
}

void CoreWindow::finished(bool is_aiv, unsigned index) {
  simulation_.agenda().at(simulation_.now() + done_latency_, rank_of(Unit::cores), *this,
                          (is_aiv ? kAivIndex : 0) + index);
}

void CoreWindow::wake(uint64_t token) {
  const bool aiv = token >= kAivIndex;
  const uint64_t bit = uint64_t{1} << (token % kAivIndex);
  uint64_t status = 0;
  core(static_cast<unsigned>(token))->read_register(CUBIST_CORE_STATUS, status);
  (aiv ? aiv_done_ : aic_done_) |= bit;
  if (status == kStatusError) (aiv ? aiv_failed_ : aic_failed_) |= bit;
  update();
}

base::Time CoreWindow::read_time(unsigned bank) const {
  return bank == kCoreBank ? core_read_ : Device::read_time(bank);
}

void CoreWindow::update() {
  interrupts_.set_line(CUBIST_IRQ_CORE, (aic_done_ | aiv_done_) != 0);
}

bool CoreWindow::read_register(unsigned bank, unsigned index, uint64_t offset, uint64_t& value) {
  if (bank == kCoreBank) {
    CorePort* const port = core(index);
    if (port == nullptr) complain("there is no core with index " + std::to_string(index));
    return port != nullptr && port->read_register(offset, value);
  }
  value = shared_register(offset);
  return true;
}

bool CoreWindow::write_register(unsigned bank, unsigned index, uint64_t offset, uint64_t value) {
  if (bank == kCoreBank) {
    CorePort* const port = core(index);
    if (port == nullptr) complain("there is no core with index " + std::to_string(index));
    return port != nullptr && port->write_register(offset, value);
  }
  const bool aiv = offset == CUBIST_CORE_SHARED_AIV_DONE;
  (aiv ? aiv_done_ : aic_done_) &= ~value;
  (aiv ? aiv_failed_ : aic_failed_) &= ~value;
  update();
  return true;
}

uint64_t CoreWindow::peek_register(unsigned bank, unsigned index, uint64_t offset) const {
  uint64_t value = 0;
  if (bank == kCoreBank) {
    // A core's registers have no side effects on reading.
    if (CorePort* const port = core(index)) port->read_register(offset, value);
    return value;
  }
  return shared_register(offset);
}

uint64_t CoreWindow::shared_register(uint64_t offset) const {
  switch (offset) {
    case CUBIST_CORE_SHARED_AIC_DONE:
      return aic_done_;
    case CUBIST_CORE_SHARED_AIV_DONE:
      return aiv_done_;
    case CUBIST_CORE_SHARED_AIC_FAILED:
      return aic_failed_;
    case CUBIST_CORE_SHARED_AIV_FAILED:
      return aiv_failed_;
    case CUBIST_CORE_SHARED_AIC_COUNT:
      return aics_.size();
    default:
      return aivs_.size();
  }
}

}  // namespace cubist::control
