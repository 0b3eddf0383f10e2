// SPDX-License-Identifier: Apache-2.0
// A core from outside: its registers.
#include "systemc/core/ai_core.h"

#include "systemc/core/core_parts.h"

namespace cubist::core {

AiCore::AiCore(sc_core::sc_module_name name, base::Simulation& simulation, CoreKind kind,
               unsigned index, uint32_t rank_core, const CoreConfig& config,
               memory::MemoryPort& memory, CubeUnit* cube, CoreListener& listener)
    : sc_module(name),
      gm("gm"),
      parts_(std::make_unique<Parts>(*this, simulation, kind, index, rank_core, config, memory,
                                     cube, listener)) {
  gm.register_nb_transport_bw(this, &AiCore::receive);
}

AiCore::~AiCore() = default;

tlm::tlm_sync_enum AiCore::receive(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase,
                                   sc_core::sc_time& delay) {
  return parts_->client.receive(payload, phase, delay);
}

void AiCore::connect(CrossCoreUnit& unit, DirtyLines& dirty) {
  parts_->cross_core = &unit;
  parts_->context.dirty = &dirty;
}

bool AiCore::inject_ecc(uint64_t address) {
  return parts_->buffers.poison(address);
}

void AiCore::set_identity(uint32_t initiator, uint32_t node) {
  parts_->initiator = initiator;
  parts_->node = node;
  parts_->client.set_identity(initiator, node);
}

bool AiCore::read_register(uint64_t offset, uint64_t& value) {
  const Parts& p = *parts_;
  switch (offset) {
    case CUBIST_CORE_ENTRY:
      value = p.entry;
      return true;
    case CUBIST_CORE_ARGS:
      value = p.args;
      return true;
    case CUBIST_CORE_BLOCK:
      value = p.block;
      return true;
    case CUBIST_CORE_FLOW:
      value = p.flow;
      return true;
    case CUBIST_CORE_GROUP:
      value = p.group;
      return true;
    case CUBIST_CORE_STATUS:
      value = p.status;
      return true;
    case CUBIST_CORE_ERROR:
      value = p.error.code;
      return true;
    case CUBIST_CORE_ERROR_PC:
      value = p.error.pc;
      return true;
    case CUBIST_CORE_ERROR_ADDRESS:
      value = p.error.address;
      return true;
    case CUBIST_CORE_ERROR_INFO:
      value = p.error.info();
      return true;
    case CUBIST_CORE_ERROR_BITS0:
    case CUBIST_CORE_ERROR_BITS1:
    case CUBIST_CORE_ERROR_BITS2:
    case CUBIST_CORE_ERROR_BITS3:
    case CUBIST_CORE_ERROR_BITS4:
    case CUBIST_CORE_ERROR_BITS5:
      value = p.report.bits[(offset - CUBIST_CORE_ERROR_BITS0) / 8];
      return true;
    case CUBIST_CORE_ERROR_PC_START:
      value = p.report.pc_start;
      return true;
    case CUBIST_CORE_ERROR_PC_CURRENT:
      value = p.report.pc_current;
      return true;
    case CUBIST_CORE_INFO_VEC:
      value = p.report.vec;
      return true;
    case CUBIST_CORE_INFO_MTE:
      value = p.report.mte;
      return true;
    case CUBIST_CORE_INFO_IFU:
      value = p.report.ifu;
      return true;
    case CUBIST_CORE_INFO_CCU:
      value = p.report.ccu;
      return true;
    case CUBIST_CORE_INFO_CUBE:
      value = p.report.cube;
      return true;
    case CUBIST_CORE_INFO_BIU:
      value = p.report.biu;
      return true;
    default:
      return false;
  }
}

bool AiCore::write_register(uint64_t offset, uint64_t value) {
  Parts& p = *parts_;
  switch (offset) {
    case CUBIST_CORE_ENTRY:
      p.entry = value;
      return true;
    case CUBIST_CORE_ARGS:
      p.args = value;
      return true;
    case CUBIST_CORE_BLOCK:
      p.block = value;
      return true;
    case CUBIST_CORE_FLOW:
      p.flow = value;
      return true;
    case CUBIST_CORE_GROUP:
      p.group = value;
      return true;
    case CUBIST_CORE_START:
      if (value == 1) p.start();
      if (value == 2) p.kill();
      return value == 1 || value == 2;
    default:
      return false;
  }
}

CoreKind AiCore::core_kind() const {
  return parts_->kind;
}
unsigned AiCore::index() const {
  return parts_->index;
}
bool AiCore::running() const {
  return parts_->status == kRunning;
}
std::string AiCore::describe_state() const {
  std::string text;
  bool line_start = true;
  for (const char c : parts_->describe()) {
    if (line_start) text += parts_->context.path + ".";
    line_start = c == '\n';
    text += c;
  }
  return text.empty() ? text : text + "\n";
}
std::string AiCore::error_text() const {
  return parts_->error.text;
}
riscv::Hart& AiCore::hart() {
  return parts_->scalar.hart();
}

}  // namespace cubist::core
