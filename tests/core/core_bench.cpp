// SPDX-License-Identifier: Apache-2.0
#include "tests/core/core_bench.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <deque>
#include <map>

#include <tlm_utils/simple_target_socket.h>

#include "abi/cubist_abi.h"
#include "systemc/base/request.h"
#include "systemc/base/simulation.h"
#include "systemc/core/cross_core.h"
#include "systemc/core/data_cache.h"
#include "systemc/memory/memory_map.h"
#include "systemc/riscv/elf.h"

namespace cubist::core {
namespace {

constexpr uint64_t kHbm = 0x10'0000'0000, kHbmBytes = 64 << 20;

/// A target behind one core's socket. It checks the protocol while it answers.
class TestMemory : public sc_core::sc_module, public base::Agent {
 public:
  tlm_utils::simple_target_socket<TestMemory> socket;

  TestMemory(sc_core::sc_module_name name, base::Simulation& simulation, memory::MemoryMap& map,
             const CoreSetup& setup, const base::Clock& clock)
      : sc_module(name),
        socket("socket"),
        simulation_(simulation),
        map_(map),
        setup_(setup),
        latency_(clock.span(setup.latency_cycles)),
        slot_(clock.span(4)) {
    socket.register_nb_transport_fw(this, &TestMemory::nb_transport);
    socket.register_b_transport(this, &TestMemory::b_transport);
  }

  unsigned worst_in_flight = 0;

  void wake(uint64_t token) override {
    tlm::tlm_generic_payload& payload = *reinterpret_cast<tlm::tlm_generic_payload*>(token & ~7ull);
    sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
    if ((token & 7) == 1) {
      waiting_ = false;
      tlm::tlm_phase phase = tlm::END_REQ;
      socket->nb_transport_bw(payload, phase, delay);
      at(latency_, payload, 2);
    } else {
      --in_flight_;
      payload.set_response_status(tlm::TLM_OK_RESPONSE);
      tlm::tlm_phase phase = tlm::BEGIN_RESP;
      REQUIRE(socket->nb_transport_bw(payload, phase, delay) == tlm::TLM_COMPLETED);
      payload.release();
    }
  }

 private:
  void at(base::Time from_now, tlm::tlm_generic_payload& payload, uint64_t kind) {
    simulation_.agenda().at(simulation_.now() + from_now, base::Rank::of(base::kRankMemory, 0),
                            *this, reinterpret_cast<uint64_t>(&payload) | kind);
  }

  tlm::tlm_sync_enum nb_transport(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase,
                                  sc_core::sc_time& delay) {
    REQUIRE(phase == tlm::BEGIN_REQ);
    REQUIRE_FALSE(waiting_);  // The exclusion rule.
    REQUIRE(payload.get_data_length() > 0);
    REQUIRE(payload.get_address() / 512 ==
            (payload.get_address() + payload.get_data_length() - 1) / 512);
    const auto* info = payload.get_extension<base::RequestInfo>();
    REQUIRE(info != nullptr);
    REQUIRE(info->timing_only);
    if (setup_.answering == Answering::refusing && payload.get_address() >= kInput0) {
      payload.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
      delay += sc_core::sc_time::from_value(latency_);
      return tlm::TLM_COMPLETED;
    }
    if (setup_.answering == Answering::at_once || setup_.answering == Answering::refusing) {
      payload.set_response_status(tlm::TLM_OK_RESPONSE);
      delay += sc_core::sc_time::from_value(latency_);
      return tlm::TLM_COMPLETED;
    }
    worst_in_flight = std::max(worst_in_flight, ++in_flight_);
    payload.acquire();
    if (setup_.answering == Answering::stingy) {
      waiting_ = true;
      at(slot_ * (in_flight_ > 4 ? 10 : 1), payload, 1);
      return tlm::TLM_ACCEPTED;
    }
    at(latency_, payload, 2);
    phase = tlm::END_REQ;
    return tlm::TLM_UPDATED;
  }

  void b_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
    std::span<uint8_t> data(payload.get_data_ptr(), payload.get_data_length());
    const bool ok = payload.is_write() ? map_.write(payload.get_address(), data)
                                       : map_.read(payload.get_address(), data);
    payload.set_response_status(ok ? tlm::TLM_OK_RESPONSE : tlm::TLM_ADDRESS_ERROR_RESPONSE);
    delay += sc_core::sc_time::from_value(latency_);
  }

