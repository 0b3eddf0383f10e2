// SPDX-License-Identifier: Apache-2.0
#include "systemc/core/vector/vector_timing.h"

#include <algorithm>

#include "systemc/core/vector/vector_fields.h"

namespace cubist::core {
namespace {

/// Timing of an operation: head, and tenths of a cycle for a repeat of 16-bit and 32-bit elements
/// (of the source, for conversions).
struct OpTiming {
  uint8_t op;
  uint16_t head;
  uint16_t half, single;
};

// Heads: published fits for this class of core (cycles = head + slope * repeats, 910B3). Where none
// is published the head is that of the nearest operation, marked "as". Rates: the published table
// of elements a cycle.
constexpr OpTiming kTimings[] = {
    {kVadd, 24, 10, 10},      {kVsub, 24, 10, 10},  // as vadd
    {kVmul, 25, 10, 10},      {kVdiv, 31, 40, 20},     {kVmax, 23, 10, 10},
    {kVmin, 23, 10, 10},                                                     // as vmax
    {kVand, 24, 10, 10},                                                     // as vadd
    {kVor, 24, 10, 10},                                                      // as vadd
    {kVmadd, 25, 20, 20},                                                    // as vmul
    {kVrelu, 23, 10, 10},     {kVabs, 23, 10, 10},                           // as vrelu
    {kVexp, 31, 40, 20},      {kVsqrt, 39, 40, 20},    {kVrec, 24, 10, 10},  // as vrsqrt
    {kVrsqrt, 24, 10, 10},    {kVcopy, 23, 10, 10},                          // as vrelu
    {kVadds, 31, 10, 10},     {kVmuls, 26, 10, 10},    {kVmaxs, 23, 10, 10},
    {kVmins, 23, 10, 10},                             // as vmaxs
    {kVaxpy, 26, 10, 10},                             // as vmuls
    {kVdup, 23, 10, 10},                              // as vmaxs
    {kVcadd, 46, 70, 70},     {kVcmax, 46, 70, 70},   // as vcadd
    {kVcmin, 46, 70, 70},                             // as vcadd
    {kVcgadd, 38, 70, 10},    {kVcgmax, 38, 70, 10},  // as vcgadd
    {kVcgmin, 38, 70, 10},                            // as vcgadd
    {kVconvF32, 32, 10, 10},  {kVconvF16, 32, 10, 10}, {kVconvS32, 32, 10, 10},
    {kVconvBf16, 32, 10, 10}, {kVtrans, 24, 20, 20},  // as vadd; 512 bytes at 256 a cycle
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

/// Results that lie packed: `bytes` a repeat, one repeat's `step` bytes behind the last one's.
BankStream packed(uint64_t base, uint32_t step, uint32_t bytes) {
  BankStream s;
  s.base = base;
  s.block_bytes = kBlockBytes;
  s.repeat_bytes = step;
  s.blocks = s.last_blocks = (bytes + kBlockBytes - 1) / kBlockBytes;
  return s;
}

BankStream rows(const Operand& operand) {
  BankStream s;
  s.base = operand.base;
  s.block_bytes = operand.block * kBlockBytes;
  s.repeat_bytes = operand.repeat * kBlockBytes;
  s.blocks = s.last_blocks = 16;
  return s;
}

BankAccess access_of(const VectorInstruction& in, const VectorPlan& plan) {
  BankAccess a;
  a.repeats = plan.repeats;
  switch (plan.form) {
    case VectorForm::transpose:
      a.add_read(rows(plan.src0));
      a.write = rows(plan.dst);
      return a;
    case VectorForm::reduce:
      a.add_read(stream_of(in, plan, plan.src0));
      a.write = packed(plan.dst.base, plan.dst.repeat * plan.dst.size, plan.dst.size);
      return a;
    case VectorForm::group:
      a.add_read(stream_of(in, plan, plan.src0));
      a.write = packed(plan.dst.base, 8 * plan.dst.size, 8 * plan.dst.size);
      return a;
    default:
      break;
  }
  if (plan.form != VectorForm::fill) a.add_read(stream_of(in, plan, plan.src0));
  if (plan.form == VectorForm::binary) a.add_read(stream_of(in, plan, plan.src1));
  a.write = stream_of(in, plan, plan.dst);
  if (in.op == kVmadd || in.op == kVaxpy) a.add_read(a.write);  // the destination is a source, too
  return a;
}

}  // namespace

uint32_t repeat_tenths(uint8_t op, uint64_t config) {
  const OpTiming* t = timing_of(op);
  if (t == nullptr) return 0;
  const auto type = static_cast<VectorType>(config >> 56 & 15);
  return size_of(type) == 4 ? t->single : t->half;
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
  const uint32_t tenths = repeat_tenths(in.op, in.config);
  access.interval = std::max(1u, tenths / 10);
  const BankCost banks = bank_cost(config_.banks, access);
  const uint64_t alone = (plan.repeats * tenths + 9) / 10;
  uint64_t cycles = std::max(banks.cycles, alone);
  if (plan.counting) cycles = std::max<uint64_t>(cycles, config_.count_floor_cycles);
  cost.cycles += cycles;
  cost.read_read = banks.read_read;
  cost.write_write = banks.write_write;
  cost.read_write = banks.read_write;
  return cost;
}

}  // namespace cubist::core
