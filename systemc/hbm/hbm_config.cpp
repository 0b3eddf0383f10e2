// SPDX-License-Identifier: Apache-2.0
#include "systemc/hbm/hbm_config.h"

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
  t.declare_int("hbm.queue_depth", "requests", 32, 1, 1024,
                "Requests a pseudo-channel holds before it refuses more (assumed)");
  t.declare_int("hbm.write_batch", "requests", 16, 1, 256,
                "Writes collected before the bus turns round for them (assumed)");
  t.declare_real("hbm.controller_ns", "ns", 30, 0, 1000,
                 "Controller and PHY, both ways together (assumed)");
  declare_timing_parameters(t);
}

HbmConfig hbm_config(const base::ParameterTable& t) {
  HbmConfig c;
  c.bytes = static_cast<uint64_t>(t.get_int("hbm.bytes"));
  c.stacks = static_cast<unsigned>(t.get_int("hbm.stacks"));
  c.channels_per_stack = static_cast<unsigned>(t.get_int("hbm.channels_per_stack"));
  c.timing = dram_timing(t);
  c.banks = c.timing.banks();
  c.row_bytes = c.timing.row_bytes;
  c.queue_depth = static_cast<unsigned>(t.get_int("hbm.queue_depth"));
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
  if (c.bytes % (uint64_t{c.channels()} * c.kPseudoChannels * c.row_bytes) != 0) {
    throw base::UserError("hbm.bytes must be a multiple of stacks x channels_per_stack x 2 x " +
                          std::to_string(c.row_bytes) + " bytes, so that all rows are whole");
  }
  return c;
}

}  // namespace cubist::hbm
