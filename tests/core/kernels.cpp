// SPDX-License-Identifier: Apache-2.0
// Kernels of the core's tests: pipes, flags, movers, mistakes.
#include "tests/core/kernel_support.h"

/// GM -> L1 -> GM, n[0] blocks of 32 bytes.
TEST_KERNEL(copy_l1) {
  const auto len = static_cast<uint16_t>(a.n[0]);
  mte2::copy(kL1, a.in[0], {.n_burst = 1, .len_burst = len});
  set_flag<Pipe::MTE2, Pipe::MTE3>(0);
  wait_flag<Pipe::MTE2, Pipe::MTE3>(0);
  mte3::copy(a.out, kL1, {.n_burst = 1, .len_burst = len});
}

/// C = A * B in FP16, n[0] x n[1] times n[1] x n[2], FP16 out; one tile, chunks of k of n[3] with
/// two buffers in L0A and L0B.
TEST_KERNEL(matmul) {
  const auto m = static_cast<unsigned>(a.n[0]), k = static_cast<unsigned>(a.n[1]),
             n = static_cast<unsigned>(a.n[2]), step = static_cast<unsigned>(a.n[3]);
  const unsigned m1 = up16(m), k1 = up16(k), n1 = up16(n);
  const uint32_t b_l1 = kL1 + m1 * k1 * 512;
  mte2::fill(kL1, {.len = static_cast<uint16_t>((m1 + n1) * k1 * 16), .value = 0});
  barrier<Pipe::MTE2>();
  csr::set_nd2nz_src({.row_stride = k});
  csr::set_nd2nz_dst({.c0_stride = static_cast<uint16_t>(m1 * 16), .n_stride = 1});
  mte2::nd2nz(kL1, a.in[0],
              {.nd_num = 1,
               .n_value = static_cast<uint16_t>(m),
               .d_value = static_cast<uint16_t>(k),
               .type = kF16});
  csr::set_nd2nz_src({.row_stride = n});
  csr::set_nd2nz_dst({.c0_stride = static_cast<uint16_t>(k1 * 16), .n_stride = 1});
  mte2::nd2nz(b_l1, a.in[1],
              {.nd_num = 1,
               .n_value = static_cast<uint16_t>(k),
               .d_value = static_cast<uint16_t>(n),
               .type = kF16});
  set_flag<Pipe::MTE2, Pipe::MTE1>(0);
  wait_flag<Pipe::MTE2, Pipe::MTE1>(0);
  for (unsigned i = 0; i < 2; ++i) set_flag<Pipe::M, Pipe::MTE1>(i);  // both buffers are free
  unsigned buffer = 0;
  for (unsigned at = 0; at < k1; at += step, buffer ^= 1) {
    const unsigned part = k1 - at < step ? k1 - at : step;
    const uint32_t a_l0 = kL0a + buffer * 32768, b_l0 = kL0b + buffer * 32768;
    wait_flag<Pipe::M, Pipe::MTE1>(buffer);
    for (unsigned i = 0; i < m1; ++i) {
      mte1::load2d(a_l0 + i * part * 512, kL1,
                   {.start_index = static_cast<uint16_t>(at * m1 + i),
                    .repeat = static_cast<uint8_t>(part),
                    .src_stride = static_cast<uint16_t>(m1)});
    }
    for (unsigned i = 0; i < part; ++i) {
      mte1::load2d(b_l0 + i * n1 * 512, b_l1,
                   {.start_index = static_cast<uint16_t>(at + i),
                    .repeat = static_cast<uint8_t>(n1),
                    .src_stride = static_cast<uint16_t>(k1),
                    .transpose = 1});
    }
    set_flag<Pipe::MTE1, Pipe::M>(buffer);
    wait_flag<Pipe::MTE1, Pipe::M>(buffer);
    const unsigned k_here = k - at * 16 < part * 16 ? k - at * 16 : part * 16;
    m::mmad(kL0c, a_l0, b_l0,
            {.m = static_cast<uint16_t>(m),
             .k = static_cast<uint16_t>(k_here),
             .n = static_cast<uint16_t>(n),
             .init = static_cast<uint8_t>(at == 0 ? 0 : 1)});
    set_flag<Pipe::M, Pipe::MTE1>(buffer);
  }
  set_flag<Pipe::M, Pipe::FIX>(0);
  wait_flag<Pipe::M, Pipe::FIX>(0);
  csr::set_fixpipe_stride(n);
  fix::fixpipe(a.out, kL0c,
               {.n_size = static_cast<uint16_t>(n),
                .m_size = static_cast<uint16_t>(m),
                .src_stride = static_cast<uint16_t>(m1 * 16),
                .cast = 1,
                .layout = 1});
}

