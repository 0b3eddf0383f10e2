// SPDX-License-Identifier: Apache-2.0
// Legality of a vector instruction: known operation, type and mode, alignment, bounds.
#include <cstring>
#include <initializer_list>

#include "abi/cubist_abi.h"
#include "systemc/core/vector/vector_fields.h"

namespace cubist::core {
namespace {

std::string name_of(const VectorInstruction& in) {
  const auto* info = abi::find_instruction(static_cast<unsigned>(abi::Pipe::V), in.op);
  return std::string(info->name);
}

/// Highest legal `mode` of an operation.
unsigned highest_mode(const VectorInstruction& in, const VectorPlan& plan) {
  switch (plan.form) {
    case VectorForm::convert:
      // What is exact has no rounding to choose.
      return plan.to == VectorType::f32 && size_of(plan.from) < 4 ? 0 : 5;
    case VectorForm::compare:
    case VectorForm::compare_scalar:
      return 5;
    case VectorForm::reduce:
      return in.op == kVcadd ? 0 : 3;
    case VectorForm::select:
    case VectorForm::select_scalar:
      return 1;
    case VectorForm::compress:
      return 7;
    default:
      return 0;
  }
}

class Check {
 public:
  Check(const VectorInstruction& in, std::span<const uint8_t> ub, bool values)
      : in_(in), ub_(ub), values_(values), plan_(plan_vector(in)) {}

  VectorError run() {
    legal_operation();
    if (ok()) alignment();
    if (ok()) bounds();
    return error_;
  }

 private:
  bool ok() const { return error_.code == 0; }
  void fail(uint16_t code, std::string text) {
    if (ok()) error_ = {code, std::move(text)};
  }
  void bad_config(std::string text) { fail(CUBIST_ERROR_BAD_CONFIG, std::move(text)); }

  void legal_operation() {
    const auto* info = abi::find_instruction(static_cast<unsigned>(abi::Pipe::V), in_.op);
    if (plan_.form == VectorForm::none) {
      return fail(CUBIST_ERROR_ILLEGAL_INSTRUCTION,
                  "vector operation " + std::to_string(in_.op) + " does not exist");
    }
    const auto type = static_cast<unsigned>(plan_.from);
    if (size_of(plan_.from) == 0 || (info->types >> type & 1) == 0) {
      return bad_config(name_of(in_) + " has no element type " + std::to_string(type));
    }
    const unsigned highest = highest_mode(in_, plan_);
    if (plan_.mode > highest) {
      return bad_config(
          "mode " + std::to_string(plan_.mode) + " of " + name_of(in_) +
          (highest == 0 ? ", expected 0" : ", expected 0.." + std::to_string(highest)));
    }
    if (plan_.counting && in_.mask0 > (uint64_t{1} << 20)) {
      return bad_config("counter mode with " + std::to_string(in_.mask0) +
                        " elements; at most 1048576 are possible");
    }
    if (plan_.form == VectorForm::merge && merged_pairs(in_) == 0) {
      bad_config("VMERGE_LEN is 0: no list to merge");
    }
  }

  void aligned(uint64_t offset, uint32_t to, const char* what) {
    if (offset % to == 0) return;
    fail(CUBIST_ERROR_MISALIGNED, std::string(what) + " at UB + " + std::to_string(offset) +
                                      " is not a multiple of " + std::to_string(to) + " bytes");
  }

  void alignment() {
    const bool small = plan_.form == VectorForm::reduce || plan_.form == VectorForm::group;
    aligned(in_.dst, small ? plan_.dst.size : kBlockBytes, "dst");
    const auto* info = abi::find_instruction(static_cast<unsigned>(abi::Pipe::V), in_.op);
    if (info->sources >= 1) aligned(in_.src0, kBlockBytes, "src0");
    if (info->sources == 2) aligned(in_.src1, kBlockBytes, "src1");
    if (plan_.form == VectorForm::select || plan_.form == VectorForm::select_scalar)
      aligned(in_.select, plan_.lanes / 8, "VSELECT");
    if (in_.op == kVgather) aligned(in_.place, plan_.dst.size, "VSCALAR");
    if (in_.op == kVgatherb) aligned(in_.place, kBlockBytes, "VSCALAR");
    if (in_.op == kVgathermask && in_.has_place) aligned(in_.place, 4, "VSCALAR");
  }

  void inside(const char* what, uint64_t begin, uint64_t bytes) {
    if (bytes == 0 || begin + bytes <= ub_.size()) return;
    fail(CUBIST_ERROR_BUFFER_OVERRUN,
         std::string(what) + " reaches bytes " + std::to_string(begin) + ".." +
             std::to_string(begin + bytes - 1) + " of a unified buffer of " +
             std::to_string(ub_.size()) + " bytes");
  }

  /// The elements that take part. Addresses rise from repeat to repeat, so the last two repeats,
  /// the last full one and the one that a counter cuts short, reach farthest.
  void operand(const Operand& operand, const char* what) {
    const uint32_t per_block = kBlockBytes / operand.size;
    for (uint64_t r = plan_.repeats > 2 ? plan_.repeats - 2 : 0; r < plan_.repeats && ok(); ++r) {
      const bool full = plan_.full(in_, r);
      for (uint32_t e = 0; e < plan_.lanes; e += per_block) {
        uint32_t count = std::min(per_block, plan_.lanes - e);
        while (!full && count > 0 && !plan_.active(in_, r, e + count - 1)) --count;
        if (count != 0) inside(what, operand.at(r, e), count * operand.size);
      }
    }
  }
  void rows(const Operand& operand, uint32_t count, const char* what) {
    for (uint64_t r = 0; r < plan_.repeats; ++r) {
      inside(what, operand.base,
             (r * operand.repeat + uint64_t{count - 1} * operand.block + 1) * kBlockBytes);
    }
  }
  /// All repeats of a packed operand; `last` bytes of the last one.
  void packed(const Packed& p, uint32_t last, const char* what) {
    if (plan_.repeats != 0) inside(what, p.base, (plan_.repeats - 1) * p.step + last);
  }
  /// Elements of the last repeat, which a counter may cut short.
  uint32_t last_lanes() const {
    if (!plan_.counting) return plan_.lanes;
    return static_cast<uint32_t>(plan_.counter - (plan_.repeats - 1) * plan_.lanes);
  }

