// SPDX-License-Identifier: Apache-2.0
// Commands on the buses of an HBM channel, and who listens to them.
#pragma once

#include <cstdint>

namespace cubist::hbm {

/// Time on a channel: half clocks since the start. Commands begin on whole clocks, except the
/// precharges of HBM3, which may begin on half ones.
using Tick = uint64_t;
inline constexpr Tick kNoTick = ~Tick{0};

enum class Command : uint8_t {
  activate,
  precharge,
  precharge_all,
  read,
  write,
  read_precharge,   ///< Read with auto-precharge.
  write_precharge,  ///< Write with auto-precharge.
  refresh_all,
  refresh_bank,
};

const char* name_of(Command command);
inline bool is_column(Command c) {
  return c >= Command::read && c <= Command::write_precharge;
}

/// One command as it stands on a bus. All-bank commands have bank group and bank 0.
struct IssuedCommand {
  Tick tick = 0;  ///< When it begins.
  Command command = Command::activate;
  uint8_t pseudo_channel = 0, stack_id = 0, bank_group = 0, bank = 0;
  uint32_t row = 0;     ///< Activates only.
  uint16_t column = 0;  ///< Column commands only: atom of the row.
};

/// Hears of each command in the order in which the model decides them. Commands of a run are told
/// at once, so that times of the two buses are not merged.
class CommandListener {
 public:
  virtual void issued(const IssuedCommand& command) = 0;

 protected:
  ~CommandListener() = default;
};

}  // namespace cubist::hbm
