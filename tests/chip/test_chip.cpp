// SPDX-License-Identifier: Apache-2.0
// The chip through its transport, with the real scheduler firmware.
#include <sys/wait.h>
#include <unistd.h>
#include <catch2/catch.hpp>

#include <cstring>
#include <fstream>
#include <iterator>

#include "abi/cubist_abi.h"
#include "systemc/base/error.h"
#include "systemc/base/simulation.h"
#include "systemc/chip/chip.h"
#include "systemc/chip/in_process.h"
#include "systemc/l2/l2_slice.h"

namespace {

using cubist::WaitResult;
namespace chip = cubist::chip;

std::vector<uint8_t> file_bytes(const char* path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

chip::ChipOptions tiny(const std::vector<std::string>& sets = {}) {
  chip::ChipOptions options;
  options.parameters = chip::load_parameters(CUBIST_CONFIGS, "tiny", sets);
  options.firmware_elf = file_bytes(CUBIST_SCHEDULER_ELF);
  return options;
}

/// A host with one queue: what the runtime does, without the runtime.
class Host {
 public:
  static constexpr unsigned kEntries = 16;
  explicit Host(cubist::HostTransport& device) : device_(device) {
    rings_ = device.allocate_host(8192, base_);
    write(CUBIST_QUEUE_SQ_BASE_AT(0), base_);
    write(CUBIST_QUEUE_SQ_SIZE_AT(0), kEntries);
    write(CUBIST_QUEUE_CQ_BASE_AT(0), base_ + 4096);
    write(CUBIST_QUEUE_CQ_SIZE_AT(0), kEntries);
    write(CUBIST_QUEUE_ERROR_BASE_AT(0), base_ + 6144);
  }
  bool boot() {
    for (int i = 0; i < 1000; ++i) {
      uint64_t version = 0;
      REQUIRE(device_.read_register(CUBIST_QUEUE_SHARED_BOOTED_AT, version));
      if (version != 0) {
        write(CUBIST_QUEUE_CONTROL_AT(0), 1);
        return version == CUBIST_ABI_VERSION;
      }
      device_.wait_interrupt(1000);
    }
    return false;
  }
  template <typename Entry>
  void submit(Entry entry) {
    entry.task = ++task_;
    std::memcpy(rings_.data() + tail_ * sizeof entry, &entry, sizeof entry);
    tail_ = (tail_ + 1) % kEntries;
    device_.doorbell(0, tail_);
  }
  /// Waits for the next completion.
  cubist_completion complete() {
    cubist_completion entry{};
    for (int i = 0; i < 1000; ++i) {
      std::memcpy(&entry, rings_.data() + 4096 + cq_head_ * sizeof entry, sizeof entry);
      if ((entry.phase & 1) == phase_) {
        cq_head_ = (cq_head_ + 1) % kEntries;
        if (cq_head_ == 0) phase_ ^= 1;
        write(CUBIST_QUEUE_CQ_HEAD_AT(0), cq_head_);
        return entry;
      }
      const WaitResult result = device_.wait_interrupt(10'000'000);
      INFO(device_.describe_state());
      REQUIRE(result == WaitResult::interrupt);
    }
    FAIL("no completion");
    return entry;
  }
  void write(uint64_t address, uint64_t value) { REQUIRE(device_.write_register(address, value)); }

 private:
  cubist::HostTransport& device_;
  std::span<uint8_t> rings_;
  uint64_t base_ = 0, tail_ = 0, cq_head_ = 0;
  uint32_t task_ = 0;
  unsigned phase_ = 1;
};

/// Every event, as text.
struct EventLog : cubist::base::EventSink {
  std::string text;
  void on_event(const cubist::base::Event& e) override {
    text += std::to_string(static_cast<int>(e.kind)) + " " + std::to_string(e.track) + " " +
            std::to_string(e.time) + " " + std::to_string(e.flow) + "\n";
  }
};

/// Runs `work` in a process of its own (SystemC elaborates once per process) and returns what it
/// returned.
std::string in_child(const std::function<std::string()>& work) {
  int ends[2];
  REQUIRE(pipe(ends) == 0);
  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    const std::string text = work();
    const bool whole = write(ends[1], text.data(), text.size()) == ssize_t(text.size());
    _exit(whole ? 0 : 1);
  }
  close(ends[1]);
  std::string text;
  char buffer[4096];
  for (ssize_t got; (got = read(ends[0], buffer, sizeof buffer)) > 0;) text.append(buffer, got);
  close(ends[0]);
  int status = 0;
  waitpid(child, &status, 0);
  CHECK(status == 0);
  return text;
}

constexpr uint64_t kHbm = CUBIST_REGION_HBM_BASE;

}  // namespace

