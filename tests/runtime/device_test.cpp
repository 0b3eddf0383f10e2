// SPDX-License-Identifier: Apache-2.0
// The host library against a scripted chip.
#include <catch2/catch.hpp>
#include <numeric>

#include "runtime/cubist.h"
#include "tests/runtime/fake_chip.h"
#include "tests/runtime/test_elf.h"

using namespace cubist;
using Catch::Matchers::Contains;
using test::FakeChip;

namespace {

DeviceOptions small(unsigned entries = 8) {
  DeviceOptions options;
  options.hbm_bytes = 4u << 20;
  options.ring_entries = entries;
  return options;
}

ErrorCode code_of(const std::function<void()>& call, std::string* message = nullptr) {
  try {
    call();
  } catch (const Error& error) {
    if (message) *message = error.what();
    return error.code();
  }
  return ErrorCode::ok;
}

}  // namespace

TEST_CASE("open waits for the firmware and learns the cores") {
  FakeChip chip;
  Device device = Device::open(chip, small());
  CHECK(chip.boot_polls == 0);
  CHECK(device.cube_cores() == 2);
  CHECK(device.vector_cores() == 4);
}

TEST_CASE("a firmware that does not come up is an error with its UART's last words") {
  FakeChip chip;
  DeviceOptions options = small();
  options.uart_tail = [] { return std::string("bad RAM\nhalt\n"); };
  std::string message;
  SECTION("panic") {
    chip.panic = 7;
    CHECK(code_of([&] { Device::open(chip, options); }, &message) == ErrorCode::firmware);
    CHECK_THAT(message, Contains("code 7") && Contains("bad RAM | halt"));
  }
  SECTION("other ABI version") {
    chip.booted_value = 99;
    CHECK(code_of([&] { Device::open(chip, options); }, &message) == ErrorCode::firmware);
    CHECK_THAT(message, Contains("version 99"));
  }
  SECTION("asleep") {
    chip.asleep = true;
    CHECK(code_of([&] { Device::open(chip, options); }, &message) == ErrorCode::firmware);
    CHECK_THAT(message, Contains("MTE2 waits for flag 3"));
  }
  SECTION("never") {
    chip.boot_polls = 1u << 30;
    chip.stuck = chip.never_idle = true;
    options.boot_timeout_ns = 100'000;
    CHECK(code_of([&] { Device::open(chip, options); }, &message) == ErrorCode::firmware);
  }
}

TEST_CASE("copies and fills arrive, through rings that wrap many times") {
  FakeChip chip;
  Device device = Device::open(chip, small(4));
  std::vector<uint32_t> data(50000), back(data.size());
  std::iota(data.begin(), data.end(), 1u);
  Buffer a = device.allocate(data.size() * 4), b = device.allocate(data.size() * 4);
  CHECK(a.address() % 512 == 0);
  Stream stream = device.default_stream();
  for (int i = 0; i < 40; ++i) {
    data[static_cast<size_t>(i)] ^= 0x55555555;
    stream.copy_to_device(a.address(), data.data(), data.size() * 4);
    stream.copy(b.address(), a.address(), data.size() * 4);
    stream.fill(b.address() + 4, 0xdeadbeef, 8);
    stream.copy_to_host(back.data(), b.address(), data.size() * 4);
  }
  stream.synchronize();
  CHECK(back[0] == data[0]);
  CHECK(back[1] == 0xdeadbeef);
  CHECK(back[2] == 0xdeadbeef);
  CHECK(std::equal(back.begin() + 3, back.end(), data.begin() + 3));
  CHECK(stream.idle());
}

TEST_CASE("back-pressure never lets more commands in flight than the ring holds") {
  FakeChip chip;
  chip.entries_per_wait = 1;
  Device device = Device::open(chip, small(4));
  Buffer a = device.allocate(4096);
  Stream stream = device.default_stream();
  for (int i = 0; i < 100; ++i) stream.fill(a.address(), 1, 4);
  CHECK(chip.served.size() >= 97);
  stream.synchronize();
  CHECK(chip.served.size() == 100);
  for (uint32_t i = 0; i < 100; ++i) REQUIRE(chip.served[i].any.task == i + 1);
}

