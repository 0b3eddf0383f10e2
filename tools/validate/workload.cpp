// SPDX-License-Identifier: Apache-2.0
#include "tools/validate/workload.h"

#include <algorithm>
#include <cstring>
#include <set>

#include "systemc/base/error.h"
#include "systemc/base/parameters.h"
#include "testbench/chip/kernels/calibration_args.h"

namespace cubist::validate {
namespace {

constexpr uint64_t kHalf = 2;  // Bytes of an FP16 element.

/// The row's arguments; what nobody asked for is a mistake in the row.
class Arguments {
 public:
  explicit Arguments(const Row& row) : row_(row) {}
  uint64_t get(const std::string& name, uint64_t otherwise) {
    known_.insert(name);
    const auto it = row_.arguments.find(name);
    return it == row_.arguments.end() ? otherwise : it->second;
  }
  void check() const {
    for (const auto& [name, value] : row_.arguments) {
      if (known_.count(name) != 0) continue;
      const std::string near = base::did_you_mean(name, {known_.begin(), known_.end()});
      throw base::UserError("row " + row_.name + ": kernel " + row_.kernel + " has no argument '" +
                            name + "'" + (near.empty() ? "" : "; did you mean '" + near + "'?"));
    }
  }

 private:
  const Row& row_;
  std::set<std::string> known_;
};

template <typename Args>
std::vector<uint64_t> words_of(const Args& args) {
  static_assert(sizeof(Args) % 8 == 0);
  std::vector<uint64_t> words(sizeof(Args) / 8);
  std::memcpy(words.data(), &args, sizeof(Args));
  return words;
}

/// Where the buffers of x, y and z lie in UB. Addresses 512 bytes apart share their bank groups;
/// 256 bytes apart they do not, as a repeat covers eight of the sixteen. 64 KiB hold one bank of
/// each group.
void place_operands(cubist_bench_vector_add_args& args, bool separate) {
  const uint64_t bytes = args.tile * kHalf;
  if (separate) {  // A plane of banks for each pair of inputs, and one for the results.
    constexpr uint64_t kPlane = 64 << 10;
    for (uint64_t i = 0; i < 2; ++i) {
      args.ub_x[i] = i * kPlane;
      args.ub_y[i] = i * kPlane + (bytes + 511) / 512 * 512 + 256;
      args.ub_z[i] = 2 * kPlane + i * bytes;
    }
    return;
  }
  for (uint64_t i = 0; i < 2; ++i) {  // As a queue for each tensor allocates them.
    args.ub_x[i] = i * bytes;
    args.ub_y[i] = (args.buffers + i) * bytes;
    args.ub_z[i] = (2 * args.buffers + i) * bytes;
  }
}

Workload vector_add(Arguments& arguments, unsigned scale, Device& device) {
  Workload w;
  w.kernel = "bench_vector_add";
  cubist_bench_vector_add_args args{};
  args.count = arguments.get("rows", 8192) / scale * arguments.get("columns", 8192);
  args.tile = arguments.get("tile", 16384);
  args.buffers = arguments.get("buffers", 2);
  args.bypass = arguments.get("bypass", 0);
  place_operands(args, arguments.get("separate_groups", 0) != 0);
  for (int i = 0; i < 3; ++i) w.buffers.push_back(device.allocate(args.count * kHalf));
  w.inputs = 2;
  args.x = w.buffers[0].address();
  args.y = w.buffers[1].address();
  args.z = w.buffers[2].address();
  w.words = words_of(args);
  w.gm_bytes = 3 * args.count * kHalf;
  return w;
}

Workload copy(Arguments& arguments, bool to_l1, unsigned blocks, unsigned scale, Device& device) {
  constexpr uint64_t kUbBytes = 192 << 10, kL1Bytes = 512 << 10;
  Workload w;
  w.kernel = to_l1 ? "bench_copy_l1" : "bench_copy_ub";
  cubist_bench_copy_args args{};
  args.rows = arguments.get("rows", 12288) / scale;
  args.columns = arguments.get("columns", 12288);
  args.row_stride = arguments.get("row_stride", args.columns);
  args.tile_rows = arguments.get("tile_rows", 64);
  args.tile_columns = arguments.get("tile_columns", 256);
  args.passes = arguments.get("passes", 1);
  args.walk = arguments.get("walk", CUBIST_BENCH_WALK_DEALT);
  args.order = arguments.get("order", CUBIST_BENCH_ORDER_NONE);
  args.padded = arguments.get("padded", 0);
  const uint64_t tile = args.tile_rows * ((args.tile_columns * kHalf + 31) / 32 * 32);
  const uint64_t fits = tile == 0 ? 1 : (to_l1 ? kL1Bytes : kUbBytes) / tile;
  args.buffers = arguments.get("buffers", std::clamp<uint64_t>(fits, 1, 2));
  w.buffers.push_back(device.allocate(args.rows * args.row_stride * kHalf));
  w.inputs = 1;
  args.src = w.buffers[0].address();
  w.words = words_of(args);
  w.gm_bytes = args.rows * args.columns * kHalf * args.passes *
               (args.walk >= CUBIST_BENCH_WALK_SAME ? blocks : 1);
  return w;
}

Workload matmul(Arguments& arguments, unsigned scale, Device& device) {
  Workload w;
  w.kernel = "bench_matmul";
  cubist_bench_matmul_args args{};
  args.m = arguments.get("m", 8192) / scale;
  args.n = arguments.get("n", 8192);
  args.k = arguments.get("k", 8192);
  args.base_m = arguments.get("base_m", 128);
  args.base_n = arguments.get("base_n", 256);
  args.base_k = arguments.get("base_k", 64);
  args.step_a = arguments.get("step_a", 8);
  args.step_b = arguments.get("step_b", 4);
  args.b_is_nk = arguments.get("b_is_nk", 0);
  args.panel = arguments.get("panel", 4);
  args.deal = arguments.get("deal", 0);
  w.buffers.push_back(device.allocate(args.m * args.k * kHalf));
  w.buffers.push_back(device.allocate(args.k * args.n * kHalf));
  w.buffers.push_back(device.allocate(args.m * args.n * kHalf));
  w.inputs = 2;
  args.a = w.buffers[0].address();
  args.b = w.buffers[1].address();
  args.c = w.buffers[2].address();
  w.words = words_of(args);
  if (args.base_m != 0 && args.base_n != 0) {
    w.gm_bytes = args.m / args.base_m * (args.n / args.base_n) * (args.base_m + args.base_n) *
                     args.k * kHalf +
                 args.m * args.n * kHalf;
  }
  return w;
}

Workload banks(Arguments& arguments) {
  constexpr double kTicksPerUs = 50;  // The published counter.
  Workload w;
  w.kernel = "bench_banks";
  cubist_bench_banks_args args{};
  args.count = arguments.get("count", 1000);
  args.repeats = arguments.get("repeats", 64);
  args.dst = arguments.get("dst", 0x10000);
  args.src0 = arguments.get("src0", 0);
  args.src1 = arguments.get("src1", 0x4100);
  args.src0_repeat = arguments.get("src0_repeat", 8);
  w.words = words_of(args);
  w.ticks_per_us = kTicksPerUs;
  return w;
}

Workload nd2nz_ub(Arguments& arguments, unsigned scale, Device& device) {
  Workload w;
  w.kernel = "bench_nd2nz_ub";
  cubist_bench_nd2nz_args args{};
  args.rows = arguments.get("rows", 8192) / scale;
  args.columns = arguments.get("columns", 8192);
  args.tile_rows = arguments.get("tile_rows", 128);
  args.c0_stride = arguments.get("c0_stride", 145);
  for (int i = 0; i < 2; ++i)
    w.buffers.push_back(device.allocate(args.rows * args.columns * kHalf));
  w.inputs = 1;
  args.src = w.buffers[0].address();
  args.dst = w.buffers[1].address();
  w.words = words_of(args);
  w.gm_bytes = 2 * args.rows * args.columns * kHalf;
  return w;
}

Workload empty(bool cube) {
  Workload w;
  w.kernel = cube ? "bench_empty_aic" : "bench_empty_aiv";
  w.words = words_of(cubist_bench_empty_args{0});
  return w;
}

}  // namespace

CoreKind kind_of(const Row& row) {
  const bool cube = row.kernel == "matmul" || row.kernel == "copy_l1" || row.kernel == "empty_aic";
  return cube ? CoreKind::cube : CoreKind::vector;
}

Workload make_workload(const Row& row, unsigned blocks, unsigned scale, Device& device) {
  Arguments arguments(row);
  Workload w;
  if (row.kernel == "vector_add") {
    w = vector_add(arguments, scale, device);
  } else if (row.kernel == "copy_ub" || row.kernel == "copy_l1") {
    w = copy(arguments, row.kernel == "copy_l1", blocks, scale, device);
  } else if (row.kernel == "matmul") {
    w = matmul(arguments, scale, device);
  } else if (row.kernel == "banks") {
    w = banks(arguments);
  } else if (row.kernel == "nd2nz_ub") {
    w = nd2nz_ub(arguments, scale, device);
  } else if (row.kernel == "empty_aic" || row.kernel == "empty_aiv") {
    w = empty(row.kernel == "empty_aic");
  } else {
    throw base::UserError("row " + row.name + ": unknown kernel '" + row.kernel + "'");
  }
  arguments.check();
  return w;
}

}  // namespace cubist::validate
