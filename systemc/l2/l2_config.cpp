// SPDX-License-Identifier: Apache-2.0
#include "systemc/l2/l2_config.h"

#include "systemc/base/error.h"
#include "systemc/base/parameters.h"

namespace cubist::l2 {

void declare_parameters(base::ParameterTable& t) {
  t.declare_int("l2.bytes", "bytes", int64_t{192} << 20, 64 << 10, int64_t{1} << 30,
                "Shared L2 of the die in lines of 512 bytes (910B1: 192 MiB, configuration file)");
  t.declare_int(
      "l2.slices", "", 24, 1, 256,
      "Slices, each with tags and a data port of its own. 910B1: not published; 24 x 8 MiB "
      "assumed, because all cores together read a block of rows 24 KiB apart at a twelfth "
      "of the L2's bandwidth (published measurement)");
  t.declare_int(
      "l2.turn_rounds", "", 8192, 1, 1 << 30,
      "Consecutive lines go to consecutive slices; after so many rounds the start turns by "
      "one (assumed; 1 spreads every stride)");
  t.declare_int("l2.memory_cycles", "cycles", 10, 0, 1000,
                "From a slice to an HBM channel, and the same back (assumed)");
  t.declare_int("l2.ways", "", 16, 1, 64, "Lines of a set (assumed)");
  t.declare_real("l2.hertz", "Hz", 1.85e9, 1e6, 1e10, "Clock of slices (assumed the cores' clock)");
  t.declare_int("l2.hit_cycles", "cycles", 50, 1, 1000,
                "Request at the slice to first data (50 in the published performance simulators)");
  t.declare_int("l2.miss_cycles", "cycles", 0, 0, 1000,
                "From the lookup of a miss to its request to HBM (assumed)");
  t.declare_choice(
      "l2.write_miss", "allocate", {"fetch", "allocate"},
      "fetch: a write that misses first brings its sectors in; allocate: only those it "
      "covers in part (assumed, from published vector additions with and without L2)");
  t.declare_real("l2.bytes_per_cycle", "bytes", 176, 16, 4096,
                 "Data port of a slice; 24 slices at 1.85 GHz make 7.8 TB/s (910B1: 7 to 8 TB/s "
                 "mixed, profiler table)");
  t.declare_real("l2.write_bytes_per_cycle", "bytes", 0, 0, 4096,
                 "A slice's port for writes alone; 0: they share the data port (950: reads and "
                 "writes at once; 910B is not published)");
  t.declare_real("l2.same_line_cycles", "cycles", 4, 0, 1000,
                 "Of a slice's data port, lost to each request for a line that another node is "
                 "accessing (published: requests of many cores for one 512-byte line serialise, "
                 "typically 10 to 20 % slower; the time is assumed)");
  t.declare_int("l2.misses_in_flight", "requests", 128, 1, 4096,
                "Reads of its HBM channel that a slice keeps track of (assumed)");
  t.declare_int("l2.writes_in_flight", "requests", 128, 1, 4096,
                "Write-backs and bypassing writes of a slice that wait for their HBM channel "
                "(assumed)");
  t.declare_choice("l2.replacement", "lru", {"lru", "fifo", "random"},
                   "Which line of a full set goes (assumed; a cyclic scan of 302 MB hits .005 % of "
                   "192 MiB, which excludes random)");
  t.declare_choice("l2.write_policy", "back", {"back", "through"},
                   "back: a dirty line is written when it is driven out; through: every write goes "
                   "to HBM, too (assumed)");
  t.declare_bool("l2.write_allocate", true,
                 "A write to a line that is not there brings it in (assumed)");
  t.declare_bool("l2.host_allocate", true,
                 "Copies and fills of the SDMA engine bring lines into the L2 (assumed)");
}

L2Config l2_config(const base::ParameterTable& t) {
  L2Config c;
  c.bytes = static_cast<uint64_t>(t.get_int("l2.bytes"));
  c.ways = static_cast<unsigned>(t.get_int("l2.ways"));
  c.hertz = t.get_real("l2.hertz");
  c.hit_cycles = static_cast<unsigned>(t.get_int("l2.hit_cycles"));
  c.miss_cycles = static_cast<unsigned>(t.get_int("l2.miss_cycles"));
  c.bytes_per_cycle = t.get_real("l2.bytes_per_cycle");
  c.fetch_on_write = t.get_string("l2.write_miss") == "fetch";
  c.slices = static_cast<unsigned>(t.get_int("l2.slices"));
  c.turn_rounds = static_cast<uint64_t>(t.get_int("l2.turn_rounds"));
  c.memory_cycles = static_cast<unsigned>(t.get_int("l2.memory_cycles"));
  c.write_bytes_per_cycle = t.get_real("l2.write_bytes_per_cycle");
  c.same_line_cycles = t.get_real("l2.same_line_cycles");
  c.misses_in_flight = static_cast<unsigned>(t.get_int("l2.misses_in_flight"));
  c.writes_in_flight = static_cast<unsigned>(t.get_int("l2.writes_in_flight"));
  const std::string& replacement = t.get_string("l2.replacement");
  c.replacement = replacement == "fifo"     ? Replacement::fifo
                  : replacement == "random" ? Replacement::random
                                            : Replacement::lru;
  c.write_through = t.get_string("l2.write_policy") == "through";
  c.write_allocate = t.get_bool("l2.write_allocate");
  const uint64_t unit = uint64_t{512} * c.slices * c.ways;
  if (c.bytes % unit != 0) {
    throw base::UserError("l2.bytes is " + std::to_string(c.bytes) + ", which is no multiple of " +
                          std::to_string(c.slices) + " slices (l2.slices) x " +
                          std::to_string(c.ways) + " ways x 512 bytes = " + std::to_string(unit));
  }
  return c;
}

}  // namespace cubist::l2
