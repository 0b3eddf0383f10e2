// SPDX-License-Identifier: Apache-2.0
#include "runtime/host/elf_image.h"

#include <catch2/catch.hpp>
#include <random>

#include "runtime/cubist.h"
#include "tests/runtime/fake_chip.h"
#include "tests/runtime/test_elf.h"

using namespace cubist;
using Catch::Matchers::Contains;

TEST_CASE("every prefix of a kernel ELF is refused with one line or read whole") {
  const auto file = test::make_elf({test::kernel_info("k", 0x40, 0)});
  CHECK(host::ElfImage(file, "k.elf").functions().size() == 1);
  for (size_t size = 0; size < file.size(); ++size) {
    const std::vector<uint8_t> part(file.begin(), file.begin() + static_cast<long>(size));
    try {
      host::ElfImage image(part, "k.elf");
      FAIL("a truncated file was accepted at " << size);
    } catch (const Error& error) {
      REQUIRE(error.code() == ErrorCode::invalid_elf);
      REQUIRE_THAT(error.what(), Contains("k.elf: ") && !Contains("\n"));
    }
  }
}

TEST_CASE("files for other machines and foreign files are named as such") {
  const auto message = [](const std::vector<uint8_t>& file) -> std::string {
    try {
      host::ElfImage image(file, "x");
    } catch (const Error& error) {
      return error.what();
    }
    return "accepted";
  };
  CHECK_THAT(message(test::make_elf({}, EM_X86_64)), Contains("machine 62"));
  const std::string text =
      "#!/bin/sh\necho this is no ELF at all, only a rather long script ......";
  CHECK_THAT(message({text.begin(), text.end()}), Contains("not an ELF file"));
}

TEST_CASE("random damage to an ELF never gets past the checks") {
  const auto good = test::make_elf({test::kernel_info("k", 0x40, 0)});
  std::mt19937 random(3);
  test::FakeChip chip;
  DeviceOptions options;
  options.hbm_bytes = 4u << 20;
  Device device = Device::open(chip, options);
  int accepted = 0;
  for (int i = 0; i < 3000; ++i) {
    auto bad = good;
    for (int flips = 1 + static_cast<int>(random() % 4); flips > 0; --flips) {
      bad[random() % bad.size()] = static_cast<uint8_t>(random());
    }
    try {
      device.load_module(bad, "bad.elf");
      ++accepted;
    } catch (const Error& error) {
      REQUIRE((error.code() == ErrorCode::invalid_elf || error.code() == ErrorCode::out_of_memory));
    }
  }
  CHECK(accepted < 3000);
}

TEST_CASE("a module without kernels, with a foreign ABI or with doubled names is refused") {
  test::FakeChip chip;
  DeviceOptions options;
  options.hbm_bytes = 4u << 20;
  Device device = Device::open(chip, options);
  const auto message = [&](const std::vector<cubist_kernel_info>& kernels) -> std::string {
    try {
      device.load_module(test::make_elf(kernels), "k.elf");
    } catch (const Error& error) {
      CHECK(error.code() == ErrorCode::invalid_elf);
      return error.what();
    }
    return "accepted";
  };
  CHECK_THAT(message({}), Contains("no kernel table"));
  auto old = test::kernel_info("k", 0x40, 0);
  old.abi_version = 77;
  CHECK_THAT(message({old}), Contains("ABI version 77"));
  CHECK_THAT(message({test::kernel_info("k", 1u << 20, 0)}), Contains("impossible entry"));
  CHECK_THAT(message({test::kernel_info("k", 0, 0), test::kernel_info("k", 4, 0)}),
             Contains("two kernels named 'k'"));
}