TEST_CASE("a copy larger than a staging chunk is split") {
  FakeChip chip;
  Device device = Device::open(chip, small());
  std::vector<uint8_t> data((3u << 20) + 5), back(data.size());
  for (size_t i = 0; i < data.size(); ++i) data[i] = static_cast<uint8_t>(i * 7 + (i >> 12));
  Buffer a = device.allocate(data.size());
  device.copy_to_device(a.address(), data.data(), data.size());
  device.copy_to_host(back.data(), a.address(), back.size());
  CHECK(back == data);
}

TEST_CASE("running out of device memory says what was asked for and what is left") {
  FakeChip chip;
  Device device = Device::open(chip, small());
  Buffer a = device.allocate(3u << 20);
  std::string message;
  CHECK(code_of([&] { device.allocate(2u << 20); }, &message) == ErrorCode::out_of_memory);
  CHECK_THAT(message, Contains("2097152") && Contains("1048576 of 4194304 bytes are free"));
  a = Buffer();
  CHECK(device.memory().used == 0);
  CHECK(device.allocate(2u << 20).address() != 0);
}

TEST_CASE("copies outside an allocation are refused before anything is sent") {
  FakeChip chip;
  Device device = Device::open(chip, small());
  Buffer a = device.allocate(100);
  uint8_t bytes[128] = {};
  std::string message;
  CHECK(code_of([&] { device.copy_to_device(a.address(), bytes, 101); }, &message) ==
        ErrorCode::invalid_value);
  CHECK_THAT(message, Contains("100-byte allocation"));
  CHECK(code_of([&] { device.fill(0, 1, 4); }) == ErrorCode::invalid_value);
  CHECK(chip.served.empty());
}

TEST_CASE("kernels are loaded, found by name and launched with their words") {
  FakeChip chip;
  Device device = Device::open(chip, small());
  const auto elf =
      test::make_elf({test::kernel_info("twice", 0x40, 1), test::kernel_info("other", 0x80, 0)});
  Module module = device.load_module(elf, "k.elf");
  Kernel kernel = module.kernel("twice");
  CHECK(kernel.kind() == CoreKind::vector);
  CHECK(module.kernel("other").kind() == CoreKind::cube);
  CHECK(module.kernels().size() == 2);
  CHECK((kernel.entry() - 0x40) % 4096 == 0);
  CHECK(chip.at(kernel.entry(), 1)[0] == 0x40);  // the image is there
  CHECK(module.symbolise(kernel.entry() + 0x10) == "body+0x10");
  CHECK(module.symbolise(kernel.entry() + 0x90).empty());
  std::string message;
  CHECK(code_of([&] { module.kernel("nope"); }, &message) == ErrorCode::no_such_kernel);
  CHECK_THAT(message, Contains("twice, other"));

  std::vector<uint64_t> seen;
  chip.kernels[kernel.entry()] = [&](FakeChip& c, uint32_t blocks, uint64_t args) {
    uint64_t words[3];
    std::memcpy(words, c.at(args, 24), 24);
    seen.insert(seen.end(), {blocks, words[0], words[1], words[2]});
    return uint16_t{0};
  };
  Buffer buffer = device.allocate(64);
  Stream stream = device.default_stream();
  for (unsigned i = 0; i < 50; ++i) stream.launch(kernel, i + 1, {buffer, i, 2.0F});
  stream.synchronize();
  REQUIRE(seen.size() == 200);
  for (unsigned i = 0; i < 50; ++i) {
    REQUIRE(seen[4 * i] == i + 1);
    REQUIRE(seen[4 * i + 1] == buffer.address());
    REQUIRE(seen[4 * i + 2] == i);
    REQUIRE(seen[4 * i + 3] == 0x40000000);
  }
  CHECK(code_of([&] { stream.launch(kernel, 0, {1}); }) == ErrorCode::invalid_value);
  CHECK(code_of([&] { stream.launch(kernel, 65536, {1}); }) == ErrorCode::invalid_value);
  CHECK(code_of([&] {
          stream.launch(kernel, 1, std::span<const uint64_t>(std::vector<uint64_t>(65)));
        }) == ErrorCode::invalid_value);
}

