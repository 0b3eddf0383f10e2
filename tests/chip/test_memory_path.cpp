// SPDX-License-Identifier: Apache-2.0
// Interconnect, L2 and HBM of ascend-910b1 together, under the load of all vector cores.
#include "systemc/chip/floorplan.h"
#include "systemc/chip/in_process.h"
#include "systemc/hbm/hbm_controller.h"
#include "systemc/l2/l2_slice.h"
#include "systemc/memory/crossbar.h"
#include "systemc/memory/memory_map.h"
#include "systemc/noc/noc.h"
#include "tests/memory/stalling_target.h"
#include "tests/memory/tlm_probe.h"

using namespace cubist;
using base::Time;

namespace {

constexpr uint64_t kBase = 0x10'0000'0000;
constexpr unsigned kAics = 24;
constexpr unsigned kNodes = 48;

struct Bench {
  explicit Bench(const std::string& setting = "hbm.model=approximate")
      : simulation(
            chip::load_parameters(CUBIST_CONFIGS, "ascend-910b1",
                                  {"l2.write_miss=allocate", "noc.link_bytes=512", setting})),
        hbm_config(hbm::hbm_config(simulation.parameters())),
        l2_config(l2::l2_config(simulation.parameters())),
        map(kBase, hbm_config.bytes),
        interleave(kBase, l2_config.slices, l2_config.turn_rounds),
        channel_interleave(kBase, hbm_config.channels()),
        crossbar("crossbar", simulation, l2_config.slices, channel_interleave,
                 base::Clock(l2_config.hertz).span(l2_config.memory_cycles)),
        noc("noc", simulation, noc_config(), interleave, map) {
    for (unsigned i = 0; i < l2_config.slices; ++i) {
      const std::string n = std::to_string(i);
      slices.push_back(std::make_unique<l2::L2Slice>(("slice" + n).c_str(), simulation, l2_config,
                                                     interleave, i, hbm_config.bytes, map));
      noc.targets[i].bind(slices[i]->target);
      slices[i]->memory_side.socket.bind(crossbar.sources[i]);
    }
    for (unsigned i = 0; i < hbm_config.channels(); ++i) {
      channels.push_back(
          std::make_unique<hbm::HbmController>(("channel" + std::to_string(i)).c_str(), simulation,
                                               hbm_config, channel_interleave, i, map));
      crossbar.targets[i].bind(channels[i]->target);
    }
    for (unsigned i = 0; i < noc.nodes.size(); ++i) {
      probes.push_back(
          std::make_unique<test::TlmProbe>(("probe" + std::to_string(i)).c_str(), simulation, i));
      probes[i]->socket.bind(noc.nodes[i]);
    }
    host = std::make_unique<test::StallingTarget>("host", simulation, map);
    noc.targets[l2_config.slices].bind(host->socket);
  }
  /// 24 cube cores, which stay idle, and the vector cores.
  noc::NocConfig noc_config() const {
    return chip::floorplan(simulation.parameters(), kAics, kNodes, l2_config.slices);
  }
  /// All vector cores move `lines` lines each, one after the other in memory, one in 5.5 cycles,
  /// which is a little more than the slices' ports carry; bytes per second until the last is done.
  double rate(unsigned lines, bool write) {
    const Time start = simulation.now();
    std::vector<size_t> first;
    for (unsigned n = kAics; n < kAics + kNodes; ++n) {
      first.push_back(probes[n]->sent.size());
      for (unsigned i = 0; i < lines; ++i) {
        probes[n]->request(write, kBase + (uint64_t{n - kAics} * lines + i) * 512, 512);
      }
      probes[n]->pace = base::Clock(1.85e9).period() * 11 / 2;
      probes[n]->start(start);
    }
    simulation.agenda().run();
    Time last = 0;
    for (unsigned n = kAics; n < kAics + kNodes; ++n) {
      for (size_t i = first[n - kAics]; i < probes[n]->sent.size(); ++i) {
        REQUIRE(probes[n]->sent[i].state == test::TlmProbe::Sent::State::over);
        last = std::max(last, probes[n]->sent[i].done);
      }
    }
    return double(kNodes) * lines * 512 / (static_cast<double>(last - start) * 1e-15);
  }

  base::Simulation simulation;
  hbm::HbmConfig hbm_config;
  l2::L2Config l2_config;
  memory::MemoryMap map;
  memory::Interleave interleave, channel_interleave;
  memory::Crossbar crossbar;
  noc::Noc noc;
  std::vector<std::unique_ptr<l2::L2Slice>> slices;
  std::vector<std::unique_ptr<hbm::HbmController>> channels;
  std::unique_ptr<test::StallingTarget> host;
  std::vector<std::unique_ptr<test::TlmProbe>> probes;
};

}  // namespace

TEST_CASE("48 cores stream from HBM at its rate, and again from L2 at the slices' rate") {
  Bench b;
  const double cold = b.rate(1000, false) / 1e12;
  const double warm = b.rate(1000, false) / 1e12;
  INFO("cold " << cold << " TB/s, warm " << warm << " TB/s");
  // Refreshes leave 91 % of 1.638 TB/s; 48 streams that meet in banks and queues take more.
  CHECK(cold > 0.70 * 1.638);
  CHECK(cold < 0.93 * 1.638);
  // Published: 7 TB/s mixed to 8 TB/s in theory; the preset's ports carry 7.1.
  CHECK(warm > 6.6);
  CHECK(warm < 7.11);
  // Each line is one flit on the way up and one back.
  CHECK(b.noc.busiest_link().find(" -> ") != std::string::npos);
  uint64_t misses = 0;
  for (const auto& slice : b.slices) misses += slice->counts().misses;
  CHECK(misses == kNodes * 1000);
}

TEST_CASE("the same with every HBM command by the JEDEC rules") {
  Bench b("hbm.model=full");
  const double cold = b.rate(1000, false) / 1e12;
  const double warm = b.rate(1000, false) / 1e12;
  INFO("cold " << cold << " TB/s, warm " << warm << " TB/s");
  // Published for a tensor read four times: 1208 MB in 808 us, 1.50 TB/s. Lines of 48 streams meet
  // in banks; reordering among the preset's 24 queued requests makes good for most of it.
  CHECK(cold > 1.42);
  CHECK(cold < 1.57);
  CHECK(warm > 6.6);
  CHECK(warm < 7.11);
}

TEST_CASE("writes beyond the L2 are written back at HBM's rate") {
  Bench b;
  const double into_l2 = b.rate(1000, true) / 1e12;
  CHECK(into_l2 > 6.6);
  // 288 MiB through 192 MiB.
  b.rate(12288, true);
  uint64_t written = 0;
  for (const auto& slice : b.slices) written += slice->counts().writeback_bytes;
  CHECK(written >= (uint64_t{288 - 192} << 20));
}
