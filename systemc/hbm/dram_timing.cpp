// SPDX-License-Identifier: Apache-2.0
#include "systemc/hbm/dram_timing.h"

#include <bit>
#include <cmath>

#include "systemc/base/error.h"
#include "systemc/base/parameters.h"
#include "systemc/hbm/timing_table.h"

namespace cubist::hbm {
namespace {

// A nanosecond figure was rounded when it was written down: this much of a clock is forgiven.
constexpr double kRounding = 1e-3;

unsigned whole_clocks(double ns, double clock_ns) {
  return static_cast<unsigned>(std::ceil(ns / clock_ns - kRounding));
}

unsigned halves(const base::ParameterTable& table, const char* path) {
  const double twice = 2 * table.get_real(path);
  if (twice != std::floor(twice)) {
    throw base::UserError(std::string(path) + " must be a multiple of half a clock");
  }
  return static_cast<unsigned>(twice);
}

void check(bool good, const char* what) {
  if (!good) throw base::UserError(std::string("HBM timing: ") + what);
}

}  // namespace

const std::vector<TimingEntry>& timing_entries() {
  using D = DramTiming;
  static const std::vector<TimingEntry> entries = {
      {"tRL", "ns", &D::rl, 14.375, 200, "Column read to first data"},
      {"tWL", "ns", &D::wl, 5, 200, "Column write to first data"},
      {"tRCDRD", "ns", &D::rcd_rd, 14.375, 200, "Activate to column read of that bank"},
      {"tRCDWR", "ns", &D::rcd_wr, 12.5, 200, "Activate to column write of that bank"},
      {"tRP", "ns", &D::rp, 14.375, 200, "Precharge to activate of that bank"},
      {"tRAS", "ns", &D::ras, 34.375, 400, "Activate to precharge of that bank"},
      {"tRC", "ns", &D::rc, 48.125, 400, "Activate to activate of that bank"},
      {"tCCD_S", "nCK", &D::ccd_s, 2, 32, "Column to column, another bank group"},
      {"tCCD_L", "nCK", &D::ccd_l, 4, 32, "Column to column, same bank group"},
      {"tCCD_R", "nCK", &D::ccd_r, 2, 32, "Read to read of another stack id"},
      {"tPPD", "nCK", &D::ppd, 0, 32, "Precharge to precharge (HBM3)"},
      {"tRRD_S", "ns", &D::rrd_s, 2.5, 100, "Activate to activate, another bank group"},
      {"tRRD_L", "ns", &D::rrd_l, 3.75, 100, "Activate to activate, same bank group"},
      {"tFAW", "ns", &D::faw, 15, 200, "Window of at most four activates"},
      {"tWR", "ns", &D::wr, 16.25, 200, "End of write data to precharge"},
      {"tRTP", "ns", &D::rtp, 5, 200, "Column read to precharge"},
      {"tWTR_S", "ns", &D::wtr_s, 6.25, 200, "End of write data to read, another bank group"},
      {"tWTR_L", "ns", &D::wtr_l, 8.125, 200, "End of write data to read, same bank group"},
      {"tRTW", "ns", &D::rtw, 11.875, 200, "Column read to column write"},
      {"tRFC_ab", "ns", &D::rfc_ab, 350, 10000, "Length of an all-bank refresh"},
      {"tRFC_pb", "ns", &D::rfc_pb, 160, 10000, "Length of a per-bank refresh"},
      {"tRREFD", "ns", &D::rrefd, 8.125, 1000,
       "Per-bank refresh to refresh or activate of another bank"},
      {"tREFI", "ns", &D::refi, 3900, 100000, "Between all-bank refreshes; 0 is no refresh"},
  };
  return entries;
}

DramTiming dram_timing(const base::ParameterTable& table) {
  const auto whole = [&](const char* path) { return static_cast<unsigned>(table.get_int(path)); };
  DramTiming t;
  t.gbps = table.get_real("hbm.gbps");
  t.bits = whole("hbm.pseudo_channel_bits");
  t.stack_ids = whole("hbm.stack_ids");
  t.bank_groups = whole("hbm.bank_groups");
  t.banks_per_group = whole("hbm.banks_per_group");
  t.row_bytes = whole("hbm.row_bytes");
  t.activate_halves = halves(table, "hbm.activate_clocks");
  t.precharge_halves = halves(table, "hbm.precharge_clocks");
  for (const TimingEntry& entry : timing_entries()) {
    const double value = table.get_real(entry.path());
    t.*entry.field = entry.unit == std::string("ns") ? whole_clocks(value, t.clock_ns())
                                                     : static_cast<unsigned>(value);
  }
  for (const unsigned count :
       {t.bits, t.stack_ids, t.bank_groups, t.banks_per_group, t.row_bytes}) {
    check(std::has_single_bit(count),
          "hbm.pseudo_channel_bits, stack_ids, bank_groups, banks_per_group and row_bytes must be "
          "powers of two");
  }
  check(t.banks() <= kMaxBanks, "a pseudo-channel has at most 64 banks");
  check(t.ccd_s >= DramTiming::kBurst && t.ccd_l >= t.ccd_s,
        "hbm.tccd_s_nck must be at least 2 and hbm.tccd_l_nck at least that");
  check(t.rrd_l >= t.rrd_s && t.rrd_s >= 1,
        "hbm.trrd_l_ns must be at least hbm.trrd_s_ns, and neither 0");
  check(t.rcd_rd >= 1 && t.rcd_wr >= 1 && t.rp >= 2 && t.rc >= t.ras && t.ras >= t.rcd_rd,
        "hbm.trcdrd_ns, trcdwr_ns and trp_ns may not be 0, tras_ns lies between trcdrd_ns and "
        "trc_ns");
  check(t.refi == 0 || (t.rfc_ab + t.rc < t.refi && t.rfc_pb + t.rc < t.refi),
        "hbm.trfc_ab_ns, hbm.trfc_pb_ns and a row cycle must fit into hbm.trefi_ns, or no time is "
        "left between refreshes");
  return t;
}

}  // namespace cubist::hbm
