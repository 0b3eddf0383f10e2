// SPDX-License-Identifier: Apache-2.0
#include "native_core.h"

#include <cstring>

#include "abi/cubist_abi.h"
#include "half_value.h"

namespace cubist::test {

namespace {

NativeCore* current = nullptr;

float load_float(const uint8_t* from) {
  float value;
  std::memcpy(&value, from, 4);
  return value;
}
void store_float(uint8_t* to, float value) {
  std::memcpy(to, &value, 4);
}
uint64_t up(uint64_t value, uint64_t to) {
  return (value + to - 1) / to * to;
}

}  // namespace

NativeCore::NativeCore(const NativeSizes& sizes, std::vector<uint8_t>& gm, uint32_t block,
                       uint32_t blocks, unsigned seed)
    : gm_(gm),
      // 0xff..ff is a NaN: what a kernel reads without having written it shows.
      l1_(sizes.l1, 0xff),
      l0a_(sizes.l0a, 0xff),
      l0b_(sizes.l0b, 0xff),
      l0c_(sizes.l0c, 0xff),
      bt_(sizes.bt, 0xff),
      block_(block),
      blocks_(blocks),
      random_(seed) {
  current = this;
}
NativeCore::~NativeCore() {
  current = nullptr;
}

uint64_t NativeCore::read_csr(unsigned number) const {
  switch (number) {
    case CUBIST_CSR_BLOCK_IDX:
      return block_;
    case CUBIST_CSR_BLOCK_NUM:
      return blocks_;
    case CUBIST_CSR_L1_SIZE:
      return l1_.size();
    case CUBIST_CSR_L0A_SIZE:
      return l0a_.size();
    case CUBIST_CSR_L0B_SIZE:
      return l0b_.size();
    case CUBIST_CSR_L0C_SIZE:
      return l0c_.size();
    default: {
      const auto found = csrs_.find(number);
      return found == csrs_.end() ? 0 : found->second;
    }
  }
}

const void* NativeCore::gm_object(uint64_t address) const {
  return gm_.data() + (address - CUBIST_REGION_HBM_BASE);
}

uint8_t* NativeCore::at(uint64_t address, uint64_t bytes, const char* what) {
  struct Place {
    uint64_t base;
    std::vector<uint8_t>& buffer;
  };
  const Place places[] = {{CUBIST_REGION_HBM_BASE, gm_},  {CUBIST_REGION_L1_BASE, l1_},
                          {CUBIST_REGION_L0A_BASE, l0a_}, {CUBIST_REGION_L0B_BASE, l0b_},
                          {CUBIST_REGION_L0C_BASE, l0c_}, {CUBIST_REGION_BT_BASE, bt_}};
  for (const Place& place : places) {
    if (address >= place.base && address - place.base < place.buffer.size() &&
        bytes <= place.buffer.size() - (address - place.base)) {
      return place.buffer.data() + (address - place.base);
    }
  }
  fail(std::string(what) + ": " + std::to_string(bytes) + " bytes are out of bounds");
  spill_.resize(bytes);
  return spill_.data();
}

void NativeCore::issue(unsigned pipe, unsigned op, uint64_t rd, uint64_t rs1, uint64_t rs2) {
  const abi::InstructionInfo* info = abi::find_instruction(pipe, op);
  if (info == nullptr) return fail("illegal instruction");
  if (const abi::FieldInfo* wrong = abi::check_config(*info, rs2)) {
    fail(abi::disassemble(*info, rd, rs1, rs2) + ": illegal " + std::string(wrong->name));
  }
  if (info->id == abi::Insn::s_trap) {
    trap_code = rs2;
    return;
  }
  queues_[pipe].push_back({info, rd, rs1, rs2, csrs_});
  run_some();
}

void NativeCore::run_some() {
  // A queue holds 32 instructions; often leave much of that unexecuted.
  const unsigned keep = random_() % 32;
  for (unsigned tries = 0; tries < 64; ++tries) {
    bool full = false;
    for (const auto& queue : queues_) full = full || queue.size() > keep;
    if (!full) return;
    step(random_() % abi::kPipes);
  }
  for (const auto& queue : queues_) {
    while (queue.size() > 32 && error_.empty()) {
      bool any = false;
      for (unsigned pipe = 0; pipe < abi::kPipes; ++pipe) any = step(pipe) || any;
      if (!any) fail("deadlock while a queue is full");
    }
  }
}

bool NativeCore::step(unsigned pipe) {
  if (queues_[pipe].empty()) return false;
  const Entry& entry = queues_[pipe].front();
  const uint64_t other = entry.config & 7, id = entry.config >> 8 & 7;
  if (entry.info->id == abi::Insn::wait_flag) {
    bool& flag = flags_[(other * 8 + pipe) * 8 + id];
    if (!flag) return false;
    flag = false;
  } else if (entry.info->id == abi::Insn::set_flag) {
    bool& flag = flags_[(pipe * 8 + other) * 8 + id];
    if (flag) fail("flag set twice");
    flag = true;
  } else {
    execute(entry);
  }
  queues_[pipe].pop_front();
  return true;
}

std::string NativeCore::finish() {
  for (;;) {
    bool any = false, left = false;
    for (unsigned pipe = 0; pipe < abi::kPipes; ++pipe) {
      any = step(pipe) || any;
      left = left || !queues_[pipe].empty();
    }
    if (!left) break;
    if (!any) {
      fail("deadlock");
      break;
    }
  }
  for (bool flag : flags_) {
    if (flag) fail("a flag stays set");
  }
  return error_;
}

void NativeCore::execute(const Entry& entry) {
  switch (entry.info->pipe) {
    case abi::Pipe::MTE2:
      return mte2(entry);
    case abi::Pipe::MTE1:
      return mte1(entry);
    case abi::Pipe::M:
      return mmad(entry);
    case abi::Pipe::FIX:
      return fixpipe(entry);
    default:
      return;
  }
}

void NativeCore::mte2(const Entry& e) {
  const auto csr = [&](unsigned number) {
    const auto found = e.csrs.find(number);
    return found == e.csrs.end() ? 0 : found->second;
  };
  if (e.info->id == abi::Insn::mte2_copy) {
    const auto c = abi::mte2::Copy::unpack(e.config);
    for (uint64_t i = 0; i < c.n_burst; ++i) {
      const uint64_t length = c.len_burst * uint64_t{32};
      std::memmove(at(e.dst + i * (length + c.dst_gap * 32), length, "copy to L1"),
                   at(e.src + i * (length + c.src_gap * 32), length, "copy from GM"), length);
    }
  } else if (e.info->id == abi::Insn::mte2_copy_pad) {
    const auto c = abi::mte2::CopyPad::unpack(e.config);
    std::memmove(at(e.dst, up(c.len, 32), "copy_pad to L1"), at(e.src, c.len, "copy_pad from GM"),
                 c.len);
  } else if (e.info->id == abi::Insn::mte2_nd2nz) {
    const auto c = abi::mte2::Nd2nz::unpack(e.config);
    const auto from = abi::csr::Nd2nzSrc::unpack(csr(CUBIST_CSR_ND2NZ_SRC));
    const auto to = abi::csr::Nd2nzDst::unpack(csr(CUBIST_CSR_ND2NZ_DST));
    for (uint64_t r = 0; r < c.n_value; ++r) {
      for (uint64_t col = 0; col < up(c.d_value, 16); ++col) {
        uint8_t* out =
            at(e.dst + col / 16 * to.c0_stride * 32 + r * to.n_stride * 32 + col % 16 * 2, 2,
               "nd2nz to L1");
        if (col < c.d_value) {
          std::memcpy(out, at(e.src + (r * from.row_stride + col) * 2, 2, "nd2nz from GM"), 2);
        } else {
          std::memset(out, 0, 2);
        }
      }
    }
  } else {
    const auto c = abi::mte2::Fill::unpack(e.config);
    for (uint64_t i = 0; i < c.len * 16u; ++i)
      std::memcpy(at(e.dst + i * 2, 2, "fill"), &c.value, 2);
  }
}

void NativeCore::mte1(const Entry& e) {
  const auto csr = [&](unsigned number) {
    const auto found = e.csrs.find(number);
    return found == e.csrs.end() ? 0 : found->second;
  };
  if (e.src % e.info->align != 0 || e.dst % e.info->align != 0) fail("MTE1: misaligned");
  if (e.info->id == abi::Insn::mte1_load_bias) {
    const uint64_t bytes = abi::mte1::LoadBias::unpack(e.config).len * 64u;
    std::memcpy(at(e.dst, bytes, "load_bias to BT"), at(e.src, bytes, "load_bias from L1"), bytes);
    return;
  }
  if (e.info->id == abi::Insn::mte1_load2d) {
    const auto c = abi::mte1::Load2d::unpack(e.config);
    for (uint64_t i = 0; i < c.repeat; ++i) {
      const uint8_t* from =
          at(e.src + (c.start_index + i * c.src_stride) * 512, 512, "load2d from L1");
      uint8_t* to = at(e.dst + i * (c.dst_gap + 1u) * 512, 512, "load2d to L0");
      for (unsigned r = 0; r < 16; ++r) {
        for (unsigned col = 0; col < 16; ++col) {
          std::memcpy(to + (r * 16 + col) * 2,
                      from + (c.transpose != 0 ? col * 16 + r : r * 16 + col) * 2, 2);
        }
      }
    }
    return;
  }
  const auto c = abi::mte1::Load3d::unpack(e.config);
  const auto map = abi::csr::Load3dFmap::unpack(csr(CUBIST_CSR_LOAD3D_FMAP));
  const auto f = abi::csr::Load3dFilter::unpack(csr(CUBIST_CSR_LOAD3D_FILTER));
  const auto pad = abi::csr::Load3dPad::unpack(csr(CUBIST_CSR_LOAD3D_PAD));
  const int64_t out_w =
      (map.width + pad.left + pad.right - f.dilation_w * (f.filter_w - 1) - 1) / f.stride_w + 1;
  const int64_t out_h =
      (map.height + pad.top + pad.bottom - f.dilation_h * (f.filter_h - 1) - 1) / f.stride_h + 1;
  const uint64_t k1s = up(c.k_ext, 16) / 16;
  for (uint64_t m = 0; m < up(c.m_ext, 16); ++m) {
    for (uint64_t k = 0; k < up(c.k_ext, 16); ++k) {
      const uint64_t block = (c.k_start + k) / 16;
      const uint64_t taps = uint64_t{f.filter_h} * f.filter_w;
      const uint64_t c1 = block / taps, kh = block % taps / f.filter_w, kw = block % f.filter_w;
      const auto pixel = static_cast<int64_t>(c.m_start + m);
      const int64_t y =
          pixel / out_w * f.stride_h - pad.top + static_cast<int64_t>(kh) * f.dilation_h;
      const int64_t x =
          pixel % out_w * f.stride_w - pad.left + static_cast<int64_t>(kw) * f.dilation_w;
      uint16_t value = pad.value;
      if (pixel < out_w * out_h && x >= 0 && y >= 0 && x < map.width && y < map.height) {
        if (c1 >= map.c1) fail("load3d: beyond the map's channels");
        std::memcpy(&value,
                    at(e.src + (((c1 * map.height + static_cast<uint64_t>(y)) * map.width +
                                 static_cast<uint64_t>(x)) *
                                    16 +
                                k % 16) *
                                   2,
                       2, "load3d from L1"),
                    2);
      }
      std::memcpy(at(e.dst + (m / 16 * k1s + k / 16) * 512 + (m % 16 * 16 + k % 16) * 2, 2,
                     "load3d to L0A"),
                  &value, 2);
    }
  }
}

void NativeCore::mmad(const Entry& e) {
  ++mmads;
  const auto c = abi::m::Mmad::unpack(e.config);
  const uint64_t a = e.src & 0xffffffff, b = e.src >> 32;
  const uint64_t k1s = up(c.k, 16) / 16, n1s = up(c.n, 16) / 16, m16 = up(c.m, 16);
  for (uint64_t m = 0; m < c.m; ++m) {
    for (uint64_t n = 0; n < c.n; ++n) {
      uint8_t* out = at(e.dst + n / 16 * m16 * 64 + m * 64 + n % 16 * 4, 4, "mmad to L0C");
      float sum = c.init == 0   ? 0.0f
                  : c.init == 1 ? load_float(out)
                                : load_float(at(CUBIST_REGION_BT_BASE + c.bias + n * 4, 4, "bias"));
      for (uint64_t k = 0; k < c.k; ++k) {
        const uint8_t* x =
            at(a + (m / 16 * k1s + k / 16) * 512 + (m % 16 * 16 + k % 16) * 2, 2, "mmad from L0A");
        const uint8_t* y =
            at(b + (k / 16 * n1s + n / 16) * 512 + (n % 16 * 16 + k % 16) * 2, 2, "mmad from L0B");
        sum += half_to_float(x) * half_to_float(y);
      }
      store_float(out, sum);
    }
  }
}

void NativeCore::fixpipe(const Entry& e) {
  const auto c = abi::fix::Fixpipe::unpack(e.config);
  const auto found = e.csrs.find(CUBIST_CSR_FIXPIPE_STRIDE);
  const uint64_t stride = found == e.csrs.end() ? 0 : found->second;
  const uint64_t size = c.cast == 1 ? 2 : 4;
  for (uint64_t m = 0; m < c.m_size; ++m) {
    for (uint64_t n = 0; n < c.n_size; ++n) {
      float value = load_float(
          at(e.src + (n / 16 * c.src_stride + m) * 64 + n % 16 * 4, 4, "fixpipe from L0C"));
      if (c.relu != 0 && value < 0) value = 0;
      const uint64_t to =
          c.layout != 0 ? (m * stride + n) * size : n / 16 * stride * 32 + (m * 16 + n % 16) * size;
      uint8_t* out = at(e.dst + to, size, "fixpipe to GM");
      if (size == 2) {
        float_to_half(value, out);
      } else {
        store_float(out, value);
      }
    }
  }
}

}  // namespace cubist::test

namespace cubist::detail {
void native_issue(unsigned pipe, unsigned op, uint64_t rd, uint64_t rs1, uint64_t rs2) {
  test::current->issue(pipe, op, rd, rs1, rs2);
}
uint64_t native_read_csr(unsigned number) {
  return test::current->read_csr(number);
}
void native_write_csr(unsigned number, uint64_t value) {
  test::current->write_csr(number, value);
}
const void* native_gm(uint64_t address) {
  return test::current->gm_object(address);
}
}  // namespace cubist::detail
