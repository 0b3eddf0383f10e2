// SPDX-License-Identifier: Apache-2.0
#include "systemc/hbm/hbm_config.h"

#include <bit>

#include "systemc/base/error.h"
#include "systemc/base/parameters.h"

namespace cubist::hbm {
namespace {

base::Time nanoseconds(const base::ParameterTable& table, const char* path) {
  return static_cast<base::Time>(table.get_real(path) * base::kNanosecond + 0.5);
}

}  // namespace

void declare_parameters(base::ParameterTable& t) {
  t.declare_int("hbm.bytes", "bytes", int64_t{64} << 30, 1 << 20, int64_t{192} << 30,
                "Device memory of the die (910B1: 64 GiB, platform configuration)");
  t.declare_int("hbm.stacks", "", 4, 1, 16, "HBM stacks (910B1: four)");
  t.declare_int("hbm.channels_per_stack", "", 8, 1, 32,
                "Channels of a stack, two pseudo-channels of 64 bits each (HBM2E: 8)");
  t.declare_int(
      "hbm.queue_depth", "requests", 32, 1, 1024,
      "Reads, and as many writes, a pseudo-channel holds before it refuses more (assumed)");
  t.declare_int("hbm.write_batch", "requests", 16, 1, 256,
                "Writes collected before the bus turns round; hbm.model=approximate (assumed)");
  t.declare_real("hbm.controller_ns", "ns", 30, 0, 1000,
                 "Controller and PHY, both ways together (assumed)");
  t.declare_choice(
      "hbm.model", "full", {"approximate", "full"},
      "With sim.timing=full: reservations in order of arrival, or every command by the "
      "JEDEC rules");
  t.declare_choice("hbm.page", "open", {"open", "closed", "adaptive"},
                   "When rows are closed; hbm.model=full (assumed)");
  t.declare_choice(
      "hbm.refresh", "all-bank", {"none", "all-bank", "per-bank"},
      "How rows are refreshed; the approximate model knows none and all-bank (assumed)");
  t.declare_choice("hbm.refresh_start", "spread", {"spread", "together"},
                   "Channels refresh one after the other, or all at the same time (assumed)");
  t.declare_int("hbm.refresh_postpone", "intervals", 0, 0, 8,
                "Refreshes that may wait for a pause; hbm.model=full (JEDEC allows 8; assumed 0)");
  t.declare_real("hbm.write_high", "", 0.8, 0, 1,
                 "Share of its write queue at which a pseudo-channel turns to writes (assumed)");
  t.declare_real("hbm.write_low", "", 0.2, 0, 1, "... and back to reads (assumed)");
  t.declare_int("hbm.hit_limit", "requests", 16, 1, 255,
                "Row hits that may overtake an older request of their bank (assumed)");
  t.declare_int("hbm.stripe_groups", "", 2, 1, 8,
                "Bank groups over which the atoms of a line rotate; 2 hide tCCD_L; hbm.model=full "
                "(assumed)");
  t.declare_choice("hbm.line_order", "stream", {"stream", "spread"},
                   "Consecutive lines of a pseudo-channel share a row, or go to different banks "
                   "(assumed)");
  t.declare_bool(
      "hbm.bank_hash", true,
      "Row numbers turn the bank, so that power-of-two strides do not share one (assumed)");
  declare_timing_parameters(t);
}

HbmConfig hbm_config(const base::ParameterTable& t) {
  HbmConfig c;
  c.bytes = static_cast<uint64_t>(t.get_int("hbm.bytes"));
  c.stacks = static_cast<unsigned>(t.get_int("hbm.stacks"));
  c.channels_per_stack = static_cast<unsigned>(t.get_int("hbm.channels_per_stack"));
  c.timing = dram_timing(t);
  c.model = t.get_string("hbm.model") == "full" ? HbmModel::full : HbmModel::approximate;
  c.order = t.get_string("hbm.line_order") == "spread" ? LineOrder::spread : LineOrder::stream;
  c.bank_hash = t.get_bool("hbm.bank_hash");
  c.channel.stripe = static_cast<unsigned>(t.get_int("hbm.stripe_groups"));
  if (!std::has_single_bit(c.channel.stripe) || c.channel.stripe > c.timing.bank_groups) {
    throw base::UserError(
        "hbm.stripe_groups must be 1, 2, 4 or 8 and at most hbm.bank_groups: a line lies in so "
        "many "
        "bank groups");
  }
  // In order of arrival, a line that held two banks at once would keep others from both.
  if (c.model == HbmModel::approximate) c.channel.stripe = 1;
  c.row_sets = c.timing.banks() / c.channel.stripe;
  c.row_set_bytes = c.timing.row_bytes * c.channel.stripe;
  c.queue_depth = static_cast<unsigned>(t.get_int("hbm.queue_depth"));
  c.channel.read_depth = c.channel.write_depth = c.queue_depth;
  c.channel.write_high = t.get_real("hbm.write_high");
  c.channel.write_low = t.get_real("hbm.write_low");
  if (c.channel.write_low >= c.channel.write_high) {
    throw base::UserError("hbm.write_low must be less than hbm.write_high");
  }
  c.channel.hit_limit = static_cast<unsigned>(t.get_int("hbm.hit_limit"));
  c.channel.page = page_mode(t.get_string("hbm.page"));
  c.channel.refresh = refresh_mode(t.get_string("hbm.refresh"));
  c.channel.postpone = static_cast<unsigned>(t.get_int("hbm.refresh_postpone"));
  c.refresh_together = t.get_string("hbm.refresh_start") == "together";
  c.write_batch = static_cast<unsigned>(t.get_int("hbm.write_batch"));
  c.atom =
      static_cast<base::Time>(DramTiming::kBurst * c.timing.clock_ns() * base::kNanosecond + 0.5);
  c.controller = nanoseconds(t, "hbm.controller_ns");
  c.read_latency = nanoseconds(t, "hbm.trl_ns");
  c.write_latency = nanoseconds(t, "hbm.twl_ns");
  c.row_to_column = nanoseconds(t, "hbm.trcdrd_ns");
  c.precharge = nanoseconds(t, "hbm.trp_ns");
  c.row_active = nanoseconds(t, "hbm.tras_ns");
  c.row_cycle = nanoseconds(t, "hbm.trc_ns");
  c.row_to_row = nanoseconds(t, "hbm.trrd_s_ns");
  c.write_recovery = nanoseconds(t, "hbm.twr_ns");
  c.read_to_precharge = nanoseconds(t, "hbm.trtp_ns");
  // The data bus idles from the end of write data: tWTR, then the read latency.
  c.write_to_read = nanoseconds(t, "hbm.twtr_l_ns") + c.read_latency;
  const base::Time read_to_write = nanoseconds(t, "hbm.trtw_ns") + c.write_latency;
  c.read_to_write =
      read_to_write > c.read_latency + c.atom ? read_to_write - c.read_latency - c.atom : 0;
  c.refresh_interval = nanoseconds(t, "hbm.trefi_ns");
  c.refresh_length = nanoseconds(t, "hbm.trfc_ab_ns");
  if (c.channel.refresh == RefreshMode::none) c.refresh_interval = 0;
  if (c.bytes % (uint64_t{c.channels()} * c.kPseudoChannels * c.row_set_bytes) != 0) {
    throw base::UserError("hbm.bytes must be a multiple of stacks x channels_per_stack x 2 x " +
                          std::to_string(c.row_set_bytes) + " bytes, so that all rows are whole");
  }
  return c;
}

}  // namespace cubist::hbm
