// SPDX-License-Identifier: Apache-2.0
#include <random>

#include "tests/hbm/controller_bench.h"

using namespace cubist;
using base::Time;
using Bench = test::ControllerBench;

TEST_CASE("unloaded latencies are closed forms of the timing parameters") {
  Bench b;
  const Time atoms = 16 * b.config.atom;
  const Time closed = b.config.controller + b.config.row_to_column + b.config.read_latency + atoms;
  CHECK(b.config.atom == 1111111);
  auto& first = b.probe.read(Bench::line(0));  // Bank closed.
  b.probe.run();
  CHECK(first.done == closed);

  // Lines 0 and 2 share row 0 of pseudo-channel 0.
  auto& hit = b.probe.read(Bench::line(2));
  b.probe.start(b.ns(1000));
  b.simulation.agenda().run(b.ns(2000));
  CHECK(hit.done - hit.issued == b.config.controller + b.config.read_latency + atoms);

  // 16 rows further on in the same pseudo-channel: same bank, next row (banks turn with the row).
  hbm::AddressMap map(b.config);
  uint64_t conflict_line = 4;
  while (map.decode(conflict_line).bank != map.decode(0).bank ||
         map.decode(conflict_line).row == map.decode(0).row ||
         map.decode(conflict_line).pseudo_channel != 0) {
    ++conflict_line;
  }
  CHECK(map.decode(conflict_line).row != map.decode(0).row);
  auto& conflict = b.probe.read(Bench::line(conflict_line));
  b.probe.start(b.ns(3000));
  b.simulation.agenda().run();
  CHECK(conflict.done - conflict.issued == closed + b.config.precharge);
  CHECK(b.controller.counts(0).row_hits == 1);
  CHECK(b.controller.counts(0).row_misses == 2);
}

// SystemC elaborates once per process, so each bench is a test case of its own.
TEST_CASE("a stream reads at the data buses' rate") {
  Bench b;
  CHECK(b.stream_share(20000) == Approx(1.0).epsilon(0.01));
}

TEST_CASE("refreshes take their share of a stream") {
  Bench b(std::vector<std::string>{});
  CHECK(b.stream_share(20000) == Approx(1 - 350.0 / 3900.0).epsilon(0.02));
}

TEST_CASE("random lines are bound by row cycles of banks, not below a third of the peak") {
  Bench b;
  std::mt19937 random(3);
  constexpr unsigned kLines = 20000;
  for (unsigned i = 0; i < kLines; ++i) b.probe.read(Bench::line(random() % 2000000));
  b.probe.run();
  Time last = 0;
  for (const auto& s : b.probe.sent) last = std::max(last, s.done);
  const double share = kLines * 512.0 / (static_cast<double>(last) * 1e-15) / b.config.peak();
  CHECK(share > 0.33);
  CHECK(share < 0.95);
}

TEST_CASE("writes are collected, and cost the bus what they must") {
  Bench b;
  constexpr unsigned kLines = 10000;
  for (unsigned i = 0; i < kLines; ++i) b.probe.request(i % 2 == 1, Bench::line(i / 2), 512);
  b.probe.run();
  Time last = 0;
  for (const auto& s : b.probe.sent) last = std::max(last, s.done);
  const double share = kLines * 512.0 / (static_cast<double>(last) * 1e-15) / b.config.peak();
  CHECK(share > 0.7);
  CHECK(share <= 1.0);
  const auto& counts = b.controller.counts(0);
  CHECK(counts.turnarounds <= kLines / 2 / b.config.write_batch + 2);
  CHECK(counts.read_bytes + counts.write_bytes == kLines * 512 / 2);
}

TEST_CASE("a full queue refuses by the base protocol, and takes the request when a place is free") {
  Bench b({"hbm.trefi_ns=0", "hbm.queue_depth=4"});
  for (unsigned i = 0; i < 8; ++i) b.probe.read(Bench::line(2 * i));  // One pseudo-channel.
  b.probe.run();
  unsigned refused = 0;
  for (unsigned i = 0; i < 8; ++i) {
    const auto& s = b.probe.sent[i];
    INFO("request " << i);
    CHECK(s.state == test::TlmProbe::Sent::State::over);
    CHECK(s.refused == (i >= 4));
    if (s.refused) CHECK(s.taken > s.issued);
    refused += s.refused;
    if (i > 0) CHECK(s.done > b.probe.sent[i - 1].done);
  }
  CHECK(b.controller.refusals() == refused);
  CHECK(b.controller.describe_state().empty());
}

TEST_CASE("b_transport carries data, transport_dbg costs no time, bad addresses are errors") {
  Bench b;
  tlm::tlm_generic_payload p;
  uint8_t data[8] = {1, 2, 3, 4, 5, 6, 7, 8};
  p.set_write();
  p.set_address(Bench::kBase + 100);
  p.set_data_ptr(data);
  p.set_data_length(8);
  p.set_streaming_width(8);
  b.simulation.agenda().run(1);  // Elaborates.
  sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
  b.probe.socket->b_transport(p, delay);
  CHECK(p.is_response_ok());
  CHECK(delay > sc_core::SC_ZERO_TIME);
  uint8_t back[8] = {};
  p.set_read();
  p.set_data_ptr(back);
  CHECK(b.probe.socket->transport_dbg(p) == 8);
  CHECK(std::equal(data, data + 8, back));
  p.set_address(Bench::kBase + (uint64_t{1} << 30) - 4);
  b.probe.socket->b_transport(p, delay);
  CHECK(p.get_response_status() == tlm::TLM_ADDRESS_ERROR_RESPONSE);
  CHECK(b.probe.socket->transport_dbg(p) == 0);
  auto& outside = b.probe.read(Bench::kBase + (uint64_t{1} << 40));
  b.probe.run();
  CHECK(outside.payload.get_response_status() == tlm::TLM_ADDRESS_ERROR_RESPONSE);
}