TEST_CASE("an asynchronous error names core, kernel, function, block and address, once") {
  FakeChip chip;
  Device device = Device::open(chip, small());
  Module module = device.load_module(test::make_elf({test::kernel_info("bad", 0x40, 1)}), "k.elf");
  Kernel kernel = module.kernel("bad");
  Buffer buffer = device.allocate(64);
  chip.kernels[kernel.entry()] = [&](FakeChip& c, uint32_t, uint64_t) {
    c.record = {};
    c.record.error = CUBIST_ERROR_BUS;
    c.record.core = 256 + 3;
    c.record.block = 5;
    c.record.pc = kernel.entry() + 0x1c;
    c.record.address = buffer.address() + 80;
    return static_cast<uint16_t>(CUBIST_ERROR_BUS);
  };
  Stream stream = device.default_stream();
  stream.launch(kernel, 6, {buffer});
  stream.fill(buffer.address(), 0, 4);
  bool caught = false;
  try {
    stream.synchronize();
  } catch (const Error& error) {
    caught = true;
    CHECK(error.code() == ErrorCode::bus);
    REQUIRE(error.fault());
    CHECK(error.fault()->vector_core);
    CHECK(error.fault()->core == 3);
    CHECK(error.fault()->block == 5);
    CHECK(error.fault()->kernel == "bad");
    CHECK(error.fault()->where == "body+0x1c");
    CHECK_THAT(error.what(), Contains("'bad'") && Contains("AIV 3") && Contains("block 5") &&
                                 Contains("body+0x1c") &&
                                 Contains("past the end of the 64-byte allocation"));
  }
  CHECK(caught);
  CHECK_NOTHROW(stream.synchronize());
  CHECK(stream.error() == ErrorCode::ok);
}

TEST_CASE("a deadlock names the cores that wait, and how many more there are") {
  FakeChip chip;
  Device device = Device::open(chip, small());
  Module module =
      device.load_module(test::make_elf({test::kernel_info("stuck", 0x40, 1)}), "k.elf");
  Kernel kernel = module.kernel("stuck");
  const auto waiter = [](uint64_t core, uint64_t flag, int64_t offset) {
    return core | flag << 16 | static_cast<uint64_t>(offset) << 40;
  };
  chip.kernels[kernel.entry()] = [&](FakeChip& c, uint32_t, uint64_t) {
    c.record = {};
    c.record.error = CUBIST_ERROR_DEADLOCK;
    c.record.core = 2;
    c.record.entry = c.record.pc = kernel.entry();
    c.record.address = CUBIST_CROSS_CORE_FLAG | 5 << 8 | 4 << 16;
    c.record.waiting = 11;
    c.record.waiter0 = waiter(256 + 3, CUBIST_CROSS_CORE_FLAG | 6 << 8 | 5 << 16, 0x1c);
    c.record.waiter1 = waiter(1, 4 | 3 << 8 | 1 << 16, -4);
    c.record.waiter2 = waiter(9, 0xffffff, 0);
    c.record.waiter3 = c.record.waiter4 = c.record.waiter5 = waiter(4, 0xffffff, 8);
    c.record.waiter6 = c.record.waiter7 = waiter(4, 0xffffff, 8);
    return static_cast<uint16_t>(CUBIST_ERROR_DEADLOCK);
  };
  Stream stream = device.default_stream();
  stream.launch(kernel, 6, {});
  try {
    stream.synchronize();
    FAIL("no error");
  } catch (const Error& error) {
    REQUIRE(error.fault());
    REQUIRE(error.fault()->waiting.size() == 8);
    CHECK(error.fault()->waiting_count == 11);
    CHECK(error.fault()->waiting[0].vector_core);
    CHECK(error.fault()->waiting[0].core == 3);
    CHECK(error.fault()->waiting[0].pc == kernel.entry() + 0x1c);
    CHECK(error.fault()->waiting[0].where == "body+0x1c");
    CHECK(error.fault()->waiting[1].pc == kernel.entry() - 4);
    CHECK_THAT(error.what(),
               Contains("on AIC 2") && Contains("cross-core flag 5 on MTE2;") &&
                   Contains("(body+0x1c) for cross-core flag 6 on MTE3; AIC 1 waits at pc") &&
                   Contains("for flag 3 (MTE2 to V); AIC 9 waits") && Contains("for a unit flag") &&
                   Contains("; and 3 more cores wait"));
  }
}

