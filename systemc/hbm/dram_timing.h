// SPDX-License-Identifier: Apache-2.0
// The timing and shape of one HBM channel as its timing file gives them, in clocks.
//
// A timing file (configs/hbm/*.json) has nanoseconds, or clocks where the standard counts clocks;
// both become whole clocks of the channel's data rate here, rounded up.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace cubist::base {
class ParameterTable;
}

namespace cubist::hbm {

/// Names as in the JEDEC standards for HBM. Command intervals count from the clock in which the
/// earlier command ends to the one in which the later command ends: an activate takes two clocks on
/// the row bus (HBM3: one and a half), all else one (HBM3: precharge and refresh half a clock).
struct DramTiming {
  static constexpr unsigned kPseudoChannels = 2;  ///< Of a channel, with common command buses.
  static constexpr unsigned kAtomBytes = 32;      ///< One burst of a pseudo-channel.
  static constexpr unsigned kBurst = 2;           ///< Clocks of the data bus for one atom.

  double gbps = 0;                  ///< Data rate of a pin, Gb/s.
  unsigned bits = 64;               ///< Data pins of a pseudo-channel.
  unsigned stack_ids = 1;           ///< Ranks of banks that share a pseudo-channel (SID).
  unsigned bank_groups = 4;         ///< Of a stack id.
  unsigned banks_per_group = 4;     ///< Of a bank group.
  unsigned row_bytes = 1024;        ///< Page of a pseudo-channel's bank.
  unsigned activate_halves = 4;     ///< Half clocks an activate takes on the row bus.
  unsigned precharge_halves = 2;    ///< Half clocks a precharge or refresh takes on the row bus.
  unsigned rl = 0, wl = 0;          ///< Column read or write to its first data.
  unsigned rcd_rd = 0, rcd_wr = 0;  ///< Activate to column read or write of that bank.
  unsigned rp = 0;                  ///< Precharge to activate of that bank.
  unsigned ras = 0;                 ///< Activate to precharge of that bank.
  unsigned rc = 0;                  ///< Activate to activate of that bank.
  unsigned ccd_s = 0, ccd_l = 0;    ///< Column to column: another bank group; the same one.
  unsigned ccd_r = 0;               ///< Read to read of another stack id.
  unsigned ppd = 0;                 ///< Precharge to precharge (HBM3).
  unsigned rrd_s = 0, rrd_l = 0;    ///< Activate to activate: another bank group; the same one.
  unsigned faw = 0;                 ///< Window that holds at most four activates.
  unsigned wr = 0;                  ///< End of write data to precharge.
  unsigned rtp = 0;                 ///< Read to precharge.
  unsigned wtr_s = 0, wtr_l = 0;  ///< End of write data to read: another bank group; the same one.
  unsigned rtw = 0;               ///< Read to write.
  unsigned rfc_ab = 0, rfc_pb = 0;  ///< Refresh to activate: all banks; that bank.
  unsigned rrefd = 0;               ///< Per-bank refresh to refresh or activate of another bank.
  unsigned refi = 0;                ///< Mean interval of all-bank refreshes; 0: no refresh at all.

  unsigned groups() const { return stack_ids * bank_groups; }
  unsigned banks() const { return groups() * banks_per_group; }
  unsigned atoms_per_row() const { return row_bytes / kAtomBytes; }
  /// Nanoseconds of one clock: an atom takes kBurst clocks.
  double clock_ns() const { return kAtomBytes * 8.0 / bits / gbps / kBurst; }
  /// Bytes per second of both pseudo-channels.
  double peak() const { return kPseudoChannels * kAtomBytes / (kBurst * clock_ns()) * 1e9; }
};

/// Declares "hbm.timing" and the parameters that a timing file sets ("hbm.trcdrd_ns", ...). Their
/// defaults are those of hbm2e_3600.
void declare_timing_parameters(base::ParameterTable& table);

/// Reads the timing file that "hbm.timing" names, in `folder` or by its own path (*.json), into the
/// parameters that nobody has set yet. Throws base::UserError: unknown name with the nearest known
/// one, unknown, missing or bad entries by file and key.
void apply_timing_file(base::ParameterTable& table, const std::string& folder);

/// A timing file's name and what it says of itself.
struct TimingInfo {
  std::string name, description, source, file;
};
/// All timing files of a folder, by name.
std::vector<TimingInfo> list_timings(const std::string& folder);

/// The timing that the parameters describe. Throws base::UserError when they contradict each other.
DramTiming dram_timing(const base::ParameterTable& table);

}  // namespace cubist::hbm