/// out = a + b, n[0] FP16 elements, in pieces of 2048 with two buffers.
TEST_KERNEL(vector_add) {
  const uint64_t count = a.n[0];
  unsigned buffer = 0;
  for (unsigned i = 0; i < 2; ++i) set_flag<Pipe::MTE3, Pipe::MTE2>(i);
  for (uint64_t at = 0; at < count; at += 2048, buffer ^= 1) {
    const uint64_t part = count - at < 2048 ? count - at : 2048;
    const uint32_t x = kUb + buffer * 16384, y = x + 4096, z = x + 8192;
    const mte2::CopyPad in{.n_burst = 1, .len = static_cast<uint32_t>(part * 2)};
    wait_flag<Pipe::MTE3, Pipe::MTE2>(buffer);
    mte2::copy_pad(x, a.in[0] + at * 2, in);
    mte2::copy_pad(y, a.in[1] + at * 2, in);
    set_flag<Pipe::MTE2, Pipe::V>(buffer);
    wait_flag<Pipe::MTE2, Pipe::V>(buffer);
    csr::set_vmask0(part);
    v::vadd(z, x, y,
            {.dst_block = 1,
             .src0_block = 1,
             .src1_block = 1,
             .dst_repeat = 8,
             .src0_repeat = 8,
             .src1_repeat = 8,
             .type = kF16,
             .counter = 1});
    set_flag<Pipe::V, Pipe::MTE3>(buffer);
    wait_flag<Pipe::V, Pipe::MTE3>(buffer);
    mte3::copy_pad(a.out + at * 2, z, {.n_burst = 1, .len = static_cast<uint32_t>(part * 2)});
    set_flag<Pipe::MTE3, Pipe::MTE2>(buffer);
  }
}

/// The bank benchmark: n[0] FP32 additions of 64 repeats; dst, src0 and src1 at n[1], n[2] and n[3]
/// in UB, repeat stride of src0 n[4]. Stores the cycles of all of them.
TEST_KERNEL(bank_bench) {
  const uint64_t count = a.n[0];
  const auto dst = static_cast<uint32_t>(kUb + a.n[1]), src0 = static_cast<uint32_t>(kUb + a.n[2]),
             src1 = static_cast<uint32_t>(kUb + a.n[3]);
  const v::Config config{.repeat = 64,
                         .dst_block = 1,
                         .src0_block = 1,
                         .src1_block = 1,
                         .dst_repeat = 8,
                         .src0_repeat = static_cast<uint8_t>(a.n[4]),
                         .src1_repeat = 8,
                         .type = static_cast<uint8_t>(ElementType::f32)};
  uint64_t before, after;
  asm volatile("rdcycle %0" : "=r"(before));
  for (uint64_t i = 0; i < count; ++i) v::vadd(dst, src0, src1, config);
  drain();
  asm volatile("rdcycle %0" : "=r"(after));
  *reinterpret_cast<volatile uint64_t*>(a.out) = after - before;
}