TEST_CASE("events order streams and can be waited for") {
  FakeChip chip;
  chip.entries_per_wait = 1;
  Device device = Device::open(chip, small());
  Buffer buffer = device.allocate(64);
  Stream first = device.create_stream(0), second = device.create_stream(3);
  CHECK(first.number() != second.number());
  Event event = device.create_event();
  CHECK(event.reached());
  first.fill(buffer.address(), 1, 4);
  first.record(event);
  CHECK_FALSE(event.reached());
  second.wait(event);
  second.fill(buffer.address(), 2, 4);
  event.synchronize();
  CHECK(event.reached());
  second.synchronize();
  uint32_t value = 0;
  device.copy_to_host(&value, buffer.address(), 4);
  CHECK(value == 2);
}

TEST_CASE("streams give their hardware queue back") {
  FakeChip chip;
  Device device = Device::open(chip, small());
  for (int i = 0; i < 200; ++i) device.create_stream();
  std::vector<Stream> streams;
  std::string message;
  CHECK(code_of(
            [&] {
              for (int i = 0; i < 100; ++i) streams.push_back(device.create_stream());
            },
            &message) == ErrorCode::invalid_value);
  CHECK(streams.size() == 63);
  CHECK_THAT(message, Contains("64 hardware queues"));
}

TEST_CASE("a hang is noticed and names who waits") {
  FakeChip chip;
  Device device = Device::open(chip, small());
  Buffer buffer = device.allocate(64);
  chip.stuck = true;
  Stream stream = device.default_stream();
  stream.fill(buffer.address(), 1, 4);
  std::string message;
  CHECK(code_of([&] { stream.synchronize(); }, &message) == ErrorCode::hang);
  CHECK_THAT(message, Contains("MTE2 waits for flag 3") && Contains("fill"));
  CHECK(code_of([&] { stream.fill(buffer.address(), 1, 4); }) == ErrorCode::hang);
}

TEST_CASE("time-out, interruption and a stopped firmware end a wait") {
  FakeChip chip;
  DeviceOptions options = small();
  options.wait_timeout_ns = 50'000'000;
  Device device = Device::open(chip, options);
  Buffer buffer = device.allocate(64);
  chip.stuck = chip.never_idle = true;
  Stream stream = device.default_stream();
  stream.fill(buffer.address(), 1, 4);
  CHECK(code_of([&] { stream.synchronize(); }) == ErrorCode::timeout);
  chip.interrupt_next = true;
  CHECK(code_of([&] { stream.synchronize(); }) == ErrorCode::interrupted);
  chip.panic = 3;
  std::string message;
  CHECK(code_of([&] { stream.synchronize(); }, &message) == ErrorCode::firmware);
  CHECK_THAT(message, Contains("BUS"));
}

TEST_CASE("a completion of nothing is the firmware's fault") {
  FakeChip chip;
  Device device = Device::open(chip, small());
  Buffer buffer = device.allocate(64);
  chip.bad_task = true;
  CHECK(code_of([&] { device.fill(buffer.address(), 1, 4); }) == ErrorCode::firmware);
}

TEST_CASE("the observer sees each command submitted, begun and completed in order") {
  FakeChip chip;
  DeviceOptions options = small();
  std::vector<std::pair<CommandEvent::Kind, uint32_t>> seen;
  options.observer = [&](const CommandEvent& event) { seen.emplace_back(event.kind, event.task); };
  Device device = Device::open(chip, options);
  Buffer buffer = device.allocate(64);
  Stream stream = device.default_stream();
  stream.fill(buffer.address(), 1, 4);
  stream.fill(buffer.address(), 2, 4);
  stream.synchronize();
  using Kind = CommandEvent::Kind;
  const std::vector<std::pair<Kind, uint32_t>> expected{{Kind::submitted, 1}, {Kind::begun, 1},
                                                        {Kind::submitted, 2}, {Kind::completed, 1},
                                                        {Kind::begun, 2},     {Kind::completed, 2}};
  CHECK(seen == expected);
}
