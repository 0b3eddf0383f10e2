// SPDX-License-Identifier: Apache-2.0
#include "tests/kernels/core_runner.h"

#include <catch2/catch.hpp>
#include <cstring>
#include <fstream>
#include <iterator>

#include <tlm_utils/simple_target_socket.h>

#include "abi/cubist_abi.h"
#include "abi/kernel_abi.h"
#include "runtime/host/elf_image.h"
#include "systemc/base/simulation.h"
#include "systemc/core/ai_core.h"
#include "systemc/core/vector/half.h"
#include "systemc/memory/memory_map.h"

namespace cubist::test {
namespace {

constexpr uint64_t kHbm = CUBIST_REGION_HBM_BASE;
constexpr uint64_t kFirst = kHbm + (1 << 20);

// Memory with a fixed latency; the bytes of bulk transfers move elsewhere.
struct FlatMemory : sc_core::sc_module {
  tlm_utils::simple_target_socket<FlatMemory> socket;
  memory::MemoryMap& map;

  FlatMemory(sc_core::sc_module_name name, memory::MemoryMap& memory)
      : sc_module(name), socket("socket"), map(memory) {
    socket.register_b_transport(this, &FlatMemory::serve);
    socket.register_nb_transport_fw(this, &FlatMemory::request);
  }
  void serve(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
    delay += sc_core::sc_time(100, sc_core::SC_NS);
    bool ok = true;
    if (payload.get_data_ptr() != nullptr) {
      std::span<uint8_t> data(payload.get_data_ptr(), payload.get_data_length());
      ok = payload.is_read() ? map.read(payload.get_address(), data)
                             : map.write(payload.get_address(), data);
    }
    payload.set_response_status(ok ? tlm::TLM_OK_RESPONSE : tlm::TLM_ADDRESS_ERROR_RESPONSE);
  }
  tlm::tlm_sync_enum request(tlm::tlm_generic_payload& payload, tlm::tlm_phase&,
                             sc_core::sc_time& delay) {
    delay += sc_core::sc_time(100, sc_core::SC_NS);
    payload.set_response_status(tlm::TLM_OK_RESPONSE);
    return tlm::TLM_COMPLETED;
  }
};

struct Listener : core::CoreListener {
  base::Simulation* simulation = nullptr;
  void core_finished(core::CoreKind, unsigned) override { simulation->agenda().stop(); }
};

std::vector<uint8_t> read_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  REQUIRE(in);
  return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace

struct CoreRunner::Parts {
  base::Simulation simulation{base::ParameterTable()};
  memory::MemoryMap memory{kHbm, uint64_t{1} << 30};
  FlatMemory flat{"flat", memory};
  Listener listener;
  std::unique_ptr<core::AiCore> core;
  std::vector<uint8_t> file = read_file(KERNELS_ELF);
  host::ElfImage image{file, "kernels.elf"};
  uint64_t next = kFirst;
  std::vector<std::pair<uint64_t, uint64_t>> guards;