/// Operations with operands in CSRs, on n[0] FP32 numbers: those above 2.5, else 0.5; the same
/// numbers packed, and how many they are; the numbers in the order of the offsets in in[1].
TEST_KERNEL(vector_choice) {
  const auto bytes = static_cast<uint32_t>(a.n[0] * 4);
  const uint32_t x = kUb, offsets = kUb + 0x4000, bits = kUb + 0x8000, out = kUb + 0xc000,
                 packed = kUb + 0x10000, ordered = kUb + 0x14000, number = kUb + 0x18000;
  v::Config config{.dst_block = 1,
                   .src0_block = 1,
                   .src1_block = 1,
                   .dst_repeat = 8,
                   .src0_repeat = 8,
                   .src1_repeat = 8,
                   .type = static_cast<uint8_t>(ElementType::f32),
                   .counter = 1};
  mte2::copy_pad(x, a.in[0], {.n_burst = 1, .len = bytes});
  mte2::copy_pad(offsets, a.in[1], {.n_burst = 1, .len = bytes});
  set_flag<Pipe::MTE2, Pipe::V>(0);
  wait_flag<Pipe::MTE2, Pipe::V>(0);
  csr::set_vmask0(a.n[0]);
  csr::set_vscalar(0x40200000);  // 2.5
  config.mode = 1;
  v::vcmps(bits, x, config);
  csr::set_vselect(bits);
  csr::set_vscalar(0x3f000000);  // 0.5
  config.mode = 0;
  v::vsels(out, x, config);
  csr::set_vscalar(number);
  v::vgathermask(packed, x, bits, config);
  csr::set_vscalar(x);
  v::vgather(ordered, offsets, config);
  set_flag<Pipe::V, Pipe::MTE3>(0);
  wait_flag<Pipe::V, Pipe::MTE3>(0);
  mte3::copy_pad(a.out, out, {.n_burst = 1, .len = bytes});
  mte3::copy_pad(a.out + bytes, packed, {.n_burst = 1, .len = bytes});
  mte3::copy_pad(a.out + 2 * bytes, ordered, {.n_burst = 1, .len = bytes});
  mte3::copy_pad(a.out + 3 * bytes, number, {.n_burst = 1, .len = 4});
}

