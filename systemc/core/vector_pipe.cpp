// SPDX-License-Identifier: Apache-2.0
#include "systemc/core/vector_pipe.h"

#include <algorithm>

#include "systemc/core/vector/vector_unit.h"

namespace cubist::core {

VectorPipe::VectorPipe(CoreContext& context)
    : Pipe(context, abi::Pipe::V), timing_(context.config.vector) {
  const std::string path = context.path + ".v.";
  context.simulation.add_statistic(path + "read_read_cycles", "cycles", &read_read_);
  context.simulation.add_statistic(path + "write_write_cycles", "cycles", &write_write_);
  context.simulation.add_statistic(path + "read_write_cycles", "cycles", &read_write_);
}

CoreError VectorPipe::special_operands(const QueueEntry& e, VectorInstruction& v) const {
  const auto locate = [this](uint64_t address, const char* what, uint32_t& offset) {
    LocalAddress at{};
    const uint32_t ub = 1u << static_cast<unsigned>(abi::Region::UB);
    CoreError error = context_.buffers.locate(address, ub, 1, what, at);
    offset = at.offset;
    return error;
  };
  switch (e.info->form) {
    case abi::Form::gather:
      return locate(v.scalar, "VSCALAR", v.place);
    case abi::Form::compress:
      v.has_place = v.scalar != 0;
      return v.has_place ? locate(v.scalar, "VSCALAR", v.place) : CoreError{};
    case abi::Form::select:
    case abi::Form::select_scalar:
      return locate(e.csr(abi::csr_number::VSELECT), "VSELECT", v.select);
    case abi::Form::merge:
      v.merge_src = e.csr(abi::csr_number::VMERGE_SRC);
      v.merge_len = e.csr(abi::csr_number::VMERGE_LEN);
      return {};
    default:
      return {};
  }
}

CoreError VectorPipe::start(const QueueEntry& e) {
  VectorInstruction v;
  v.op = e.info->op;
  v.config = e.config;
  v.mask0 = e.csr(abi::csr_number::VMASK0);
  v.mask1 = e.csr(abi::csr_number::VMASK1);
  v.scalar = e.csr(abi::csr_number::VSCALAR);
  const auto operand = [this, &e](uint64_t address, const char* what, uint32_t& offset) {
    LocalAddress at{};
    const uint32_t ub = 1u << static_cast<unsigned>(abi::Region::UB);
    CoreError error = context_.buffers.locate(address, ub, 1, what, at);
    offset = at.offset;
    return error;
  };
  if (CoreError error = operand(e.dst, "destination", v.dst)) return error;
  if (e.info->sources >= 1) {
    const uint64_t src0 = e.info->sources == 2 ? e.src & 0xffffffff : e.src;
    if (CoreError error = operand(src0, "source 0", v.src0)) return error;
  }
  if (e.info->sources == 2) {
    if (CoreError error = operand(e.src >> 32, "source 1", v.src1)) return error;
  }
  if (CoreError error = special_operands(e, v)) return error;
  const std::span<uint8_t> ub = context_.buffers.buffer(abi::Region::UB);
  if (const VectorError wrong = check_vector(v, ub, context_.config.values); wrong.code) {
    CoreError error;
    error.code = wrong.code;
    error.address = e.dst;
    error.text = wrong.text;
    return error;
  }
  // Values are in the buffer at once; in simulated time they are there when the instruction is
  // complete, and a program that orders its pipes with flags cannot see the difference.
  if (context_.config.values) execute_vector(v, ub);
  uint64_t cycles = 1, conflicts = 0;
  if (context_.timed()) {
    const VectorCost& cost = timing_.cost(v);
    cycles = std::max<uint64_t>(cost.cycles, 1);
    conflicts = cost.conflicts();
    read_read_ += cost.read_read;
    write_write_ += cost.write_write;
    read_write_ += cost.read_write;
  }
  if (track_.active()) {
    track_.begin(track_.event(base::EventKind::begin, context_.names.of(*e.info))
                     .with(context_.names.repeat, e.config & 0xff)
                     .with(context_.names.conflicts, conflicts)
                     .with(context_.names.pc, e.pc));
  }
  run_until(context_.cycle() + cycles);
  return {};
}

}  // namespace cubist::core
