// SPDX-License-Identifier: Apache-2.0
#include "systemc/core/core_config.h"

#include <string>

#include "systemc/base/error.h"
#include "systemc/base/parameters.h"

namespace cubist::core {
namespace {

void declare_buffer(base::ParameterTable& t, const char* name, uint32_t bytes, const char* what) {
  t.declare_int(std::string("core.") + name + "_bytes", "bytes", bytes, 512, 16 << 20,
                std::string(what) + " (910B documents: buffer table)");
}

void declare_path(base::ParameterTable& t, const char* name, double width, const char* what) {
  t.declare_real(std::string("core.") + name + "_bytes_per_cycle", "bytes/cycle", width, 0.5, 4096,
                 what);
}

uint32_t bytes_of(const base::ParameterTable& t, const char* name, uint32_t unit) {
  const std::string path = std::string("core.") + name + "_bytes";
  const auto value = static_cast<uint32_t>(t.get_int(path));
  if (value % unit != 0) {
    throw base::UserError(path + " is " + std::to_string(value) + ", expected a multiple of " +
                          std::to_string(unit));
  }
  return value;
}

PathConfig path_of(const base::ParameterTable& t, const char* name) {
  return {t.get_real(std::string("core.") + name + "_bytes_per_cycle")};
}

BankConfig banks_of(const base::ParameterTable& t, uint32_t ub_bytes) {
  BankConfig b;
  b.groups = static_cast<unsigned>(t.get_int("core.ub_bank_groups"));
  b.bank_bytes = static_cast<unsigned>(t.get_int("core.ub_bank_bytes"));
  b.write_delay = static_cast<unsigned>(t.get_int("core.ub_write_delay"));
  b.held_back_reads = static_cast<unsigned>(t.get_int("core.ub_held_back_reads"));
  if ((b.groups & (b.groups - 1)) != 0) {
    throw base::UserError("core.ub_bank_groups is " + std::to_string(b.groups) +
                          ", expected a power of two");
  }
  if (b.bank_bytes % 32 != 0) {
    throw base::UserError("core.ub_bank_bytes is " + std::to_string(b.bank_bytes) +
                          ", expected a multiple of 32");
  }
  if (ub_bytes > uint64_t{64} * b.bank_bytes) {
    throw base::UserError("core.ub_bytes is " + std::to_string(ub_bytes) +
                          ", expected at most 64 banks of core.ub_bank_bytes (" +
                          std::to_string(b.bank_bytes) + "); make the banks larger");
  }
  return b;
}

}  // namespace

void declare_parameters(base::ParameterTable& t) {
  const CoreConfig d;
  t.declare_real("core.hertz", "Hz", d.hertz, 1e6, 1e10,
                 "Clock of the AI cores (910B1: 1.85 GHz, platform table)");
  declare_buffer(t, "l1", d.l1_bytes, "L1 of an AIC");
  declare_buffer(t, "l0a", d.l0a_bytes, "L0A of an AIC");
  declare_buffer(t, "l0b", d.l0b_bytes, "L0B of an AIC");
  declare_buffer(t, "l0c", d.l0c_bytes, "L0C of an AIC");
  declare_buffer(t, "ub", d.ub_bytes, "Unified buffer of an AIV");
  // The kernels count on two halves of 512 bytes.
  t.declare_int("core.bt_bytes", "bytes", d.bt_bytes, 1024, 16 << 20,
                "Bias table of an AIC (910B documents: buffer table)");
  declare_buffer(t, "fb", d.fb_bytes, "FIXPIPE parameter buffer of an AIC");
  t.declare_int("core.scalar_bytes", "bytes", d.scalar_bytes, 4096, 16 << 20,
                "Private memory of the scalar unit, a multiple of 4096; a choice of this model");
  t.declare_int("core.queue_depth", "entries", d.queue_depth, 1, 1024,
                "Entries of a pipe's instruction queue (910B documents: 32)");
  t.declare_int("core.start_cycles", "cycles", d.start_cycles, 1, 1000000,
                "From the write of START to the first instruction (measured on 910C: control "
                "processor to core visible in about 140 ns)");
  t.declare_int(
      "core.cold_start_cycles", "cycles", d.cold_start_cycles, 0, 1000000,
      "More than core.start_cycles, for the first block of a kernel on a core (measured on "
      "910C: a core's first task 2.3 to 2.6 us on average, later ones 0.23 to 0.4 us)");
  t.declare_int(
      "core.cross_flag_cycles", "cycles", d.cross_flag_cycles, 1, 100000,
      "From a cross-core set that takes effect to its arrival at other cores; assumed: half "
      "of what a control processor needs to reach a core (140 ns)");
  t.declare_int("core.dma_setup_cycles", "cycles", d.dma_setup_cycles, 0, 100000,
                "From the start of a GM transfer to its first request; assumed, like the head of a "
                "vector instruction (24)");
  t.declare_int("core.local_setup_cycles", "cycles", d.local_setup_cycles, 0, 100000,
                "From the start of an on-core transfer to its first byte; published cost model of "
                "the class: 6");
  t.declare_int("core.max_outstanding", "requests", d.max_outstanding, 1, 4096,
                "Requests each mover keeps in flight, over successive instructions (assumed)");
  t.declare_int("core.max_outstanding_writes", "requests", d.max_outstanding_writes, 1, 4096,
                "Writes each mover keeps in flight, until the L2 has acknowledged them (assumed)");
  t.declare_int("core.request_bytes", "bytes", d.request_bytes, 32, 4096,
                "Largest GM request, a power of two (GM transfers split into 128/256/512 bytes)");
  t.declare_int("core.least_request_bytes", "bytes", d.least_request_bytes, 32, 4096,
                "Requests of a run whose start is not better aligned, a power of two (GM transfers "
                "split into 128/256/512 bytes)");
  t.declare_real(
      "core.unaligned_share", "", d.unaligned_share, 0.001, 1,
      "Of the port's width, for a copy from GM whose rows do not begin at multiples of 32 "
      "bytes (assumed, from published copies of rows at odd addresses)");
  declare_path(t, "gm_to_l1", d.gm_to_l1.bytes_per_cycle,
               "GM to L1, sustained (910B1 profiler: 264 GB/s at 1.85 GHz)");
  declare_path(t, "gm_to_ub", d.gm_to_ub.bytes_per_cycle,
               "GM to UB, sustained (910B1 profiler: 220.06 GB/s)");
  declare_path(t, "ub_to_gm", d.ub_to_gm.bytes_per_cycle,
               "UB to GM, sustained (910B1 profiler: 186.8 GB/s)");
  declare_path(t, "l1_to_gm", d.l1_to_gm.bytes_per_cycle,
               "L1 to GM, sustained (910B1 profiler: 199.43 GB/s)");
  declare_path(t, "l0c_to_gm", d.l0c_to_gm.bytes_per_cycle,
               "L0C to GM, sustained (910B1 profiler: 209.32 GB/s)");
  declare_path(t, "l0c_to_l1", d.l0c_to_l1.bytes_per_cycle,
               "L0C to L1, sustained (910B1 profiler: 216.88 GB/s)");
  declare_path(t, "l1_to_l0a", d.l1_to_l0a.bytes_per_cycle, "L1 to L0A (910B documents: 256)");
  declare_path(t, "l1_to_l0b", d.l1_to_l0b.bytes_per_cycle, "L1 to L0B (910B documents: 128)");
  declare_path(t, "l1_to_bt", d.l1_to_bt.bytes_per_cycle,
               "L1 to the bias table; assumed: one 32-byte block a cycle");
  declare_path(t, "l1_to_fb", d.l1_to_fb.bytes_per_cycle,
               "L1 to the FIXPIPE parameter buffer; assumed: as to the bias table");
  t.declare_int("core.issue_cycles", "cycles", d.issue_cycles, 1, 1000,
                "Cycles of the scalar unit for pushing an instruction into a pipe (published cost "
                "model of the class: a flag or barrier takes 1)");
  t.declare_int(
      "core.icache_bytes", "bytes", d.icache_bytes, 0, 1 << 20,
      "Instruction cache of the scalar unit, 0: code comes at no cost (910B documents: 16 "
      "or 32 KiB, line 64 bytes)");
  t.declare_int("core.icache_ways", "ways", d.icache_ways, 1, 64,
                "Ways of the instruction cache; assumed");
  t.declare_int("core.icache_granule_bytes", "bytes", d.icache_granule_bytes, 64, 65536,
                "What an instruction cache miss loads, a power of two (910B documents: 2 KiB)");
  t.declare_real("core.cache_fill_bytes_per_cycle", "bytes/cycle", d.cache_fill_bytes_per_cycle,
                 0.5, 4096, "Port of the scalar unit's caches; assumed: a line a cycle");
  t.declare_int(
      "core.dcache_bytes", "bytes", d.dcache_bytes, 0, 1 << 20,
      "Data cache of the scalar unit, a multiple of 64 (910B documents: 16 or 32 KiB, line "
      "64 bytes)");
  t.declare_choice("core.stale_check", "on", {"on", "off"},
                   "Report reads that would get old values because data caches are not coherent");
  t.declare_choice(
      "core.stale_values", "off", {"on", "off"},
      "on: such reads do get the old values, and stores stay in the data cache until it "
      "is cleaned");
  t.declare_int("core.dcache_hit_cycles", "cycles", d.dcache_hit_cycles, 0, 100,
                "Extra cycles of a scalar load that hits the data cache; assumed");
  t.declare_int("core.scalar_local_cycles", "cycles", d.scalar_local_cycles, 0, 1000,
                "Extra cycles of a scalar load or store in L1 or UB; assumed");
  t.declare_int("core.scalar_branch_cycles", "cycles", d.scalar_branch_cycles, 0, 100,
                "Extra cycles of a taken branch in the scalar unit; assumed");
  t.declare_int("core.scalar_multiply_cycles", "cycles", d.scalar_multiply_cycles, 0, 100,
                "Extra cycles of a multiplication in the scalar unit; assumed");
  t.declare_int("core.scalar_divide_cycles", "cycles", d.scalar_divide_cycles, 0, 1000,
                "Extra cycles of a division in the scalar unit; assumed");
  t.declare_int("core.cube_m", "rows", d.cube.m, 8, 32, "Rows of the cube array (910B: 16)");
  t.declare_int("core.cube_k", "products", d.cube.k, 8, 16,
                "Depth of the cube array in FP16 products (910B: 16)");
  t.declare_int("core.cube_n", "columns", d.cube.n, 8, 16, "Columns of the cube array (910B: 16)");
  t.declare_int("core.cube_depth", "cycles", d.cube.depth, 1, 16,
                "Pipeline registers from the operands' arrival to the write of L0C; a property of "
                "rtl/cube");
  t.declare_int(
      "core.vector_head_cycles", "cycles", d.vector.head_cycles, 0, 1000,
      "Cycles of a vadd before its first repeat (fits the 910B bank benchmark: 24); other "
      "operations keep their published distance from it");
  t.declare_int("core.vector_count_floor_cycles", "cycles", d.vector.count_floor_cycles, 0, 1000,
                "Least cycles of the repeats of a vector instruction in counter mode (published "
                "cost model of the class: 16)");
  const BankConfig& banks = d.vector.banks;
  t.declare_int("core.ub_bank_groups", "groups", banks.groups, 1, 32,
                "Bank groups of the unified buffer, a power of two (910B documents: 16)");
  t.declare_int("core.ub_bank_bytes", "bytes", banks.bank_bytes, 32, 16 << 20,
                "Bytes of one bank of the unified buffer, a multiple of 32 (910B documents: 4096)");
  t.declare_int("core.ub_write_delay", "cycles", banks.write_delay, 0, 1000,
                "From the read of a vector repeat to its write, when a read and a write may want "
                "one bank; 0: they never clash (13 fits the 910B bank benchmark, scenario 5)");
  t.declare_int("core.ub_held_back_reads", "blocks", banks.held_back_reads, 0, 64,
                "Blocks of a vector repeat whose read may be put off into the next repeat's cycle "
                "(2 fits the 910B bank benchmark, scenario 7)");
}

CoreConfig core_config(const base::ParameterTable& t) {
  const auto number = [&t](const char* path) { return static_cast<unsigned>(t.get_int(path)); };
  CoreConfig c;
  c.hertz = t.get_real("core.hertz");
  c.l1_bytes = bytes_of(t, "l1", 512);
  c.l0a_bytes = bytes_of(t, "l0a", 512);
  c.l0b_bytes = bytes_of(t, "l0b", 512);
  c.l0c_bytes = bytes_of(t, "l0c", 1024);
  c.ub_bytes = bytes_of(t, "ub", 256);
  c.bt_bytes = bytes_of(t, "bt", 64);
  c.fb_bytes = bytes_of(t, "fb", 64);
  c.scalar_bytes = bytes_of(t, "scalar", 4096);
  c.queue_depth = number("core.queue_depth");
  c.start_cycles = number("core.start_cycles");
  c.cold_start_cycles = number("core.cold_start_cycles");
  c.unaligned_share = t.get_real("core.unaligned_share");
  c.cross_flag_cycles = number("core.cross_flag_cycles");
  c.dma_setup_cycles = number("core.dma_setup_cycles");
  c.local_setup_cycles = number("core.local_setup_cycles");
  c.max_outstanding = number("core.max_outstanding");
  c.max_outstanding_writes = number("core.max_outstanding_writes");
  c.request_bytes = number("core.request_bytes");
  c.least_request_bytes = std::min(number("core.least_request_bytes"), c.request_bytes);
  if ((c.least_request_bytes & (c.least_request_bytes - 1)) != 0) {
    throw base::UserError("core.least_request_bytes is " + std::to_string(c.least_request_bytes) +
                          ", expected a power of two");
  }
  if ((c.request_bytes & (c.request_bytes - 1)) != 0) {
    throw base::UserError("core.request_bytes is " + std::to_string(c.request_bytes) +
                          ", expected a power of two");
  }
  c.gm_to_l1 = path_of(t, "gm_to_l1");
  c.gm_to_ub = path_of(t, "gm_to_ub");
  c.ub_to_gm = path_of(t, "ub_to_gm");
  c.l1_to_gm = path_of(t, "l1_to_gm");
  c.l0c_to_gm = path_of(t, "l0c_to_gm");
  c.l0c_to_l1 = path_of(t, "l0c_to_l1");
  c.l1_to_l0a = path_of(t, "l1_to_l0a");
  c.l1_to_l0b = path_of(t, "l1_to_l0b");
  c.l1_to_bt = path_of(t, "l1_to_bt");
  c.l1_to_fb = path_of(t, "l1_to_fb");
  c.issue_cycles = number("core.issue_cycles");
  c.icache_ways = number("core.icache_ways");
  c.icache_bytes = bytes_of(t, "icache", 64 * c.icache_ways);
  c.icache_granule_bytes = number("core.icache_granule_bytes");
  if ((c.icache_granule_bytes & (c.icache_granule_bytes - 1)) != 0) {
    throw base::UserError("core.icache_granule_bytes is " + std::to_string(c.icache_granule_bytes) +
                          ", expected a power of two");
  }
  if (c.icache_bytes != 0 && c.icache_bytes < 2 * c.icache_granule_bytes) {
    throw base::UserError("core.icache_bytes is " + std::to_string(c.icache_bytes) +
                          ", expected 0 or at least two granules of " +
                          std::to_string(c.icache_granule_bytes) +
                          " bytes (core.icache_granule_bytes)");
  }
  c.cache_fill_bytes_per_cycle = t.get_real("core.cache_fill_bytes_per_cycle");
  c.dcache_bytes = bytes_of(t, "dcache", 64);
  c.stale_check = t.get_string("core.stale_check") == "on";
  c.stale_values = t.get_string("core.stale_values") == "on";
  c.dcache_hit_cycles = number("core.dcache_hit_cycles");
  c.scalar_local_cycles = number("core.scalar_local_cycles");
  c.scalar_branch_cycles = number("core.scalar_branch_cycles");
  c.scalar_multiply_cycles = number("core.scalar_multiply_cycles");
  c.scalar_divide_cycles = number("core.scalar_divide_cycles");
  c.cube.m = number("core.cube_m");
  c.cube.k = number("core.cube_k");
  c.cube.n = number("core.cube_n");
  c.cube.depth = number("core.cube_depth");
  c.cube.l0a_bytes = c.l0a_bytes;
  c.cube.l0b_bytes = c.l0b_bytes;
  c.cube.l0c_bytes = c.l0c_bytes;
  c.cube.bias_bytes = c.bt_bytes;
  c.vector.head_cycles = number("core.vector_head_cycles");
  c.vector.count_floor_cycles = number("core.vector_count_floor_cycles");
  c.vector.banks = banks_of(t, c.ub_bytes);
  const std::string& timing = t.get_string("sim.timing");
  c.timing = timing == "none" ? Timing::none : timing == "fast" ? Timing::fast : Timing::full;
  c.values = t.get_string("sim.values") == "on";
  c.quantum_cycles = static_cast<uint64_t>(t.get_int("sim.quantum_cycles"));
  return c;
}

}  // namespace cubist::core
