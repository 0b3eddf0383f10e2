// SPDX-License-Identifier: Apache-2.0
// What the chip says about an error, in the words of the program: kernel, function, source line,
// instruction, flag, allocation.
#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "abi/core_isa.h"
#include "runtime/host/device_state.h"

namespace cubist::host {
namespace {

std::string hex(uint64_t value) {
  char text[24];
  std::snprintf(text, sizeof text, "0x%llx", static_cast<unsigned long long>(value));
  return text;
}

std::string pipe_of(uint64_t number) {
  return number < abi::kPipes ? std::string(abi::kPipeNames[number]) : std::to_string(number);
}

/// Errors whose address is a flag: CORE.ERROR_ADDRESS in docs/core.md.
bool names_flag(ErrorCode code) {
  return code == ErrorCode::deadlock || code == ErrorCode::flag_overflow ||
         code == ErrorCode::cross_core_overflow;
}

/// Flags have 24 bits; a greater number is an address in L0C whose unit flags hold a pipe back.
std::string flag_of(uint64_t address) {
  const uint64_t source = address & 0xff, id = address >> 8 & 0xff, to = address >> 16 & 0xff;
  if (address >= 0xff'ffff) return "a unit flag";
  if (source == CUBIST_CROSS_CORE_FLAG) {
    return "cross-core flag " + std::to_string(id) + " on " + pipe_of(to);
  }
  return "flag " + std::to_string(id) + " (" + pipe_of(source) + " to " + pipe_of(to) + ")";
}

std::string core_name(bool vector_core, unsigned core) {
  return (vector_core ? "AIV " : "AIC ") + std::to_string(core);
}

std::string source_text(const std::optional<SourceLine>& line) {
  return line ? line->file + ":" + std::to_string(line->line) : std::string();
}

/// The other cores of a deadlock, as the record has them.
std::vector<WaitingCore> waiting_of(const cubist_error_record& record, const ModuleState& module) {
  const uint64_t words[] = {record.waiter0, record.waiter1, record.waiter2, record.waiter3,
                            record.waiter4, record.waiter5, record.waiter6, record.waiter7};
  std::vector<WaitingCore> waiting;
  for (const uint64_t word : words) {
    if (waiting.size() == record.waiting) break;
    WaitingCore& w = waiting.emplace_back();
    const unsigned index = word & 0xffff;
    w.vector_core = index >= CUBIST_AIV_INDEX;
    w.core = w.vector_core ? index - static_cast<unsigned>(CUBIST_AIV_INDEX) : index;
    w.pc = record.entry + static_cast<uint64_t>(static_cast<int64_t>(word) >> 40);
    w.where = module.symbolise(w.pc);
    w.source = source_text(module.source(w.pc));
    w.flag = flag_of(word >> 16 & 0xff'ffff);
  }
  return waiting;
}

}  // namespace

Error DeviceState::error_of(const Command& command, QueueState& queue,
                            const cubist_completion& completion) {
  const auto code = static_cast<ErrorCode>(completion.error);
  const ErrorText text = error_text(completion.error);
  const std::string what = std::string(command.type) +
                           (command.label.empty() ? "" : " '" + command.label + "'") +
                           " (command " + std::to_string(command.task) + ", stream " +
                           std::to_string(completion.stream) + ")";
  const cubist_error_record record = queue.queue.error_record();
  const bool has_record = record.task == command.task && record.error == completion.error;
  const uint32_t core = has_record ? record.core : completion.detail;
  if (!command.module || (!has_record && completion.detail == 0)) {
    std::string message = what + ": " + text.name + ": " + text.text;
    if (has_record && record.address != 0) {
      message += " (address " + hex(record.address) + ")";
      const std::string nearest = memory_.describe(record.address);
      if (!nearest.empty()) message += ", " + nearest;
    }
    return Error(code, message, text.hint);
  }
  Fault fault;
  fault.kernel = command.label;
  fault.vector_core = core >= CUBIST_AIV_INDEX && core != CUBIST_NO_CORE;
  fault.core = fault.vector_core ? core - static_cast<uint32_t>(CUBIST_AIV_INDEX) : core;
  fault.block = has_record ? record.block : 0;
  fault.pc = has_record ? record.pc : 0;
  fault.address = has_record ? record.address : 0;
  fault.info = has_record ? record.info : 0;
  fault.where = command.module->symbolise(fault.pc);
  fault.source = source_text(command.module->source(fault.pc));
  if (has_record) {
    fault.bits = {record.bits0, record.bits1, record.bits2,
                  record.bits3, record.bits4, record.bits5};
    fault.pc_start = record.pc_start;
    fault.pc_current = record.pc_current;
    fault.unit_info = {record.info_vec, record.info_mte,  record.info_ifu,
                       record.info_ccu, record.info_cube, record.info_biu};
    fault.waiting = waiting_of(record, *command.module);
    fault.waiting_count = record.waiting;
  }
  const bool scalar_error = (fault.info & 0xff) == 0 && (fault.info >> 8 & 0xff) == 0;
  if (has_record && !scalar_error) {
    const abi::InstructionInfo* info =
        abi::find_instruction(fault.info & 0xff, fault.info >> 8 & 0xff);
    if (info != nullptr) {
      fault.instruction = std::string(abi::pipe_name(info->pipe)) + "." + std::string(info->name);
    }
  }
  if (fault.address >= CUBIST_REGION_HBM_BASE) fault.nearest = memory_.describe(fault.address);
  std::string message = what + ": " + text.name + ": " + text.text;
  if (core != CUBIST_NO_CORE) {
    message += "; on " + core_name(fault.vector_core, fault.core);
  }
  if (has_record) {
    message += ", block " + std::to_string(fault.block) + ", pc " + hex(fault.pc);
    const std::string place = command.module->place(fault.pc);
    if (!place.empty()) message += " (" + place + ")";
    if (!fault.instruction.empty()) message += ", " + fault.instruction;
    if (names_flag(code)) {
      message += ", " + flag_of(fault.address);
    } else {
      message += ", address " + hex(fault.address);
      if (!fault.nearest.empty()) message += " (" + fault.nearest + ")";
    }
  }
  for (const ErrorBit& bit : error_bits(fault.bits)) {
    message += ", bit " + std::to_string(bit.bit) + " " + bit.name;
  }
  for (const WaitingCore& w : fault.waiting) {
    const std::string place = command.module->place(w.pc);
    message += "; " + core_name(w.vector_core, w.core) + " waits at pc " + hex(w.pc) +
               (place.empty() ? "" : " (" + place + ")") + " for " + w.flag;
  }
  if (fault.waiting_count > fault.waiting.size()) {
    message +=
        "; and " + std::to_string(fault.waiting_count - fault.waiting.size()) + " more cores wait";
  }
  return Error(code, message, fault);
}

std::string DeviceState::with_places(const std::string& text) const {
  static constexpr char kMark[] = "pc 0x";
  std::string result;
  size_t from = 0;
  for (size_t at = text.find(kMark); at != std::string::npos; at = text.find(kMark, from)) {
    const char* digits = text.c_str() + at + sizeof kMark - 1;
    char* end = nullptr;
    const uint64_t pc = std::strtoull(digits, &end, 16);
    const size_t behind = static_cast<size_t>(end - text.c_str());
    result += text.substr(from, behind - from);
    from = behind;
    for (const auto& weak : modules_) {
      const auto module = weak.lock();
      const std::string place = module ? module->place(pc) : std::string();
      if (place.empty()) continue;
      result += " (" + place + ")";
      break;
    }
  }
  return result + text.substr(from);
}

}  // namespace cubist::host
