// SPDX-License-Identifier: Apache-2.0
// What the scalar unit's hart reaches besides memory: CSRs, and the core's own instructions.
#include "abi/cubist_abi.h"
#include "systemc/core/pipe.h"
#include "systemc/core/scalar_unit.h"

namespace cubist::core {
uint64_t ScalarUnit::time() {
  return context_.simulation.now() / base::kNanosecond;
}

bool ScalarUnit::read_csr(uint16_t number, uint64_t& value) {
  using namespace abi::csr_number;
  const LocalBuffers& b = context_.buffers;
  switch (number) {
    case BLOCK_IDX:
      value = block_.block & 0xffffffff;
      return true;
    case BLOCK_NUM:
      value = block_.block >> 32;
      return true;
    case CORE_ID:
      value = identity_.index;
      return true;
    case CORE_KIND:
      value = identity_.cube_core ? 0 : 1;
      return true;
    case ARGS:
      value = block_.args;
      return true;
    case SUB_BLOCK_IDX:
      value = block_.group >> 32 & 0xff;
      return true;
    case SUB_BLOCK_NUM:
      value = block_.group >> 40 & 0xff;
      return true;
    case L1_SIZE:
      value = b.size(abi::Region::L1);
      return true;
    case L0A_SIZE:
      value = b.size(abi::Region::L0A);
      return true;
    case L0B_SIZE:
      value = b.size(abi::Region::L0B);
      return true;
    case L0C_SIZE:
      value = b.size(abi::Region::L0C);
      return true;
    case UB_SIZE:
      value = b.size(abi::Region::UB);
      return true;
    case SCALAR_SIZE:
      value = b.size(abi::Region::SCALAR);
      return true;
    default:
      break;
  }
  const abi::CsrInfo* csr = abi::find_csr(number);
  if (csr == nullptr || !csr->writable) return false;
  value = csrs_[number & 0xff];
  return true;
}

bool ScalarUnit::write_csr(uint16_t number, uint64_t value) {
  const abi::CsrInfo* csr = abi::find_csr(number);
  if (csr == nullptr || !csr->writable) return false;
  csrs_[number & 0xff] = value;
  return true;
}

riscv::BusReply ScalarUnit::custom(uint32_t instruction, uint64_t rd, uint64_t rs1, uint64_t rs2,
                                   bool&, bool& illegal) {
  const abi::InstructionInfo* info = abi::decode(instruction);
  if (info == nullptr) {
    illegal = true;
    return {};
  }
  if (info->pipe == abi::Pipe::S) return scalar_instruction(*info, rs1, rs2);
  const auto number = static_cast<unsigned>(info->pipe);
  Pipe* pipe = hooks_.pipe(number);
  if (pipe == nullptr) {
    illegal = true;
    return {};
  }
  if (pipe->full()) {
    awaited_pipe_ = number;
    return block_on(ScalarWait::queue, context_.names.wait_queue);
  }
  QueueEntry entry;
  entry.info = info;
  entry.dst = rd;
  entry.src = rs1;
  entry.config = rs2;
  for (size_t i = 0; i < info->csrs.size(); ++i) entry.csrs[i] = csrs_[info->csrs[i] & 0xff];
  entry.pc = hart_.pc();
  entry.earliest = context_.cycle() + 1;
  pipe->push(entry);
  riscv::BusReply reply;
  if (context_.timed()) reply.extra_cycles = context_.config.issue_cycles - 1;
  return reply;
}

riscv::BusReply ScalarUnit::scalar_instruction(const abi::InstructionInfo& info, uint64_t address,
                                               uint64_t config) {
  switch (info.id) {
    case abi::Insn::s_trace:
      if (track_.active()) {
        track_.instant(track_.event(base::EventKind::instant, context_.names.trace)
                           .with(context_.names.value, config)
                           .with(context_.names.pc, hart_.pc()));
      }
      return {};
    case abi::Insn::s_trap:
      fail(abi::error_code::TRAP, &info, config, "the kernel called trap(" + hex(config) + ")");
      return {};
    case abi::Insn::s_end:
      if (!hooks_.drained()) return block_on(ScalarWait::end, context_.names.wait_end);
      if (!clean_before_end()) {
        riscv::BusReply later;
        later.status = riscv::BusStatus::retry;
        return later;
      }
      hooks_.ended();
      return {};
    case abi::Insn::s_dcci:
      if (abi::check_config(info, config) != nullptr) {
        fail(abi::error_code::BAD_CONFIG, &info, 0,
             "dcci: configuration " + hex(config) + " is illegal");
        return {};
      }
      return clean_invalidate(address, config);
    case abi::Insn::barrier:
      if (!hooks_.drained()) return block_on(ScalarWait::drain, context_.names.barrier);
      return {};
    default:
      break;  // set_flag, wait_flag
  }
  const auto scalar = static_cast<uint8_t>(abi::Pipe::S);
  const abi::FieldInfo* wrong = abi::check_config(info, config);
  if (info.id == abi::Insn::set_cross_core || info.id == abi::Insn::wait_cross_core) {
    if (wrong != nullptr || info.id == abi::Insn::set_cross_core) {
      fail(abi::error_code::BAD_CONFIG, &info, 0,
           std::string(info.name) + ": " +
               (wrong != nullptr ? "configuration " + hex(config) + " is illegal"
                                 : "the scalar unit can wait for cross-core flags, not set them"));
      return {};
    }
    return wait_for({kCrossCore, scalar, abi::any::WaitCrossCore::unpack(config).id, 0});
  }
  const auto fields = abi::any::SetFlag::unpack(config);
  if (wrong != nullptr || hooks_.pipe(fields.pipe) == nullptr) {
    fail(abi::error_code::BAD_CONFIG, &info, 0,
         std::string(info.name) + ": configuration " + hex(config) +
             " names a pipe that this core does not have");
    return {};
  }
  if (info.id == abi::Insn::set_flag) {
    context_.services.set_flag({scalar, fields.pipe, fields.id, 0}, hart_.pc(), info.op);
    return {};
  }
  return wait_for({fields.pipe, scalar, fields.id, 0});
}

riscv::BusReply ScalarUnit::wait_for(const Flag& flag) {
  if (context_.services.take_flag(flag)) return {};
  awaited_ = flag;
  return block_on(ScalarWait::flag, context_.names.wait_flag);
}

void ScalarUnit::fail(uint16_t code, const abi::InstructionInfo* info, uint64_t address,
                      std::string text) {
  CoreError error;
  error.code = code;
  error.pc = hart_.pc();
  error.address = address;
  error.pipe = static_cast<uint8_t>(abi::Pipe::S);
  error.op = info->op;
  error.text = "scalar unit at pc " + hex(error.pc) + ": " + std::move(text);
  context_.services.fail(error);
}

}  // namespace cubist::core
