// SPDX-License-Identifier: Apache-2.0
// cubist-riscv: runs a bare-metal test program on Cubist's RISC-V hart, without the chip around it.
#include <CLI/CLI.hpp>
#include <cinttypes>
#include <cstdio>
#include <limits>
#include <string>

#include "systemc/riscv/hart.h"
#include "tools/riscv/bare_machine.h"

namespace {

using namespace cubist::riscv;

constexpr int kPass = 0, kFail = 1, kTimeOutOrBadInput = 2;
constexpr uint64_t kMaxRamMib = 16384;

struct Options {
  std::string program;
  uint64_t max_instructions = 1'000'000'000;
  uint64_t ram_mib = 256;
  bool trace = false;
};

void print_trace(const ElfImage& image, const Retired& r) {
  const bool compressed = is_compressed(r.instruction);
  std::printf("%10" PRIu64 "  %016" PRIx64 "  %0*x%s  %-34s %s\n", r.cycle, r.pc,
              compressed ? 4 : 8, r.instruction, compressed ? "    " : "",
              disassemble(r.instruction, r.pc).c_str(), image.locate(r.pc).c_str());
}

/// Explains a program that ended without a verdict.
int time_out(const Hart& hart, const ElfImage& image, const char* why) {
  std::printf("time-out: %s after %" PRIu64 " instructions, pc 0x%" PRIx64 " (%s): %s\n", why,
              hart.retired(), hart.pc(), image.locate(hart.pc()).c_str(),
              hart.disassemble(hart.pc()).c_str());
  if (const auto& trap = hart.last_trap()) {
    std::printf("last trap: %s, pc 0x%" PRIx64 " (%s), value 0x%" PRIx64 ", cycle %" PRIu64 "\n",
                cause_name(trap->cause), trap->pc, image.locate(trap->pc).c_str(), trap->value,
                trap->cycle);
  }
  return kTimeOutOrBadInput;
}

int verdict(uint64_t tohost, const Hart& hart, const ElfImage& image) {
  if (tohost == 1) {
    std::printf("pass: %" PRIu64 " instructions\n", hart.retired());
    return kPass;
  }
  if ((tohost & 1) != 0) {
    std::printf("fail: test %" PRIu64 " (tohost = 0x%" PRIx64 ", %" PRIu64 " instructions)\n",
                tohost >> 1, tohost, hart.retired());
    return kFail;
  }
  std::fprintf(stderr,
               "cubist-riscv: the program asked the host for a service (tohost = 0x%" PRIx64
               " at %s); only odd values, pass or fail, are understood\n",
               tohost, image.locate(hart.pc()).c_str());
  return kTimeOutOrBadInput;
}

int run(const Options& options) {
  const ElfResult elf = load_elf(options.program);
  if (!elf.image) {
    std::fprintf(stderr, "cubist-riscv: %s\n", elf.error.c_str());
    return kTimeOutOrBadInput;
  }
  const ElfImage& image = *elf.image;
  BareMachine machine(options.ram_mib << 20);
  if (machine.ram_bytes() == 0) {
    std::fprintf(stderr,
                 "cubist-riscv: this host cannot reserve %" PRIu64 " MiB; give less to --ram\n",
                 options.ram_mib);
    return kTimeOutOrBadInput;
  }
  if (const std::string error = machine.load_image(image); !error.empty()) {
    std::fprintf(stderr, "cubist-riscv: %s: %s\n", options.program.c_str(), error.c_str());
    return kTimeOutOrBadInput;
  }
  if (!machine.has_tohost()) {
    std::fprintf(stderr, "cubist-riscv: %s: has no symbol tohost, so it cannot report a result\n",
                 options.program.c_str());
    return kTimeOutOrBadInput;
  }
  HartConfig config;
  config.reset_pc = image.entry;
  Hart hart(machine, config);
  machine.set_tohost_hook([&] { hart.set_halted(true); });
  if (options.trace) {
    hart.set_retire_hook([&](const Retired& r) { print_trace(image, r); });
  }
  // Every instruction and every exception takes one cycle here, so cycles bound both, and a program
  // that traps for ever ends too.
  while (hart.cycle() < options.max_instructions) {
    const Stop stop = hart.run(options.max_instructions, true);
    if (machine.tohost()) return verdict(*machine.tohost(), hart, image);
    if (stop == Stop::wfi) return time_out(hart, image, "wfi with nothing that could interrupt");
  }
  return time_out(hart, image, "no write to tohost");
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{
      "Runs a bare-metal RV64IMAC test program (ELF, linked at 0x80000000) on Cubist's hart.\n"
      "It starts in M mode at the entry and ends by writing to the symbol tohost: 1 is a pass,\n"
      "another odd value is the number of the failed test, times two, plus one.\n\n"
      "Exit code: 0 pass, 1 fail, 2 time-out or bad input.",
      "cubist-riscv"};
  Options options;
  app.add_option("program", options.program, "The ELF file")->required();
  app.add_option("--max-instructions", options.max_instructions,
                 "Give up after this many instructions and exceptions")
      ->check(CLI::Range(uint64_t{1}, std::numeric_limits<uint64_t>::max()))
      ->capture_default_str();
  app.add_option("--ram", options.ram_mib, "RAM at 0x80000000 in MiB (1 to 16384)")
      ->check(CLI::Range(uint64_t{1}, kMaxRamMib))
      ->capture_default_str();
  app.add_flag("--trace", options.trace,
               "Print each retired instruction: cycle, pc, code, assembly, symbol");
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    std::printf("%s", app.help().c_str());
    return kPass;
  } catch (const CLI::ParseError& error) {
    std::fprintf(stderr, "cubist-riscv: %s (see cubist-riscv --help)\n", error.what());
    return kTimeOutOrBadInput;
  }
  return run(options);
}
