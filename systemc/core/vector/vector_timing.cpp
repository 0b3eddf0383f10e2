// SPDX-License-Identifier: Apache-2.0
#include "systemc/core/vector/vector_timing.h"

#include <algorithm>

#include "systemc/core/vector/vector_fields.h"

namespace cubist::core {
namespace {

/// Timing of an operation: head, and hundredths of a cycle for a repeat of 16-bit (or 8-bit) and of
/// 32-bit elements (of the source, for conversions).
struct OpTiming {
  uint8_t op;
  uint16_t head;
  uint16_t half, single;
};

// Heads: published fits for this class of core (cycles = head + slope * repeats, 910B3). Where none
// is published the head is that of the nearest operation, marked "as". Rates: the published table
// of elements a cycle.
constexpr OpTiming kTimings[] = {
    {kVadd, 24, 100, 100},        {kVsub, 24, 100, 100},  // as vadd
    {kVmul, 25, 100, 100},        {kVdiv, 31, 400, 200},      {kVmax, 23, 100, 100},
    {kVmin, 23, 100, 100},                                                            // as vmax
    {kVand, 24, 100, 100},                                                            // as vadd
    {kVor, 24, 100, 100},                                                             // as vadd
    {kVmadd, 25, 200, 200},                                                           // as vmul
    {kVmla, 25, 100, 100},                                                            // as vmul
    {kVaddrelu, 24, 100, 100},                                                        // as vadd
    {kVsubrelu, 24, 100, 100},                                                        // as vadd
    {kVrelu, 23, 100, 100},       {kVabs, 23, 100, 100},                              // as vrelu
    {kVexp, 31, 400, 200},        {kVsqrt, 39, 400, 200},     {kVrec, 24, 100, 100},  // as vrsqrt
    {kVrsqrt, 24, 100, 100},      {kVcopy, 23, 100, 100},                             // as vrelu
    {kVln, 33, 400, 200},         {kVnot, 23, 100, 100},                              // as vrelu
    {kVadds, 31, 100, 100},       {kVmuls, 26, 100, 100},     {kVmaxs, 23, 100, 100},
    {kVmins, 23, 100, 100},                                 // as vmaxs
    {kVaxpy, 26, 100, 100},                                 // as vmuls
    {kVlrelu, 26, 100, 100},                                // as vmuls
    {kVshl, 26, 100, 100},                                  // as vmuls
    {kVshr, 26, 100, 100},                                  // as vmuls
    {kVdup, 23, 100, 100},                                  // as vmaxs
    {kVbrcb, 23, 100, 100},                                 // as vdup; 8 blocks a repeat
    {kVcadd, 46, 700, 700},       {kVcmax, 46, 700, 700},   // as vcadd
    {kVcmin, 46, 700, 700},                                 // as vcadd
    {kVcgadd, 38, 700, 100},      {kVcgmax, 38, 700, 100},  // as vcgadd
    {kVcgmin, 38, 700, 100},                                // as vcgadd
    {kVcpadd, 38, 100, 100},                                // as vcgadd
    {kVcmp, 24, 100, 100},                                  // as vadd
    {kVcmps, 24, 100, 100},                                 // as vadd
    {kVsel, 27, 100, 100},        {kVsels, 27, 100, 100},   // as vsel
    {kVconvF32, 32, 100, 100},    {kVconvF16, 32, 100, 100},  {kVconvS32, 32, 100, 100},
    {kVconvBf16, 32, 100, 100},   {kVconvS16, 32, 100, 100},  {kVconvS8, 32, 100, 100},
    {kVconvU8, 32, 100, 100},     {kVgather, 24, 2560, 1280},  // as vadd; 5 elements a cycle
    {kVgatherb, 24, 305, 305},                                 // as vadd; 42 or 21 elements a cycle
    {kVgathermask, 24, 200, 200},                              // as vadd
    {kVtrans, 24, 200, 200},                                   // as vadd; 512 bytes at 256 a cycle
    {kVsort32, 20, 1600, 1600},                                // as vmrgsort; 2 elements a cycle
    {kVmrgsort, 20, 50, 50},                                   // of a pair: 2 a cycle
};
constexpr unsigned kHeadOfAdd = 24;

const OpTiming* timing_of(uint8_t op) {
  const auto* found = std::find_if(std::begin(kTimings), std::end(kTimings),
                                   [op](const OpTiming& t) { return t.op == op; });
  return found == std::end(kTimings) ? nullptr : found;
}

constexpr size_t kKept = 512;

size_t slot_of(const VectorInstruction& in) {
  uint64_t h = in.op;
  for (const uint64_t word :
       {uint64_t{in.dst} << 32 | in.src0, uint64_t{in.src1}, in.config, in.mask0, in.mask1}) {
    h = (h ^ word) * 0x9e3779b97f4a7c15u;
    h ^= h >> 29;
  }
  return h % kKept;
}

/// The banks' view of an operand whose elements take part as the mask or the counter says.
BankStream stream_of(const VectorInstruction& in, const VectorPlan& plan, const Operand& operand) {
  BankStream s;
  s.base = operand.base;
  s.block_bytes = operand.block * kBlockBytes;
  s.repeat_bytes = operand.repeat * kBlockBytes;
  const uint32_t per_block = kBlockBytes / operand.size;
  s.blocks = s.last_blocks = (plan.lanes + per_block - 1) / per_block;
  if (plan.counting) {
    const uint64_t rest = plan.counter - (plan.repeats - 1) * plan.lanes;
    s.last_blocks = static_cast<uint32_t>((rest + per_block - 1) / per_block);
    return s;
  }
  s.used = 0;
  for (uint32_t e = 0; e < plan.lanes; ++e) {
    if (plan.active(in, 0, e)) s.used |= 1u << e / per_block;
  }
  return s;
}

BankStream stream_of(const Packed& packed) {
  BankStream s;
  s.base = packed.base;
  s.block_bytes = kBlockBytes;
  s.repeat_bytes = packed.step;
  s.blocks = s.last_blocks = (packed.bytes + kBlockBytes - 1) / kBlockBytes;
  return s;
}

BankStream rows(const Operand& operand, uint32_t count) {
  BankStream s;
  s.base = operand.base;
  s.block_bytes = operand.block * kBlockBytes;
  s.repeat_bytes = operand.repeat * kBlockBytes;
  s.blocks = s.last_blocks = count;
  return s;
}

/// What the instruction reads and writes; the places that a gather or a merge reads are data and
/// left out, their rate is far below that of the banks.
BankAccess access_of(const VectorInstruction& in, const VectorPlan& plan) {
  BankAccess a;
  a.repeats = plan.repeats;
  const uint32_t size = plan.src0.size;
  switch (plan.form) {
    case VectorForm::transpose:
      a.add_read(rows(plan.src0, 16));
      a.write = rows(plan.dst, 16);
      return a;
    case VectorForm::expand:
      a.add_read(stream_of(Packed{in.src0, 8 * size, 8 * size}));
      a.write = rows(plan.dst, 8);
      return a;
    case VectorForm::sort:
      a.add_read(stream_of(Packed{in.src0, 32 * size, 32 * size}));
      a.add_read(stream_of(Packed{in.src1, 128, 128}));
      a.write = stream_of(Packed{in.dst, 256, 256});
      return a;
    case VectorForm::merge:
      return a;
    case VectorForm::gather:
      a.add_read(stream_of(packed_offsets(in, plan)));
      a.write = stream_of(in, plan, plan.dst);
      return a;
    case VectorForm::compress:
      a.add_read(stream_of(in, plan, plan.src0));
      if (plan.mode == 0) a.add_read(stream_of(packed_bits(plan, in.src1)));
      a.write = stream_of(Packed{in.dst, kRepeatBytes, kRepeatBytes});
      return a;
    default:
      break;
  }
  if (plan.form != VectorForm::fill) a.add_read(stream_of(in, plan, plan.src0));
  switch (plan.form) {
    case VectorForm::binary:
    case VectorForm::compare:
    case VectorForm::select:
      a.add_read(stream_of(in, plan, plan.src1));
      break;
    default:
      break;
  }
  switch (plan.form) {
    case VectorForm::reduce:
    case VectorForm::group:
    case VectorForm::pair:
      a.write = stream_of(packed_results(in, plan));
      return a;
    case VectorForm::compare:
    case VectorForm::compare_scalar:
      a.write = stream_of(packed_bits(plan, in.dst));
      return a;
    case VectorForm::select:
    case VectorForm::select_scalar:
      a.add_read(stream_of(packed_bits(plan, in.select, plan.mode == 1)));
      break;
    default:
      break;
  }
  a.write = stream_of(in, plan, plan.dst);
  if (in.op == kVmadd || in.op == kVmla || in.op == kVaxpy) a.add_read(a.write);  // dst is a source
  return a;
}

}  // namespace

uint32_t repeat_hundredths(const VectorInstruction& in) {
  const OpTiming* t = timing_of(in.op);
  if (t == nullptr) return 0;
  const auto type = static_cast<VectorType>(in.config >> 56 & 15);
  const uint32_t rate = size_of(type) == 4 ? t->single : t->half;
  return in.op == kVmrgsort ? rate * merged_pairs(in) : rate;
}

uint32_t published_head(uint8_t op) {
  const OpTiming* t = timing_of(op);
  return t == nullptr ? kHeadOfAdd : t->head;
}

VectorTiming::VectorTiming(const VectorConfig& config) : config_(config), kept_(kKept) {}

const VectorCost& VectorTiming::cost(const VectorInstruction& instruction) {
  Entry& entry = kept_[slot_of(instruction)];
  VectorInstruction key = instruction;
  key.scalar = 0;  // a value, which costs no time
  if (!entry.valid || !(entry.instruction == key)) {
    entry.instruction = key;
    entry.valid = true;
    entry.cost = compute(key);
  }
  return entry.cost;
}

VectorCost VectorTiming::compute(const VectorInstruction& in) const {
  const VectorPlan plan = plan_vector(in);
  const uint32_t head = published_head(in.op) + config_.head_cycles;
  VectorCost cost;
  cost.cycles = head > kHeadOfAdd ? head - kHeadOfAdd : 0;
  if (plan.repeats == 0) return cost;
  BankAccess access = access_of(in, plan);
  const uint32_t hundredths = repeat_hundredths(in);
  access.interval = std::max(1u, hundredths / 100);
  const BankCost banks = bank_cost(config_.banks, access);
  const uint64_t alone = (plan.repeats * hundredths + 99) / 100;
  uint64_t cycles = std::max(banks.cycles, alone);
  if (plan.counting) cycles = std::max<uint64_t>(cycles, config_.count_floor_cycles);
  cost.cycles += cycles;
  cost.read_read = banks.read_read;
  cost.write_write = banks.write_write;
  cost.read_write = banks.read_write;
  return cost;
}

}  // namespace cubist::core