  void bounds() {
    if (plan_.repeats == 0) return;
    switch (plan_.form) {
      case VectorForm::transpose:
        rows(plan_.src0, 16, "src0");
        return rows(plan_.dst, 16, "dst");
      case VectorForm::expand:
        packed({in_.src0, 8 * plan_.src0.size, 0}, 8 * plan_.src0.size, "src0");
        return rows(plan_.dst, 8, "dst");
      case VectorForm::sort:
        packed({in_.src0, 32 * plan_.src0.size, 0}, 32 * plan_.src0.size, "src0");
        packed({in_.src1, 128, 0}, 128, "src1");
        return packed({in_.dst, 256, 0}, 256, "dst");
      case VectorForm::merge:
        return merge_bounds();
      case VectorForm::gather:
        gather_bounds();
        return operand(plan_.dst, "dst");
      case VectorForm::compress:
        return compress_bounds();
      default:
        break;
    }
    if (plan_.form != VectorForm::fill) operand(plan_.src0, "src0");
    if (plan_.form == VectorForm::binary || plan_.form == VectorForm::compare ||
        plan_.form == VectorForm::select) {
      operand(plan_.src1, "src1");
    }
    const uint32_t bit_bytes = (last_lanes() + 7) / 8;
    switch (plan_.form) {
      case VectorForm::reduce:
      case VectorForm::group:
      case VectorForm::pair: {
        const Packed out = packed_results(in_, plan_);
        return packed(out, out.bytes, "dst");
      }
      case VectorForm::compare:
      case VectorForm::compare_scalar:
        return packed(packed_bits(plan_, in_.dst), bit_bytes, "dst");
      case VectorForm::select:
      case VectorForm::select_scalar:
        packed(packed_bits(plan_, in_.select, plan_.mode == 1),
               plan_.mode == 1 ? plan_.lanes / 8 : bit_bytes, "VSELECT");
        break;
      default:
        break;
    }
    operand(plan_.dst, "dst");
  }

  void merge_bounds() {
    const uint64_t step = uint64_t{merged_pairs(in_)} * kPairBytes;
    for (unsigned i = 0; i < 4; ++i) {
      const MergeList list = merge_list(in_, i);
      if (list.pairs == 0) continue;
      inside("a list of VMERGE_SRC", list.offset,
             (plan_.repeats - 1) * step + uint64_t{list.pairs} * kPairBytes);
    }
    inside("dst", in_.dst, plan_.repeats * step);
  }

  void gather_bounds() {
    const Packed offsets = packed_offsets(in_, plan_);
    const uint32_t per_block = kBlockBytes / plan_.dst.size;
    const bool blocks = in_.op == kVgatherb;
    packed(offsets, blocks ? (last_lanes() + per_block - 1) / per_block * 4 : last_lanes() * 4,
           "src0");
    if (!ok() || !values_) return;
    for (uint64_t r = 0; r < plan_.repeats && ok(); ++r) {
      for (uint32_t e = 0; e < plan_.lanes && ok(); ++e) {
        if (!plan_.active(in_, r, e)) continue;
        uint32_t offset = 0;
        std::memcpy(&offset,
                    &ub_[offsets.base + r * offsets.step + (blocks ? e / per_block : e) * 4], 4);
        const uint32_t unit = blocks ? kBlockBytes : plan_.dst.size;
        if (offset % unit != 0) {
          fail(CUBIST_ERROR_MISALIGNED, "offset " + std::to_string(offset) + " of element " +
                                            std::to_string(r * plan_.lanes + e) +
                                            " is not a multiple of " + std::to_string(unit));
        }
        inside("an offset", uint64_t{in_.place} + offset, unit);
      }
    }
  }

  void compress_bounds() {
    operand(plan_.src0, "src0");
    const Packed bits = packed_bits(plan_, in_.src1);
    if (plan_.mode == 0) packed(bits, (last_lanes() + 7) / 8, "src1");
    if (in_.has_place) inside("the count", in_.place, 4);
    if (!ok() || !values_) return;
    uint64_t kept = 0;
    for (uint64_t r = 0; r < plan_.repeats; ++r) {
      for (uint32_t e = 0; e < plan_.lanes; ++e) {
        if (!plan_.active(in_, r, e)) continue;
        const bool bit =
            plan_.mode == 0 && (ub_[bits.base + r * bits.step + e / 8] >> e % 8 & 1) != 0;
        if (gather_mask_takes(plan_.mode, r * plan_.lanes + e, bit)) ++kept;
      }
    }
    inside("dst", in_.dst, kept * plan_.dst.size);
  }

  const VectorInstruction& in_;
  std::span<const uint8_t> ub_;
  bool values_;
  const VectorPlan plan_;
  VectorError error_;
};

}  // namespace

VectorError check_vector(const VectorInstruction& in, std::span<const uint8_t> ub, bool values) {
  return Check(in, ub, values).run();
}

}  // namespace cubist::core
