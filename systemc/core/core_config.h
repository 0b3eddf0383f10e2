// SPDX-License-Identifier: Apache-2.0
// What an AI core is built from: sizes, widths, depths, and how exactly time is kept.
#pragma once

#include <array>
#include <cstdint>

#include "systemc/core/cube/cube_unit.h"
#include "systemc/core/vector/vector_timing.h"

namespace cubist::base {
class ParameterTable;
}

namespace cubist::core {

/// Level of timing. `none`: every operation takes one cycle and memory answers at once; the rules
/// of order (queues, flags, barriers) are the same. `fast` and `full` send requests through the
/// core's socket and spend the cycles of ports and engines.
enum class Timing : uint8_t { none, fast, full };

/// One direction of a mover: what its port carries and how much it keeps in flight.
struct PathConfig {
  double bytes_per_cycle = 128;  ///< Sustained width of the port.
};

struct CoreConfig {
  double hertz = 1.85e9;
  uint32_t l1_bytes = 512 << 10, l0a_bytes = 64 << 10, l0b_bytes = 64 << 10, l0c_bytes = 128 << 10,
           ub_bytes = 192 << 10, bt_bytes = 1 << 10, fb_bytes = 7 << 10, scalar_bytes = 64 << 10;
  unsigned queue_depth = 32;         ///< Entries of each pipe's instruction queue.
  unsigned start_cycles = 260;       ///< From the write of START to the first instruction.
  unsigned cold_start_cycles = 0;    ///< More, for the first block of a kernel.
  unsigned cross_flag_cycles = 130;  ///< From a cross-core set to its arrival at other cores.
  unsigned dma_setup_cycles = 24;    ///< From the start of a GM transfer to its first request.
  unsigned local_setup_cycles = 6;   ///< From the start of an on-core transfer to its first byte.
  unsigned max_outstanding = 128;    ///< Requests each mover keeps in flight.
  unsigned max_outstanding_writes = 128;  ///< Writes each mover keeps in flight.
  unsigned request_bytes = 512;           ///< Largest request; no request crosses a multiple of it.
  unsigned least_request_bytes = 128;     ///< Requests of runs that are not better aligned.
  PathConfig gm_to_l1{143}, gm_to_ub{119}, ub_to_gm{101}, l1_to_gm{108}, l0c_to_gm{113},
      l0c_to_l1{117}, l1_to_l0a{256}, l1_to_l0b{128}, l1_to_bt{32}, l1_to_fb{32};
  double unaligned_share = 1;  ///< Of a port's width, for rows from GM that begin within a block.
  unsigned issue_cycles = 1;   ///< Scalar cycles of pushing an instruction into a pipe.
  uint32_t icache_bytes = 32 << 10;         ///< Of the scalar unit; 0: code comes at no cost.
  unsigned icache_ways = 4;                 ///< Lines of a set, replaced in the order they came.
  uint32_t icache_granule_bytes = 2 << 10;  ///< What a miss loads.
  double cache_fill_bytes_per_cycle = 64;   ///< Port of both caches.
  uint32_t dcache_bytes = 16 << 10;         ///< Of the scalar unit, for loads from GM; 0: none.
  bool stale_check = true;           ///< Report reads that a real, incoherent cache would spoil.
  bool stale_values = false;         ///< Return the spoilt values, too.
  unsigned dcache_hit_cycles = 2;    ///< Extra cycles of a load that hits.
  unsigned scalar_local_cycles = 4;  ///< Extra cycles of a scalar load or store in L1 or UB.
  unsigned scalar_branch_cycles = 1, scalar_multiply_cycles = 2, scalar_divide_cycles = 16;
  CubeConfig cube;
  VectorConfig vector;
  Timing timing = Timing::full;
  bool values = true;  ///< False: movers and cube spend their time but move and compute nothing.
  /// How far the scalar unit may run ahead of simulated time, in cycles, in its private memory.
  /// No result, time or trace depends on it.
  uint64_t quantum_cycles = 100;
};

/// Declares the parameters "core.*".
void declare_parameters(base::ParameterTable& table);

/// The configuration that `table` describes; reads also "sim.timing" and "sim.quantum_cycles",
/// which the chip declares. Throws base::UserError for sizes that no core can have.
CoreConfig core_config(const base::ParameterTable& table);

}  // namespace cubist::core