  base::Simulation& simulation_;
  memory::MemoryMap& map_;
  CoreSetup setup_;
  base::Time latency_, slot_;
  bool waiting_ = false;
  unsigned in_flight_ = 0;
};

/// Hashes events by content, and remembers names; tracks are known by the part behind the core.
class Recorder : public base::EventSink {
 public:
  explicit Recorder(const base::EventBus& bus) : bus_(bus) {}
  void begin(const std::string& core, base::Time origin) {
    core_ = core;
    origin_ = origin;
    hash = 1469598103934665603u;
    count = 0;
    names.clear();
  }
  void on_event(const base::Event& e) override {
    const std::string& path = bus_.track_path(e.track);
    if (path.compare(0, core_.size(), core_) != 0) return;
    REQUIRE(e.time >= last_);
    last_ = e.time;
    const std::string track = path.size() > core_.size() ? path.substr(core_.size() + 1) : "";
    int& depth = depth_[path];
    if (e.kind == base::EventKind::begin) REQUIRE(++depth == 1);
    if (e.kind == base::EventKind::end) REQUIRE(--depth == 0);
    if (e.kind != base::EventKind::end) names[track].push_back(bus_.text(e.name));
    text(track);
    text(bus_.text(e.name));
    number(static_cast<uint64_t>(e.kind));
    number(e.time - origin_);
    number(e.flow);
    for (unsigned i = 0; i < e.arg_count; ++i) {
      text(bus_.text(e.args[i].key));
      number(e.args[i].value);
    }
    ++count;
  }
  bool closed() const {
    for (const auto& [path, depth] : depth_) {
      if (path.compare(0, core_.size(), core_) == 0 && depth != 0) return false;
    }
    return true;
  }
  uint64_t hash = 0, count = 0;
  std::map<std::string, std::vector<std::string>> names;

 private:
  void number(uint64_t v) {
    for (int i = 0; i < 8; ++i) hash = (hash ^ (v >> (8 * i) & 0xff)) * 1099511628211u;
  }
  void text(const std::string& s) {
    for (const char c : s) number(static_cast<uint64_t>(c));
  }
  const base::EventBus& bus_;
  std::string core_;
  base::Time origin_ = 0, last_ = 0;
  std::map<std::string, int> depth_;
};

base::ParameterTable table() {
  base::ParameterTable t;
  declare_parameters(t);
  t.declare_choice("sim.timing", "full", {"none", "fast", "full"}, "");
  t.declare_choice("sim.values", "on", {"on", "off"}, "");
  t.declare_int("sim.quantum_cycles", "cycles", 100, 1, int64_t{1} << 40, "");
  return t;
}

}  // namespace

struct CoreBench::Impl : CoreListener {
  struct Slot {
    CoreSetup setup;
    std::unique_ptr<CubeUnit> cube;
    std::unique_ptr<TestMemory> memory;
    std::unique_ptr<AiCore> core;
    base::Time started = 0, ended = 0;
    unsigned notified = 0;
  };
  explicit Impl(const std::vector<CoreSetup>& setups)
      : simulation(table()), map(kHbm, kHbmBytes), clock(1.85e9), recorder(simulation.bus()) {
    unsigned i = 0;
    for (const CoreSetup& s : setups) {
      CoreConfig config = core_config(simulation.parameters());
      config.timing = s.timing;
      config.quantum_cycles = s.quantum;
      config.max_outstanding = s.max_outstanding;
      config.max_outstanding_writes = s.max_outstanding_writes;
      config.cold_start_cycles = s.cold_start_cycles;
      config.unaligned_share = s.unaligned_share;
      config.icache_bytes = s.icache_bytes;
      config.stale_values = s.stale_values;
      Slot slot;
      slot.setup = s;
      const std::string name = "core" + std::to_string(i);
      if (s.kind == CoreKind::aic) slot.cube = make_cube_model(config.cube);
      slot.memory =
          std::make_unique<TestMemory>((name + "_memory").c_str(), simulation, map, s, clock);
      slot.core = std::make_unique<AiCore>(name.c_str(), simulation, s.kind, i, i, config, map,
                                           slot.cube.get(), *this);
      slot.core->gm.bind(slot.memory->socket);
      slot.core->connect(cross_core, dirty);
      slots.push_back(std::move(slot));
      ++i;
    }
    simulation.bus().attach(recorder);
    auto loaded = riscv::load_elf(CORE_KERNELS);
    REQUIRE(loaded.error == "");
    image = std::move(*loaded.image);
    for (const auto& segment : image.segments) map.write(segment.physical_address, segment.data);
  }
  void core_finished(CoreKind, unsigned index) override {
    ++slots[index].notified;
    slots[index].ended = simulation.now();
    simulation.agenda().stop();
  }

