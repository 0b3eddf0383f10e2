// SPDX-License-Identifier: Apache-2.0
#include "chip_host.h"

#include <elf.h>

#include <catch2/catch.hpp>
#include <cstring>
#include <fstream>
#include <iterator>

#include "systemc/base/simulation.h"

namespace cubist::test {

namespace {
std::vector<uint8_t> file_bytes(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}
}  // namespace

ChipHost::ChipHost(const std::vector<std::string>& sets) {
  chip::ChipOptions options;
  options.parameters = chip::load_parameters(CUBIST_CONFIGS, "tiny", sets);
  options.firmware_elf = file_bytes(CUBIST_SCHEDULER_ELF);
  chip_ = std::make_unique<chip::InProcess>(std::move(options));
  for (int i = 0; i < 1000; ++i) {
    uint64_t version = 0;
    REQUIRE(chip_->read_register(CUBIST_QUEUE_SHARED_BOOTED_AT, version));
    if (version != 0) {
      REQUIRE(version == CUBIST_ABI_VERSION);
      return;
    }
    chip_->wait_interrupt(100'000);
  }
  FAIL("the firmware does not boot: " + chip_->uart_output() + chip_->describe_state());
}

void ChipHost::load_kernels(const std::string& path) {
  const std::vector<uint8_t> file = file_bytes(path);
  const uint64_t base = kHbm + (16 << 20);
  Elf64_Ehdr header;
  REQUIRE(file.size() > sizeof header);
  std::memcpy(&header, file.data(), sizeof header);
  for (unsigned i = 0; i < header.e_phnum; ++i) {
    Elf64_Phdr part;
    std::memcpy(&part, file.data() + header.e_phoff + i * sizeof part, sizeof part);
    if (part.p_type == PT_LOAD)
      put(base + part.p_vaddr, file.data() + part.p_offset, part.p_filesz);
  }
  std::vector<Elf64_Shdr> sections(header.e_shnum);
  std::memcpy(sections.data(), file.data() + header.e_shoff, sections.size() * sizeof(Elf64_Shdr));
  for (const Elf64_Shdr& section : sections) {
    const char* name = reinterpret_cast<const char*>(file.data()) +
                       sections[header.e_shstrndx].sh_offset + section.sh_name;
    if (std::string(name) != CUBIST_KERNEL_SECTION) continue;
    for (uint64_t at = 0; at < section.sh_size; at += sizeof(cubist_kernel_info)) {
      cubist_kernel_info info;
      std::memcpy(&info, file.data() + section.sh_offset + at, sizeof info);
      entries_[info.name] = base + info.entry;
      aiv_entries_[info.name] = base + info.aiv_entry;
    }
  }
}

void ChipHost::write(uint64_t address, uint64_t value) {
  REQUIRE(chip_->write_register(address, value));
}

void ChipHost::open_queue(unsigned number, unsigned priority, unsigned entries,
                          unsigned completions) {
  Queue& queue = queues_[number];
  uint64_t address = 0;
  queue.entries = entries;
  queue.completions = completions;
  queue.sq = chip_->allocate_host(entries * sizeof(cubist_submission), address);
  write(CUBIST_QUEUE_SQ_BASE_AT(number), address);
  write(CUBIST_QUEUE_SQ_SIZE_AT(number), entries);
  queue.cq = chip_->allocate_host(completions * sizeof(cubist_completion), address);
  write(CUBIST_QUEUE_CQ_BASE_AT(number), address);
  write(CUBIST_QUEUE_CQ_SIZE_AT(number), completions);
  queue.error = chip_->allocate_host(sizeof(cubist_error_record), address);
  write(CUBIST_QUEUE_ERROR_BASE_AT(number), address);
  write(CUBIST_QUEUE_CONTROL_AT(number), 1 | priority << 8);
}

uint32_t ChipHost::submit(unsigned number, cubist_submission entry, bool ring) {
  Queue& queue = queues_[number];
  entry.any.task = ++task_;
  entry.any.stream = static_cast<uint16_t>(100 + number);
  std::memcpy(queue.sq.data() + queue.tail * sizeof entry, &entry, sizeof entry);
  queue.tail = (queue.tail + 1) % queue.entries;
  if (ring) chip_->doorbell(number, queue.tail);
  return task_;
}

uint32_t ChipHost::kernel(unsigned queue, const std::string& name, uint64_t args, uint32_t blocks,
                          uint32_t kind, uint8_t flags, uint32_t timeout_us, uint32_t max_cores,
                          uint32_t at_once) {
  cubist_submission entry{};
  entry.kernel.type = CUBIST_ENTRY_KERNEL;
  entry.kernel.flags = flags;
  entry.kernel.entry = entry_of(name);
  entry.kernel.args = args;
  entry.kernel.blocks = blocks;
  entry.kernel.kind = kind;
  entry.kernel.timeout_us = timeout_us;
  entry.kernel.max_cores = max_cores;
  entry.kernel.at_once = at_once;
  return submit(queue, entry);
}

uint32_t ChipHost::mix(unsigned queue, const std::string& name, uint64_t args, uint32_t blocks,
                       uint32_t aivs, uint32_t at_once, uint32_t timeout_us, uint8_t flags) {
  cubist_submission entry{};
  entry.kernel.type = CUBIST_ENTRY_KERNEL;
  entry.kernel.flags = flags;
  entry.kernel.entry = entry_of(name);
  entry.kernel.aiv_entry = aiv_entries_.at(name);
  entry.kernel.args = args;
  entry.kernel.blocks = blocks;
  entry.kernel.kind = CUBIST_KIND_MIX;
  entry.kernel.timeout_us = timeout_us;
  entry.kernel.aivs = aivs;
  entry.kernel.at_once = at_once;
  return submit(queue, entry);
}

uint32_t ChipHost::simple(unsigned queue, unsigned type, uint32_t event, uint32_t value,
                          uint8_t flags) {
  cubist_submission entry{};
  entry.event_record.type = static_cast<uint8_t>(type);
  entry.event_record.flags = flags;
  entry.event_record.event = event;
  entry.event_record.value = value;
  return submit(queue, entry);
}

uint32_t ChipHost::fill(unsigned queue, uint64_t dst, uint64_t bytes, uint32_t pattern,
                        uint8_t flags) {
  cubist_submission entry{};
  entry.fill.type = CUBIST_ENTRY_FILL;
  entry.fill.flags = flags;
  entry.fill.dst = dst;
  entry.fill.bytes = bytes;
  entry.fill.pattern = pattern;
  return submit(queue, entry);
}

bool ChipHost::poll(unsigned number, cubist_completion& completion) {
  Queue& queue = queues_[number];
  std::memcpy(&completion, queue.cq.data() + queue.head * sizeof completion, sizeof completion);
  if ((completion.phase & 1) != (queue.phase ? 1 : 0)) return false;
  queue.head = (queue.head + 1) % queue.completions;
  if (queue.head == 0) queue.phase = !queue.phase;
  if (report_) write(CUBIST_QUEUE_CQ_HEAD_AT(number), queue.head);
  return true;
}

cubist_completion ChipHost::next(unsigned queue) {
  cubist_completion completion{};
  for (int i = 0; i < 200; ++i) {
    if (poll(queue, completion)) return completion;
    const WaitResult result = chip_->wait_interrupt(100'000'000);
    if (result != WaitResult::interrupt && !poll(queue, completion)) break;
    if (result != WaitResult::interrupt) return completion;
  }
  FAIL("no completion on queue " << queue << ": " << chip_->uart_output()
                                 << chip_->describe_state());
  return completion;
}

cubist_error_record ChipHost::record(unsigned queue) const {
  cubist_error_record record;
  std::memcpy(&record, queues_[queue].error.data(), sizeof record);
  return record;
}

void ChipHost::put(uint64_t address, const void* data, size_t bytes) {
  REQUIRE(chip_->debug_write(address, {static_cast<const uint8_t*>(data), bytes}));
}

uint64_t ChipHost::word(uint64_t address) {
  uint64_t value = 0;
  REQUIRE(chip_->debug_read(address, {reinterpret_cast<uint8_t*>(&value), 8}));
  return value;
}

}  // namespace cubist::test