/// C = A * B in INT8, n[0] x n[1] times the transpose of n[2] x n[1], to INT8 with a scale, an
/// offset and a slope of each column: in[2] has n[2] words of 8 bytes, padded to 64, then n[2] FP32
/// numbers. Out in NZ.
TEST_KERNEL(requant) {
  const auto m = static_cast<unsigned>(a.n[0]), k = static_cast<unsigned>(a.n[1]),
             n = static_cast<unsigned>(a.n[2]);
  const unsigned m1 = up16(m), k1 = (k + 31) / 32, n1 = up16(n);
  const uint32_t b_l1 = kL1 + m1 * k1 * 512, params = kL1 + 256 * 1024;
  const unsigned scales = (n * 8 + 63) / 64, slopes = (n * 4 + 63) / 64;
  const auto s8 = static_cast<uint8_t>(ElementType::s8);
  mte2::fill(kL1, {.len = static_cast<uint16_t>((m1 + n1) * k1 * 16), .value = 0});
  barrier<Pipe::MTE2>();
  csr::set_nd2nz_src({.row_stride = k});
  csr::set_nd2nz_dst({.c0_stride = static_cast<uint16_t>(m1 * 16), .n_stride = 1});
  mte2::nd2nz(kL1, a.in[0],
              {.nd_num = 1,
               .n_value = static_cast<uint16_t>(m),
               .d_value = static_cast<uint16_t>(k),
               .type = s8});
  csr::set_nd2nz_dst({.c0_stride = static_cast<uint16_t>(n1 * 16), .n_stride = 1});
  mte2::nd2nz(b_l1, a.in[1],
              {.nd_num = 1,
               .n_value = static_cast<uint16_t>(n),
               .d_value = static_cast<uint16_t>(k),
               .type = s8});
  mte2::copy(params, a.in[2],
             {.n_burst = 1, .len_burst = static_cast<uint16_t>((scales + slopes) * 2)});
  set_flag<Pipe::MTE2, Pipe::MTE1>(0);
  set_flag<Pipe::MTE2, Pipe::FIX>(0);
  wait_flag<Pipe::MTE2, Pipe::MTE1>(0);
  for (unsigned i = 0; i < m1; ++i) {
    mte1::load2d(kL0a + i * k1 * 512, kL1,
                 {.start_index = static_cast<uint16_t>(i),
                  .repeat = static_cast<uint8_t>(k1),
                  .src_stride = static_cast<uint16_t>(m1)});
  }
  mte1::load2d(kL0b, b_l1, {.repeat = static_cast<uint8_t>(k1 * n1), .src_stride = 1});
  set_flag<Pipe::MTE1, Pipe::M>(0);
  wait_flag<Pipe::MTE1, Pipe::M>(0);
  m::mmad(kL0c, kL0a, kL0b,
          {.m = static_cast<uint16_t>(m),
           .k = static_cast<uint16_t>(k),
           .n = static_cast<uint16_t>(n),
           .type = 4});
  set_flag<Pipe::M, Pipe::FIX>(0);
  wait_flag<Pipe::MTE2, Pipe::FIX>(0);
  fix::load_params(CUBIST_REGION_FB_BASE, params, {.len = static_cast<uint8_t>(scales + slopes)});
  wait_flag<Pipe::M, Pipe::FIX>(0);
  csr::set_fixpipe_stride(m);
  csr::set_fixpipe_quant(0);
  csr::set_fixpipe_relu(scales * 64);
  fix::fixpipe(a.out, kL0c,
               {.n_size = static_cast<uint16_t>(n),
                .m_size = static_cast<uint16_t>(m),
                .src_stride = static_cast<uint16_t>(m1 * 16),
                .cast = 6,
                .relu = 1,
                .layout = 0,
                .relu_slope = 2,
                .quant_vector = 1});
}

/// Pushes n[0] small copies at once and stores how many cycles the pushing took.
TEST_KERNEL(flood) {
  const uint64_t count = a.n[0], from = a.in[0];  // Reading them again would take a memory latency.
  uint64_t before, after;
  asm volatile("rdcycle %0" : "=r"(before));
  for (uint64_t i = 0; i < count; ++i) {
    mte2::copy(kUb, from, {.n_burst = 1, .len_burst = 1});
  }
  asm volatile("rdcycle %0" : "=r"(after));
  drain();
  *reinterpret_cast<volatile uint64_t*>(a.out) = after - before;
}

/// Scalar work: sums n[0] 8-byte numbers of GM through a table on the stack, stores, atomics, UB.
TEST_KERNEL(scalar) {
  volatile uint64_t table[64];
  for (unsigned i = 0; i < 64; ++i) table[i] = i * 3;
  auto* in = reinterpret_cast<volatile uint64_t*>(a.in[0]);
  uint64_t sum = 0;
  for (uint64_t i = 0; i < a.n[0]; ++i) sum += in[i] + table[i % 64];
  auto* ub = reinterpret_cast<volatile uint64_t*>(static_cast<uint64_t>(kUb));
  ub[5] = sum;
  auto* out = reinterpret_cast<volatile uint64_t*>(a.out);
  out[0] = ub[5];
  out[1] = block_idx() + (uint64_t{block_num()} << 32);
  __atomic_fetch_add(reinterpret_cast<uint64_t*>(a.out) + 2, 7, __ATOMIC_SEQ_CST);
  out[3] = csr::ub_size();
  s::trace(sum);
}

/// Runs until it is killed, after starting something that takes a while.
TEST_KERNEL(spin) {
  mte2::copy(kUb, a.in[0], {.n_burst = 1, .len_burst = 2048});
  for (volatile uint64_t i = 0;;) i = i + 1;
}