  uint64_t entry(const std::string& name) const {
    const host::ElfSection* table = image.section(CUBIST_KERNEL_SECTION);
    REQUIRE(table != nullptr);
    for (size_t at = 0; at + sizeof(cubist_kernel_info) <= table->bytes.size();
         at += sizeof(cubist_kernel_info)) {
      cubist_kernel_info info;
      std::memcpy(&info, &table->bytes[at], sizeof(info));
      if (name == info.name) return kHbm + info.entry;
    }
    FAIL("no kernel " << name);
    return 0;
  }
};

CoreRunner::CoreRunner(uint32_t ub_bytes) : parts_(std::make_unique<Parts>()) {
  parts_->listener.simulation = &parts_->simulation;
  core::CoreConfig config;
  config.ub_bytes = ub_bytes;
  parts_->core =
      std::make_unique<core::AiCore>("aiv", parts_->simulation, core::CoreKind::aiv, 0, 0, config,
                                     parts_->memory, nullptr, parts_->listener);
  parts_->core->gm.bind(parts_->flat.socket);
  for (const host::ElfSegment& segment : parts_->image.segments()) {
    REQUIRE(parts_->memory.write(kHbm + segment.address, segment.bytes));
  }
}

CoreRunner::~CoreRunner() = default;

uint64_t CoreRunner::allocate(uint64_t bytes) {
  const uint64_t address = parts_->next;
  const uint64_t end = (address + bytes + 511) / 512 * 512 + 4096;
  const std::vector<uint8_t> filler(end - address, kGuard);
  REQUIRE(parts_->memory.write(address, filler));
  parts_->guards.emplace_back(address + bytes, end);
  parts_->next = end;
  return address;
}

uint64_t CoreRunner::put(const std::vector<uint16_t>& values) {
  const uint64_t address = allocate(values.size() * 2);
  REQUIRE(parts_->memory.write(
      address, {reinterpret_cast<const uint8_t*>(values.data()), values.size() * 2}));
  return address;
}

uint64_t CoreRunner::put(const std::vector<float>& values) {
  const uint64_t address = allocate(values.size() * 4);
  REQUIRE(parts_->memory.write(
      address, {reinterpret_cast<const uint8_t*>(values.data()), values.size() * 4}));
  return address;
}

std::vector<uint16_t> CoreRunner::get16(uint64_t address, size_t count) const {
  std::vector<uint16_t> values(count);
  REQUIRE(parts_->memory.read(address, {reinterpret_cast<uint8_t*>(values.data()), count * 2}));
  return values;
}

std::vector<float> CoreRunner::get32(uint64_t address, size_t count) const {
  std::vector<float> values(count);
  REQUIRE(parts_->memory.read(address, {reinterpret_cast<uint8_t*>(values.data()), count * 4}));
  return values;
}

void CoreRunner::check_guards() const {
  for (const auto& [begin, end] : parts_->guards) {
    std::vector<uint8_t> bytes(end - begin);
    REQUIRE(parts_->memory.read(begin, bytes));
    for (size_t i = 0; i < bytes.size(); ++i) {
      if (bytes[i] != kGuard) FAIL("a kernel wrote " << i << " bytes behind an allocation");
    }
  }
}

void CoreRunner::run_words(const std::string& name, const uint64_t* words, size_t count,
                           unsigned blocks) {
  const uint64_t args = allocate(count * 8);
  REQUIRE(parts_->memory.write(args, {reinterpret_cast<const uint8_t*>(words), count * 8}));
  core::AiCore& core = *parts_->core;
  const base::Time start = parts_->simulation.now();
  for (unsigned block = 0; block < blocks; ++block) {
    REQUIRE(core.write_register(CUBIST_CORE_ENTRY, parts_->entry(name)));
    REQUIRE(core.write_register(CUBIST_CORE_ARGS, args));
    REQUIRE(core.write_register(CUBIST_CORE_BLOCK, block | uint64_t{blocks} << 32));
    REQUIRE(core.write_register(CUBIST_CORE_START, 1));
    parts_->simulation.agenda().run();
    uint64_t status = 0;
    REQUIRE(core.read_register(CUBIST_CORE_STATUS, status));
    if (status != 2)
      FAIL(name << " block " << block << ": " << core.error_text() << core.describe_state());
  }
  cycles_ = (parts_->simulation.now() - start) / base::Clock(1.85e9).period();
}

std::vector<uint16_t> random_halves(size_t count, unsigned seed) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal;
  std::vector<uint16_t> values(count);
  for (uint16_t& value : values) {
    const unsigned kind = random() % 16;
    float x = normal(random);
    if (kind == 0) x = 0.0f;
    if (kind == 1) x = -0.0f;
    if (kind == 2) x = static_cast<float>(static_cast<int>(random() % 9) - 4);
    value = core::half_from_float(x);
  }
  return values;
}

}  // namespace cubist::test