  base::Simulation simulation;
  memory::MemoryMap map;
  base::Clock clock;
  CrossCoreUnit cross_core{simulation, clock.span(130)};
  DirtyLines dirty;
  Recorder recorder;
  std::vector<Slot> slots;
  riscv::ElfImage image;
};

CoreBench::CoreBench(const std::vector<CoreSetup>& cores) : impl_(std::make_unique<Impl>(cores)) {}
CoreBench::~CoreBench() = default;

AiCore& CoreBench::core(unsigned index) {
  return *impl_->slots[index].core;
}
memory::MemoryMap& CoreBench::memory() {
  return impl_->map;
}
base::Simulation& CoreBench::simulation() {
  return impl_->simulation;
}

std::vector<std::string> CoreBench::names(unsigned, const std::string& track) const {
  const auto found = impl_->recorder.names.find(track);
  return found == impl_->recorder.names.end() ? std::vector<std::string>() : found->second;
}

uint64_t CoreBench::statistic(const std::string& path_end, unsigned core) const {
  const std::string path = "core" + std::to_string(core) + "." + path_end;
  for (const base::Statistic& s : impl_->simulation.statistics()) {
    if (s.path == path) return *s.value;
  }
  FAIL("no statistic " << path);
  return 0;
}

unsigned CoreBench::worst_in_flight(unsigned core) const {
  return impl_->slots[core].memory->worst_in_flight;
}

uint64_t CoreBench::symbol(const std::string& name) const {
  const riscv::ElfSymbol* symbol = impl_->image.find(name);
  REQUIRE(symbol != nullptr);
  return symbol->address;
}

void CoreBench::start(uint64_t entry, const TestArgs& args, unsigned core) {
  Impl& d = *impl_;
  Impl::Slot& slot = d.slots[core];
  const uint64_t args_address =
      kArgsAddress + core * (16 << 10);  // The same lines of every data cache.
  put(args_address, &args, sizeof args);
  // On a clock edge, so that runs can be compared.
  const base::Time now = d.simulation.now();
  d.simulation.agenda().run(d.clock.time_of(d.clock.cycle_from(now) + 1));
  slot.started = d.simulation.now();
  slot.notified = 0;
  d.recorder.begin("core" + std::to_string(core), slot.started);
  AiCore& c = *slot.core;
  REQUIRE(c.write_register(CUBIST_CORE_ENTRY, entry));
  REQUIRE(c.write_register(CUBIST_CORE_ARGS, args_address));
  REQUIRE(c.write_register(CUBIST_CORE_BLOCK, uint64_t{5} << 32 | 3));
  REQUIRE(c.write_register(CUBIST_CORE_FLOW, 77));
  REQUIRE(c.write_register(CUBIST_CORE_START, 1));
}

void CoreBench::advance(uint64_t cycles) {
  impl_->simulation.agenda().run(impl_->simulation.now() + impl_->clock.span(cycles));
}

CoreResult CoreBench::result(unsigned core) {
  CoreResult r;
  Impl::Slot& slot = impl_->slots[core];
  AiCore& c = *slot.core;
  REQUIRE(c.read_register(CUBIST_CORE_STATUS, r.status));
  REQUIRE(c.read_register(CUBIST_CORE_ERROR, r.error));
  REQUIRE(c.read_register(CUBIST_CORE_ERROR_PC, r.pc));
  REQUIRE(c.read_register(CUBIST_CORE_ERROR_ADDRESS, r.address));
  REQUIRE(c.read_register(CUBIST_CORE_ERROR_INFO, r.info));
  r.cycles = slot.notified != 0 ? impl_->clock.cycle_at(slot.ended - slot.started) : 0;
  r.trace_hash = impl_->recorder.hash;
  r.events = impl_->recorder.count;
  r.notified = slot.notified;
  r.text = c.error_text();
  if (r.status != 1) CHECK(impl_->recorder.closed());
  return r;
}

CoreResult CoreBench::run(const std::string& kernel, const TestArgs& args, unsigned core,
                          uint64_t limit_cycles) {
  start(symbol(kernel), args, core);
  advance(limit_cycles);
  CoreResult r = result(core);
  INFO(kernel << ": " << r.text << "\n" << this->core(core).describe_state());
  REQUIRE(r.notified == 1);
  return r;
}

void CoreBench::put(uint64_t address, const void* data, size_t bytes) {
  REQUIRE(impl_->map.write(address, {static_cast<const uint8_t*>(data), bytes}));
}
void CoreBench::get(uint64_t address, void* data, size_t bytes) {
  REQUIRE(impl_->map.read(address, {static_cast<uint8_t*>(data), bytes}));
}

}  // namespace cubist::core