TEST_CASE("firmware boots and prints its banner") {
  chip::InProcess device(tiny());
  std::vector<std::string> lines;
  device.on_uart_line([&](std::string_view line) { lines.emplace_back(line); });
  CHECK(device.now_ns() == 0);
  Host host(device);
  REQUIRE(host.boot());
  INFO(device.uart_output());
  CHECK(!lines.empty());
  CHECK(device.simulation().reports().empty());
}

TEST_CASE("copies and fills go through rings, firmware and SDMA") {
  chip::InProcess device(tiny());
  Host host(device);
  REQUIRE(host.boot());
  uint64_t buffer = 0;
  const auto bytes = device.allocate_host(20000, buffer);
  for (size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<uint8_t>(i * 7 + i / 256);

  cubist_entry_copy copy{};
  copy.type = CUBIST_ENTRY_COPY;
  copy.src = buffer;
  copy.dst = kHbm + 4099;
  copy.bytes = 20000;
  host.submit(copy);
  CHECK(host.complete().error == CUBIST_ERROR_OK);
  std::vector<uint8_t> there(20000);
  REQUIRE(device.debug_read(kHbm + 4099, there));
  CHECK(std::equal(there.begin(), there.end(), bytes.begin()));

  cubist_entry_fill fill{};
  fill.type = CUBIST_ENTRY_FILL;
  fill.dst = kHbm + (1 << 20);
  fill.bytes = 1001;
  fill.pattern = 0x04030201;
  host.submit(fill);
  CHECK(host.complete().error == CUBIST_ERROR_OK);
  REQUIRE(device.debug_read(kHbm + (1 << 20), std::span(there).first(1002)));
  CHECK(there[0] == 1);
  CHECK(there[999] == 4);
  CHECK(there[1000] == 1);
  CHECK(there[1001] == 0);
}

TEST_CASE("host copies bring lines into the L2, or none (l2.host_allocate)") {
  for (const bool allocate : {true, false}) {
    const std::string counts = in_child([&] {
      chip::InProcess device(
          tiny({"l2.host_allocate=" + std::string(allocate ? "true" : "false")}));
      Host host(device);
      REQUIRE(host.boot());
      uint64_t buffer = 0;
      device.allocate_host(64 * 512, buffer);
      cubist_entry_copy copy{};
      copy.type = CUBIST_ENTRY_COPY;
      copy.src = buffer;
      copy.dst = kHbm + (8 << 20);
      copy.bytes = 64 * 512;
      const auto bypasses = [&] {
        uint64_t sum = 0;
        for (unsigned i = 0; i < device.chip().slice_count(); ++i) {
          sum += device.chip().slice(i).counts().bypasses;
        }
        return sum;
      };
      const uint64_t before = bypasses();
      host.submit(copy);
      const bool ok = host.complete().error == CUBIST_ERROR_OK;
      return (ok ? "" : "error ") + std::to_string(bypasses() - before);
    });
    CHECK(counts == (allocate ? "0" : "64"));
  }
}

TEST_CASE("rings wrap and phases turn") {
  chip::InProcess device(tiny());
  Host host(device);
  REQUIRE(host.boot());
  for (uint32_t i = 1; i <= 50; ++i) {
    cubist_entry_any nop{};
    nop.type = CUBIST_ENTRY_NOP;
    host.submit(nop);
    const cubist_completion done = host.complete();
    CHECK(done.task == i);
    CHECK(done.error == CUBIST_ERROR_OK);
  }
}

TEST_CASE("a copy from nowhere ends with a bus error and harms nothing else") {
  chip::InProcess device(tiny());
  Host host(device);
  REQUIRE(host.boot());
  cubist_entry_copy copy{};
  copy.type = CUBIST_ENTRY_COPY;
  copy.src = kHbm + (uint64_t{1} << 36);
  copy.dst = kHbm;
  copy.bytes = 64;
  host.submit(copy);
  CHECK(host.complete().error == CUBIST_ERROR_BUS);
  cubist_entry_any nop{};
  host.submit(nop);
  CHECK(host.complete().error == CUBIST_ERROR_OK);
}

TEST_CASE("every quantum, and every run, gives the same events at the same times") {
  const auto run = [](const std::string& quantum) {
    return in_child([&] {
      auto options = tiny({"sim.quantum_cycles=" + quantum});
      EventLog log;
      options.before_build = [&](cubist::base::Simulation& s) { s.bus().attach(log); };
      chip::InProcess device(std::move(options));
      Host host(device);
      if (!host.boot()) return std::string("no boot");
      for (unsigned i = 0; i < 12; ++i) {
        cubist_entry_fill fill{};
        fill.type = CUBIST_ENTRY_FILL;
        fill.dst = kHbm + i;
        fill.bytes = 5000 * i;
        host.submit(fill);
      }
      for (unsigned i = 0; i < 12; ++i) host.complete();
      return log.text + std::to_string(device.simulation().now());
    });
  };
  const std::string reference = run("1");
  CHECK(reference.size() > 1000);
  CHECK(run("1") == reference);
  CHECK(run("10") == reference);
  CHECK(run("100") == reference);
}

TEST_CASE("the transport keeps its word") {
  chip::InProcess device(tiny());
  Host host(device);
  REQUIRE(host.boot());
  while (device.wait_interrupt(1'000'000) == WaitResult::interrupt) {
  }

  // Time passes in calls only, and by what they cost.
  const double before = device.now_ns();
  uint64_t value = 0;
  CHECK(device.read_register(CUBIST_CORE_SHARED_AIC_COUNT_AT, value));
  CHECK(value == 2);
  CHECK(device.now_ns() == before + 800);
  CHECK(device.write_register(CUBIST_QUEUE_CQ_HEAD_AT(0), 0));
  CHECK(device.now_ns() == before + 1000);

  CHECK(!device.read_register(0x1234'5678, value));
  CHECK(!device.read_register(CUBIST_CORE_SHARED_AIC_COUNT_AT + 4, value));
  CHECK(!device.write_register(CUBIST_QUEUE_SQ_TAIL_AT(0), 0));

  uint64_t address = 0;
  CHECK_THROWS_AS(device.allocate_host(0, address), cubist::base::UserError);
  CHECK_THROWS_AS(device.allocate_host(size_t{1} << 50, address), cubist::base::UserError);
  uint64_t first = 0;
  uint64_t second = 0;
  device.allocate_host(100, first);
  device.allocate_host(5000, second);
  CHECK(second >= first + 100);

  std::vector<uint8_t> bytes(8, 0x5a);
  std::vector<uint8_t> back(8);
  const double now = device.now_ns();
  CHECK(device.debug_write(kHbm + 77, bytes));
  CHECK(device.debug_read(kHbm + 77, back));
  CHECK(back == bytes);
  CHECK(device.debug_write(CUBIST_REGION_SRAM_BASE + CUBIST_PREFETCH_OFFSET - 8, bytes));
  CHECK(device.debug_read(CUBIST_REGION_SRAM_BASE + CUBIST_PREFETCH_OFFSET - 8, back));
  CHECK(back == bytes);
  CHECK(!device.debug_read(kHbm - 1, back));
  CHECK(device.now_ns() == now);

  device.request_stop();
  CHECK(device.wait_interrupt(1000) == WaitResult::interrupted);
  CHECK(device.core_hertz() == Approx(1.85e9));
}

TEST_CASE("a kernel that lies nowhere is refused, with a record of it") {
  chip::InProcess device(tiny());
  Host host(device);
  REQUIRE(host.boot());
  cubist_entry_kernel kernel{};
  kernel.type = CUBIST_ENTRY_KERNEL;
  kernel.entry = 0x1234;
  kernel.blocks = 1;
  host.submit(kernel);
  CHECK(host.complete().error == CUBIST_ERROR_BAD_KERNEL);
}

TEST_CASE("a kernel of zeros stops its cores with a precise error, the next command runs") {
  chip::InProcess device(tiny());
  Host host(device);
  REQUIRE(host.boot());
  cubist_entry_kernel kernel{};
  kernel.type = CUBIST_ENTRY_KERNEL;
  kernel.entry = kHbm + 0x1000;
  kernel.args = kHbm;
  kernel.blocks = 5;
  kernel.kind = 1;
  host.submit(kernel);
  const cubist_completion done = host.complete();
  CHECK(done.error == CUBIST_ERROR_ILLEGAL_INSTRUCTION);
  CHECK(done.detail >= CUBIST_AIV_INDEX);
  cubist_entry_any nop{};
  host.submit(nop);
  CHECK(host.complete().error == CUBIST_ERROR_OK);
}

TEST_CASE("firmware that is empty is refused") {
  auto options = tiny();
  options.firmware_elf.clear();
  CHECK_THROWS_AS(chip::InProcess(std::move(options)), cubist::base::UserError);
}
TEST_CASE("firmware that is no ELF is refused") {
  auto options = tiny();
  options.firmware_elf.assign(1000, 'x');
  CHECK_THROWS_AS(chip::InProcess(std::move(options)), cubist::base::UserError);
}
TEST_CASE("firmware that is cut off is refused") {
  auto options = tiny();
  options.firmware_elf.resize(200);
  CHECK_THROWS_AS(chip::InProcess(std::move(options)), cubist::base::UserError);
}
