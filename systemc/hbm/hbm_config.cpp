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
  const std::string derived =
      " (HBM2 2.0 Gb/s set of Ramulator 2.1 re-quantised to HBM2E; derived, no vendor source)";
  t.declare_int("hbm.bytes", "bytes", int64_t{64} << 30, 1 << 20, int64_t{192} << 30,
                "Device memory of the die (910B1: 64 GiB, platform configuration)");
  t.declare_int("hbm.stacks", "", 4, 1, 16, "HBM stacks (910B1: four)");
  t.declare_int("hbm.channels_per_stack", "", 8, 1, 32,
                "Channels of a stack, two pseudo-channels of 64 bits each (HBM2E: 8)");
  t.declare_real("hbm.gbps", "Gb/s", 3.6, 0.5, 16,
                 "Data rate of a pin; 4 stacks at 3.6 make the published 1.8 TB/s of 910B1");
  t.declare_int("hbm.banks", "", 16, 1, 64, "Banks of a pseudo-channel (HBM2E: 16 per stack id)");
  t.declare_int("hbm.row_bytes", "bytes", 1024, 512, 8192, "Page of a pseudo-channel (HBM2E)");
  t.declare_int("hbm.queue_depth", "requests", 32, 1, 1024,
                "Requests a pseudo-channel holds before it refuses more (assumed)");
  t.declare_int("hbm.write_batch", "requests", 16, 1, 256,
                "Writes collected before the bus turns round for them (assumed)");
  t.declare_real("hbm.controller_ns", "ns", 30, 0, 1000,
                 "Controller and PHY, both ways together (assumed)");
  t.declare_real("hbm.cl_ns", "ns", 14.375, 0, 200, "Column read to data" + derived);
  t.declare_real("hbm.cwl_ns", "ns", 5, 0, 200, "Column write to data" + derived);
  t.declare_real("hbm.trcd_ns", "ns", 14.375, 0, 200, "Activate to column command" + derived);
  t.declare_real("hbm.trp_ns", "ns", 14.375, 0, 200, "Precharge to activate" + derived);
  t.declare_real("hbm.tras_ns", "ns", 34.375, 0, 400, "Activate to precharge" + derived);
  t.declare_real("hbm.trc_ns", "ns", 48.125, 0, 400, "Activate to activate, same bank" + derived);
  t.declare_real("hbm.trrd_ns", "ns", 2.5, 0, 100, "Activate to activate, other bank" + derived);
  t.declare_real("hbm.twr_ns", "ns", 16.25, 0, 200, "End of write data to precharge" + derived);
  t.declare_real("hbm.trtp_ns", "ns", 5, 0, 200, "Column read to precharge" + derived);
  t.declare_real("hbm.twtr_ns", "ns", 8.125, 0, 200, "End of write data to column read" + derived);
  t.declare_real("hbm.trtw_ns", "ns", 11.875, 0, 200, "Column read to column write" + derived);
  t.declare_real("hbm.trefi_ns", "ns", 3900, 0, 100000,
                 "Between all-bank refreshes; 0 is no refresh" + derived);
  t.declare_real("hbm.trfc_ns", "ns", 350, 0, 10000, "Length of an all-bank refresh" + derived);
}

HbmConfig hbm_config(const base::ParameterTable& t) {
  HbmConfig c;
  c.bytes = static_cast<uint64_t>(t.get_int("hbm.bytes"));
  c.stacks = static_cast<unsigned>(t.get_int("hbm.stacks"));
  c.channels_per_stack = static_cast<unsigned>(t.get_int("hbm.channels_per_stack"));
  c.banks = static_cast<unsigned>(t.get_int("hbm.banks"));
  c.row_bytes = static_cast<unsigned>(t.get_int("hbm.row_bytes"));
  c.queue_depth = static_cast<unsigned>(t.get_int("hbm.queue_depth"));
  c.write_batch = static_cast<unsigned>(t.get_int("hbm.write_batch"));
  // 64 pins carry an atom of 256 bits in four beats.
  c.atom = static_cast<base::Time>(4e6 / t.get_real("hbm.gbps") + 0.5);
  c.controller = nanoseconds(t, "hbm.controller_ns");
  c.read_latency = nanoseconds(t, "hbm.cl_ns");
  c.write_latency = nanoseconds(t, "hbm.cwl_ns");
  c.row_to_column = nanoseconds(t, "hbm.trcd_ns");
  c.precharge = nanoseconds(t, "hbm.trp_ns");
  c.row_active = nanoseconds(t, "hbm.tras_ns");
  c.row_cycle = nanoseconds(t, "hbm.trc_ns");
  c.row_to_row = nanoseconds(t, "hbm.trrd_ns");
  c.write_recovery = nanoseconds(t, "hbm.twr_ns");
  c.read_to_precharge = nanoseconds(t, "hbm.trtp_ns");
  // The data bus idles from the end of write data: tWTR, then the read latency.
  c.write_to_read = nanoseconds(t, "hbm.twtr_ns") + c.read_latency;
  const base::Time read_to_write = nanoseconds(t, "hbm.trtw_ns") + c.write_latency;
  c.read_to_write =
      read_to_write > c.read_latency + c.atom ? read_to_write - c.read_latency - c.atom : 0;
  c.refresh_interval = nanoseconds(t, "hbm.trefi_ns");
  c.refresh_length = nanoseconds(t, "hbm.trfc_ns");
  if (!std::has_single_bit(c.banks) || !std::has_single_bit(c.row_bytes)) {
    throw base::UserError("hbm.banks and hbm.row_bytes must be powers of two");
  }
  if (c.refresh_interval != 0 && c.refresh_length >= c.refresh_interval) {
    throw base::UserError(
        "hbm.trfc_ns must be less than hbm.trefi_ns, or no time is left between refreshes");
  }
  if (c.bytes % (uint64_t{c.channels()} * c.kPseudoChannels * c.row_bytes) != 0) {
    throw base::UserError("hbm.bytes must be a multiple of stacks x channels_per_stack x 2 x " +
                          std::to_string(c.row_bytes) + " bytes, so that all rows are whole");
  }
  return c;
}

}  // namespace cubist::hbm