/// One mistake, chosen by n[0].
TEST_KERNEL(mistake) {
  switch (a.n[0]) {
    case 0:
      s::trap(0x1234);
      break;
    case 1:
      asm volatile("ebreak");
      break;
    case 2:
      asm volatile(".word 0xffffffff");
      break;
    case 3:
      *reinterpret_cast<volatile uint64_t*>(a.n[1]) = 1;
      break;
    case 4:
      mte2::copy(kUb + 192 * 1024 - 32, a.in[0], {.n_burst = 1, .len_burst = 2});
      break;
    case 5:
      mte2::copy(kUb + 4, a.in[0], {.n_burst = 1, .len_burst = 1});
      break;
    case 6:
      mte2::copy(kUb, 0x3fffffff00, {.n_burst = 1, .len_burst = 16});
      break;
    case 7:
      mte2::copy(kUb, a.in[0], {.n_burst = 0, .len_burst = 1});
      break;
    case 8:
      set_flag<Pipe::MTE2, Pipe::V>(3);
      set_flag<Pipe::MTE2, Pipe::V>(3);
      break;
    case 9:
      set_flag<Pipe::MTE2, Pipe::V>(2);
      wait_flag<Pipe::MTE2, Pipe::V>(1);
      break;
    case 10:
      wait_flag<Pipe::V, Pipe::S>(4);
      break;
    case 11:
      m::mmad(kL0c, kL0a, kL0b, {.m = 16, .k = 16, .n = 16});
      break;  // no M on an AIV
    case 12: {
      auto deeper = [](auto& self, uint64_t n) -> uint64_t {
        volatile uint64_t room[512];
        room[n % 512] = n;
        return n == 0 ? 0 : self(self, n - 1) + room[0];
      };
      deeper(deeper, a.n[1]);
      break;
    }
    case 13:
      asm volatile("csrw mscratch, zero");
      break;
    case 14:
      asm volatile("wfi");
      break;
    case 15:
      mte2::copy(kL1, a.in[0], {.n_burst = 1, .len_burst = 1});
      break;  // no L1 on an AIV
    case 16:
      reinterpret_cast<void (*)()>(0x1234)();
      break;
    case 17:
      v::vadd(kUb + 1024, kUb, kUb, {.repeat = 1, .dst_block = 1, .type = 3});
      break;
    case 20:
      csr::set_vscalar(kUb + 2);
      v::vgather(kUb + 1024, kUb, {.repeat = 1, .dst_block = 1, .type = 1});
      break;
    case 21:
      csr::set_vselect(a.in[0]);
      v::vsel(kUb + 1024, kUb, kUb, {.repeat = 1, .dst_block = 1});
      break;
    case 18:
      for (;;) wait_flag<Pipe::MTE2, Pipe::V>(1);  // fills the queue, then nothing moves
    case 19:
      mte3::copy_pad(0x3fffffff00, kUb, {.n_burst = 1, .len = 8});
      break;
    default:
      break;
  }
}

