// SPDX-License-Identifier: Apache-2.0
// The generated headers: words survive a round trip, tables agree with structs, checks find faults.
#include <catch2/catch.hpp>
#include <random>

#include "abi/core_isa.h"
#include "abi/cubist_abi.h"

using namespace cubist::abi;

namespace {

uint64_t known_bits(std::span<const FieldInfo> fields) {
  uint64_t bits = 0;
  for (const FieldInfo& field : fields) {
    bits |= (field.bits == 64 ? ~uint64_t{0} : (uint64_t{1} << field.bits) - 1) << field.lo;
  }
  return bits;
}

/// unpack then pack keeps every bit of the word's fields, and drops the others.
template <typename Word>
void round_trip(std::span<const FieldInfo> fields) {
  std::mt19937_64 random(7);
  for (int i = 0; i < 200; ++i) {
    const uint64_t word = random();
    CHECK(Word::unpack(word).pack() == (word & known_bits(fields)));
  }
}

const InstructionInfo& info_of(Insn id) {
  for (const InstructionInfo& info : kInstructions) {
    if (info.id == id) return info;
  }
  FAIL("no such instruction");
  return kInstructions[0];
}

}  // namespace

TEST_CASE("abi: configuration words survive unpack and pack") {
  round_trip<any::SetFlag>(info_of(Insn::set_flag).fields);
  round_trip<any::WaitFlag>(info_of(Insn::wait_flag).fields);
  round_trip<any::Barrier>(info_of(Insn::barrier).fields);
  round_trip<s::Trap>(info_of(Insn::s_trap).fields);
  round_trip<mte2::Copy>(info_of(Insn::mte2_copy).fields);
  round_trip<mte2::CopyPad>(info_of(Insn::mte2_copy_pad).fields);
  round_trip<mte2::Nd2nz>(info_of(Insn::mte2_nd2nz).fields);
  round_trip<mte2::Fill>(info_of(Insn::mte2_fill).fields);
  round_trip<mte1::Load2d>(info_of(Insn::mte1_load2d).fields);
  round_trip<mte1::Load3d>(info_of(Insn::mte1_load3d).fields);
  round_trip<mte1::LoadBias>(info_of(Insn::mte1_load_bias).fields);
  round_trip<m::Mmad>(info_of(Insn::m_mmad).fields);
  round_trip<fix::Fixpipe>(info_of(Insn::fix_fixpipe).fields);
  round_trip<mte3::Copy>(info_of(Insn::mte3_copy).fields);
  round_trip<mte3::CopyPad>(info_of(Insn::mte3_copy_pad).fields);
  round_trip<v::Config>(info_of(Insn::v_vadd).fields);
  round_trip<csr::CopyGap>(find_csr(csr_number::COPY_GAP)->fields);
  round_trip<csr::Nd2nzSrc>(find_csr(csr_number::ND2NZ_SRC)->fields);
  round_trip<csr::Nd2nzDst>(find_csr(csr_number::ND2NZ_DST)->fields);
  round_trip<csr::Load3dFmap>(find_csr(csr_number::LOAD3D_FMAP)->fields);
  round_trip<csr::Load3dFilter>(find_csr(csr_number::LOAD3D_FILTER)->fields);
  round_trip<csr::Load3dPad>(find_csr(csr_number::LOAD3D_PAD)->fields);
}

TEST_CASE("abi: fields lie where the source says") {
  const uint64_t word = mte2::Copy{.n_burst = 1, .len_burst = 2, .src_gap = 3, .dst_gap = 4}.pack();
  CHECK(word == (1ull | 2ull << 12 | 3ull << 28 | 4ull << 44));
  CHECK(
      m::Mmad{.m = 4095, .k = 1, .n = 2, .type = 3, .init = 2, .unit_flag = 0, .bias = 64}.pack() ==
      (4095ull | 1ull << 12 | 2ull << 24 | 3ull << 36 | 2ull << 40 | 64ull << 44));
}

TEST_CASE("abi: every instruction is found again from its word") {
  for (const InstructionInfo& info : kInstructions) {
    const uint32_t word = encode(info, 5, 6, 7);
    CHECK(decode(word) == &info);
    CHECK((word & 0x7f) == 0x0b);
    CHECK((word >> 7 & 31) == 5);
    CHECK((word >> 15 & 31) == 6);
    CHECK((word >> 20 & 31) == 7);
    CHECK(!disassemble(info, 1, 2, 3).empty());
    CHECK(find_instruction(static_cast<unsigned>(info.pipe), info.op) == &info);
  }
  unsigned known = 0;
  for (uint32_t op = 0; op < 128; ++op) {
    for (uint32_t pipe = 0; pipe < 8; ++pipe) known += decode(pipe, op >> 5, op & 31) != nullptr;
  }
  CHECK(known == kInstructions.size());
  CHECK(decode(encode(kInstructions[0], 0, 0, 0) ^ 0x20) == nullptr);  // custom-1
  CHECK(decode(7u, 0u, 0u) == nullptr);
  CHECK(decode(0u, 4u, 0u) == nullptr);
}

TEST_CASE("abi: illegal words are named by their field") {
  const InstructionInfo& copy = info_of(Insn::mte2_copy);
  CHECK(check_config(copy, mte2::Copy{}.pack()) == nullptr);
  CHECK(check_config(copy, 0)->name == "n_burst");
  CHECK(check_config(copy, mte2::Copy{.n_burst = 1, .len_burst = 0}.pack())->name == "len_burst");
  CHECK(check_config(copy, mte2::Copy{}.pack() | 1ull << 63) == &kReservedBits);
  CHECK(check_config(info_of(Insn::m_mmad), m::Mmad{.type = 8}.pack())->name == "type");
  const InstructionInfo& add = info_of(Insn::v_vadd);
  CHECK(check_config(add, v::Config{.type = 0}.pack()) == nullptr);
  CHECK(check_config(add, v::Config{.type = 2}.pack())->name == "type");  // No vadd of bf16.
}

TEST_CASE("abi: regions and errors") {
  CHECK(find_region(CUBIST_REGION_L1_BASE)->name == "L1");
  CHECK(find_region(CUBIST_REGION_L1_BASE + CUBIST_REGION_L1_SIZE - 1)->name == "L1");
  CHECK(find_region(CUBIST_REGION_HBM_BASE + 5)->name == "HBM");
  CHECK(find_region(0) == nullptr);
  CHECK(in_mask(info_of(Insn::mte2_copy).dst, Region::UB));
  CHECK_FALSE(in_mask(info_of(Insn::mte2_copy).dst, Region::L0A));
  CHECK(find_error(uint64_t{CUBIST_ERROR_TIMEOUT})->name == "TIMEOUT");
  CHECK(find_error("CUBIST_ERROR_BUS")->code == CUBIST_ERROR_BUS);
  CHECK(find_error("BUS")->code == CUBIST_ERROR_BUS);
  CHECK(find_error("NONSENSE") == nullptr);
  CHECK(find_error(uint64_t{9999}) == nullptr);
  for (const ErrorInfo& error : kErrors) CHECK(!error.text.empty());
}

TEST_CASE("abi: text of an instruction") {
  CHECK(disassemble(info_of(Insn::mte2_copy), 0x40000000, 0x1000000000,
                    mte2::Copy{.n_burst = 2, .len_burst = 64}.pack()) ==
        "MTE2.copy dst=0x40000000 src=0x1000000000 n_burst=2 len_burst=64 src_gap=0 dst_gap=0");
}