/// Mistakes of an AIC, chosen by n[0].
TEST_KERNEL(cube_mistake) {
  switch (a.n[0]) {
    case 0:
      m::mmad(kL0c, kL0a, kL0b, {.m = 4095, .k = 16, .n = 16});
      break;
    case 1:
      m::mmad(kL0c + 512, kL0a, kL0b, {.m = 16, .k = 16, .n = 16});
      break;
    case 2:
      m::mmad(kL0c, kL0b, kL0a, {.m = 16, .k = 16, .n = 16});
      break;
    case 3:
      mte1::load2d(kL0a, kL1, {.start_index = 1024, .repeat = 1});
      break;
    case 4:
      csr::set_load3d_fmap({.height = 4, .width = 4, .c1 = 1});
      csr::set_load3d_filter({.filter_h = 5,
                              .filter_w = 1,
                              .stride_h = 1,
                              .stride_w = 1,
                              .dilation_h = 1,
                              .dilation_w = 1});
      mte1::load3d(kL0a, kL1, {.k_ext = 16, .m_ext = 16});
      break;
    case 5:
      mte1::load_bias(kBt, kL1, {.len = 17});
      break;
    case 7:
      csr::set_nd2nz_dst({.c0_stride = 16385, .n_stride = 1});
      mte2::nd2nz(kL1, a.in[0], {.nd_num = 1, .n_value = 1, .d_value = 1});
      break;
    case 8:
      fix::load_params(CUBIST_REGION_FB_BASE + 6 * 1024, kL1, {.len = 17});
      break;
    case 9:
      fix::fixpipe(a.out, kL0c, {.n_size = 16, .m_size = 16, .src_stride = 16, .cast = 15});
      break;
    case 10:
      mte1::load2d(kL0a, kL1, {.repeat = 1, .transpose = 1, .type = 9});
      break;
    case 6:
      set_flag<Pipe::M, Pipe::FIX>(0);
      m::mmad(kL0c, kL0a, kL0b, {.m = 64, .k = 64, .n = 64});
      set_flag<Pipe::M, Pipe::FIX>(0);
      m::mmad(kL0c, kL0a, kL0b, {.m = 64, .k = 64, .n = 64});
      break;
    default:
      break;
  }
}

/// im2col of one feature map through load3d, times the identity: the im2col matrix comes out.
/// n: height, width, c1, filter, stride, dilation, pad, rows.
TEST_KERNEL(im2col) {
  const auto h = static_cast<uint16_t>(a.n[0]), w = static_cast<uint16_t>(a.n[1]);
  const auto f = static_cast<uint16_t>(a.n[3]);
  const auto stride = static_cast<uint8_t>(a.n[4]), dilation = static_cast<uint8_t>(a.n[5]);
  const auto pad = static_cast<uint8_t>(a.n[6]);
  const auto rows = static_cast<uint16_t>(a.n[7]);
  const auto columns = static_cast<uint16_t>(a.n[2] * f * f * 16);
  const uint32_t identity = kL1 + 256 * 1024;
  mte2::copy(kL1, a.in[0], {.n_burst = 1, .len_burst = static_cast<uint16_t>(a.n[2] * h * w)});
  mte2::copy(identity, a.in[1], {.n_burst = 1, .len_burst = 16});
  set_flag<Pipe::MTE2, Pipe::MTE1>(0);
  wait_flag<Pipe::MTE2, Pipe::MTE1>(0);
  csr::set_load3d_fmap({.height = h, .width = w, .c1 = static_cast<uint16_t>(a.n[2])});
  csr::set_load3d_filter({.filter_h = f,
                          .filter_w = f,
                          .stride_h = stride,
                          .stride_w = stride,
                          .dilation_h = dilation,
                          .dilation_w = dilation});
  csr::set_load3d_pad({.left = pad, .right = pad, .top = pad, .bottom = pad});
  mte1::load2d(kL0b, identity, {.repeat = 1});
  csr::set_fixpipe_stride(columns);
  for (uint16_t at = 0; at < columns; at = static_cast<uint16_t>(at + 16)) {
    mte1::load3d(kL0a, kL1, {.k_ext = 16, .m_ext = rows, .k_start = at});
    set_flag<Pipe::MTE1, Pipe::M>(0);
    wait_flag<Pipe::MTE1, Pipe::M>(0);
    m::mmad(kL0c, kL0a, kL0b, {.m = rows, .k = 16, .n = 16});
    set_flag<Pipe::M, Pipe::FIX>(0);
    wait_flag<Pipe::M, Pipe::FIX>(0);
    fix::fixpipe(a.out + at * 2, kL0c,
                 {.n_size = 16,
                  .m_size = rows,
                  .src_stride = static_cast<uint16_t>(up16(rows) * 16),
                  .cast = 1,
                  .layout = 1});
    set_flag<Pipe::FIX, Pipe::MTE1>(0);
    wait_flag<Pipe::FIX, Pipe::MTE1>(0);
  }
}
