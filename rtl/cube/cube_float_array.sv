// SPDX-License-Identifier: Apache-2.0
// M x N dot-product units for FP16, BF16 and HF32: one step of 16 products and the accumulator, one
// rounding (docs/numerics.md). Combinational; cube_engine registers both sides, and synthesis retimes
// the registers behind it.
//
// Exponents carry an offset that makes a missing term (zero or masked) smaller than every other: a
// nonzero operand has its field + 512, a zero operand 0. All types are widened to 10 fraction bits.
//
// The innermost loops run over neighbours in one-dimensional rows, without branches: simulators turn
// exactly that into vector instructions.

module cube_float_array #(
  parameter int M = 16,
  parameter int N = 16
) (
  input  logic        en_i,
  input  logic [2:0]  dtype_i,
  input  logic [5:0]  terms_i,
  input  logic [cube_pkg::StepWords*M*32-1:0] a_i,  // [word of the step][row]
  input  logic [cube_pkg::StepWords*N*32-1:0] b_i,
  input  logic [M*N*32-1:0] c_i,
  output logic [M*N*32-1:0] c_o
);

  localparam int K0 = 16;

  // Words of the ports: operands by word of the step and row or column, accumulators by row and column.
  logic [31:0] a [cube_pkg::StepWords][M];
  logic [31:0] b [cube_pkg::StepWords][N];
  logic [31:0] c [M][N];
  logic [31:0] sums [M][N];
  for (genvar w = 0; w < cube_pkg::StepWords; w++) begin : g_words
    for (genvar m = 0; m < M; m++) begin : g_a
      assign a[w][m] = a_i[32*(w*M + m) +: 32];
    end
    for (genvar n = 0; n < N; n++) begin : g_b
      assign b[w][n] = b_i[32*(w*N + n) +: 32];
    end
  end
  for (genvar m = 0; m < M; m++) begin : g_rows
    for (genvar n = 0; n < N; n++) begin : g_columns
      assign c[m][n] = c_i[32*(m*N + n) +: 32];
      assign c_o[32*(m*N + n) +: 32] = sums[m][n];
    end
  end

  logic [18:0] a_wide [K0][M];  // sign, 8-bit field, 10-bit fraction
  logic [18:0] b_wide [K0][N];
  logic [31:0] a_exp [K0][M];
  logic [31:0] b_exp [K0][N];
  logic [63:0] a_sig [K0][M];
  logic [63:0] b_sig [K0][N];
  logic [63:0] a_neg [K0][M];  // all ones when negative
  logic [63:0] b_neg [K0][N];
  logic [31:0] specials;       // not zero when an operand or an accumulator is NaN or infinite

  logic [31:0] largest [N];    // field exponent of the step, per column of the row in work
  logic [63:0] sum [N];        // in units of 2^(largest - 55)

  // Widening, one branch a type. HF32 rounds to 10 fraction bits, to nearest even.
  always_comb begin : widen
    int unsigned k;
    int unsigned i;
    logic [31:0] w;
    logic [15:0] lo;
    logic [15:0] hi;
    logic [18:0] rounded;
    logic [18:0] keep;       // all ones for a term that takes part
    logic [18:0] keep_next;
    k = 0;
    i = 0;
    w = '0;
    lo = '0;
    hi = '0;
    rounded = '0;
    keep = '0;
    keep_next = '0;
    if (en_i) begin
      if (dtype_i == cube_pkg::Fp16) begin
        for (k = 0; k < K0 / 2; k++) begin
          keep      = 2 * k < 32'(terms_i) ? '1 : '0;
          keep_next = 2 * k + 1 < 32'(terms_i) ? '1 : '0;
          for (i = 0; i < M; i++) begin
            w  = a[k][i];
            lo = w[15:0];
            hi = w[31:16];
            a_wide[2 * k][i]     = keep & ((lo[14:10] == '1 ? 19'h3_8000 : '0) | {lo[15], 3'd0, lo[14:0]});
            a_wide[2 * k + 1][i] = keep_next & ((hi[14:10] == '1 ? 19'h3_8000 : '0) | {hi[15], 3'd0, hi[14:0]});
          end
          for (i = 0; i < N; i++) begin
            w  = b[k][i];
            lo = w[15:0];
            hi = w[31:16];
            b_wide[2 * k][i]     = keep & ((lo[14:10] == '1 ? 19'h3_8000 : '0) | {lo[15], 3'd0, lo[14:0]});
            b_wide[2 * k + 1][i] = keep_next & ((hi[14:10] == '1 ? 19'h3_8000 : '0) | {hi[15], 3'd0, hi[14:0]});
          end
        end
      end else if (dtype_i == cube_pkg::Bf16) begin
        for (k = 0; k < K0 / 2; k++) begin
          keep      = 2 * k < 32'(terms_i) ? '1 : '0;
          keep_next = 2 * k + 1 < 32'(terms_i) ? '1 : '0;
          for (i = 0; i < M; i++) begin
            w = a[k][i];
            a_wide[2 * k][i]     = keep & {w[15:0], 3'd0};
            a_wide[2 * k + 1][i] = keep_next & {w[31:16], 3'd0};
          end
          for (i = 0; i < N; i++) begin
            w = b[k][i];
            b_wide[2 * k][i]     = keep & {w[15:0], 3'd0};
            b_wide[2 * k + 1][i] = keep_next & {w[31:16], 3'd0};
          end
        end
      end else begin
        for (k = 0; k < K0; k++) begin
          keep = k < 32'(terms_i) ? '1 : '0;
          for (i = 0; i < M; i++) begin
            w  = a[k][i];
            rounded = 19'((w + 32'h0000_0FFF + {31'd0, w[13]}) >> 13);
            a_wide[k][i] = keep & (w[30:23] != '1 ? rounded
                : w[31:13] | {18'd0, w[12:0] != '0});  // a NaN stays one
          end
          for (i = 0; i < N; i++) begin
            w  = b[k][i];
            rounded = 19'((w + 32'h0000_0FFF + {31'd0, w[13]}) >> 13);
            b_wide[k][i] = keep & (w[30:23] != '1 ? rounded
                : w[31:13] | {18'd0, w[12:0] != '0});  // a NaN stays one
          end
        end
      end
    end else begin
      for (k = 0; k < K0; k++) for (i = 0; i < M; i++) a_wide[k][i] = '0;
      for (k = 0; k < K0; k++) for (i = 0; i < N; i++) b_wide[k][i] = '0;
    end
  end

  // Fields. NaN and infinity keep no significand here; they are treated below.
  always_comb begin : decode
    int unsigned k;
    int unsigned i;
    logic [18:0] x;
    logic [31:0] found;
    logic [31:0] live;  // all ones for a finite nonzero operand
    k = 0;
    i = 0;
    x = '0;
    live = '0;
    found = '0;
    if (en_i) begin
      for (k = 0; k < K0; k++) begin
        for (i = 0; i < M; i++) begin
          x = a_wide[k][i];
          live = x[17:0] != '0 && x[17:10] != '1 ? '1 : '0;
          found = found | (x[17:10] == '1 ? 32'd1 : 32'd0);
          a_exp[k][i] = live & (32'd512 + (x[17:10] == '0 ? 32'd1 : {24'd0, x[17:10]}));
          a_sig[k][i] = {32'd0, live & {21'd0, x[17:10] != '0, x[9:0]}};
          a_neg[k][i] = x[18] ? '1 : '0;
        end
        for (i = 0; i < N; i++) begin
          x = b_wide[k][i];
          live = x[17:0] != '0 && x[17:10] != '1 ? '1 : '0;
          found = found | (x[17:10] == '1 ? 32'd1 : 32'd0);
          b_exp[k][i] = live & (32'd512 + (x[17:10] == '0 ? 32'd1 : {24'd0, x[17:10]}));
          b_sig[k][i] = {32'd0, live & {21'd0, x[17:10] != '0, x[9:0]}};
          b_neg[k][i] = x[18] ? '1 : '0;
        end
      end
      for (k = 0; k < M; k++) begin
        for (i = 0; i < N; i++) begin
          found = found | (c[k][i][30:23] == '1 ? 32'd1 : 32'd0);
        end
      end
    end else begin
      for (k = 0; k < K0; k++) for (i = 0; i < M; i++) a_exp[k][i] = '0;
      for (k = 0; k < K0; k++) for (i = 0; i < N; i++) b_exp[k][i] = '0;
      for (k = 0; k < K0; k++) for (i = 0; i < M; i++) a_sig[k][i] = '0;
      for (k = 0; k < K0; k++) for (i = 0; i < N; i++) b_sig[k][i] = '0;
      for (k = 0; k < K0; k++) for (i = 0; i < M; i++) a_neg[k][i] = '0;
      for (k = 0; k < K0; k++) for (i = 0; i < N; i++) b_neg[k][i] = '0;
    end
    specials = found;
  end

  always_comb begin : dot
    int unsigned m;
    int unsigned n;
    int unsigned k;
    logic [31:0] c_frame;    // accumulator's field to the offset of product exponents
    logic [31:0] out_frame;  // product exponents to that of round_fp32
    logic [31:0] exp_a;
    logic [31:0] diff;
    logic [31:0] below;
    logic [63:0] sig_a;
    logic [63:0] neg;
    logic [63:0] neg_a;
    logic [63:0] mag;
    logic [31:0] x;
    logic [18:0] xa;
    logic [18:0] xb;
    logic        nan;
    logic        plus;
    logic        minus;
    m = 0;
    n = 0;
    k = 0;
    exp_a = '0;
    diff = '0;
    below = '0;
    sig_a = '0;
    neg = '0;
    neg_a = '0;
    mag = '0;
    x = '0;
    xa = '0;
    xb = '0;
    nan = '0;
    plus = '0;
    minus = '0;
    c_frame   = dtype_i == cube_pkg::Fp16 ? 32'd927 : 32'd1151;
    out_frame = dtype_i == cube_pkg::Fp16 ? 32'd922 : 32'd1146;
    for (n = 0; n < N; n++) sum[n] = '0;
    for (n = 0; n < N; n++) largest[n] = '0;
    if (en_i) begin
      for (m = 0; m < M; m++) begin
        // The largest field exponent of the finite nonzero terms.
        for (n = 0; n < N; n++) begin
          x = c[m][n];
          largest[n] = x[30:0] == '0 ? '0 : c_frame + (x[30:23] == '0 ? 32'd1 : {24'd0, x[30:23]});
        end
        for (k = 0; k < K0; k++) begin
          exp_a = a_exp[k][m];
          for (n = 0; n < N; n++) begin
            diff = exp_a + b_exp[k][n] - largest[n];
            below = $signed(diff) >>> 31;  // all ones when it is no larger
            largest[n] = largest[n] + (diff & ~below);
          end
        end
        // Truncated terms, added exactly.
        for (n = 0; n < N; n++) begin
          x = c[m][n];
          diff = largest[n] - (c_frame + (x[30:23] == '0 ? 32'd1 : {24'd0, x[30:23]}));
          diff = diff > 32'd63 ? 32'd63 : diff;
          neg = x[31] ? '1 : '0;
          mag = {8'd0, x[30:23] != '0, x[22:0], 32'd0} >> diff[5:0];
          sum[n] = (mag ^ neg) - neg;
        end
        for (k = 0; k < K0; k++) begin
          exp_a = a_exp[k][m];
          sig_a = a_sig[k][m];
          neg_a = a_neg[k][m];
          for (n = 0; n < N; n++) begin
            diff = largest[n] - exp_a - b_exp[k][n];
            diff = diff > 32'd63 ? 32'd63 : diff;
            mag = ((sig_a * b_sig[k][n]) << 35) >> diff[5:0];
            neg = neg_a ^ b_neg[k][n];
            sum[n] = sum[n] + ((mag ^ neg) - neg);
          end
        end
        for (n = 0; n < N; n++) begin
          neg = sum[n][63] ? '1 : '0;
          mag = (sum[n] ^ neg) - neg;
          sums[m][n] = {neg[63], cube_pkg::round_fp32(mag, largest[n] - out_frame)};
        end
        // NaN and infinities replace the sum.
        if (specials != '0) begin
          for (n = 0; n < N; n++) begin
            x = c[m][n];
            nan   = x[30:0] > cube_pkg::Infinity;
            plus  = x == {1'b0, cube_pkg::Infinity};
            minus = x == {1'b1, cube_pkg::Infinity};
            for (k = 0; k < K0; k++) begin
              xa = a_wide[k][m];
              xb = b_wide[k][n];
              if (xa[17:10] == '1 || xb[17:10] == '1) begin
                if ((xa[17:10] == '1 && xa[9:0] != '0) || (xb[17:10] == '1 && xb[9:0] != '0) ||
                    xa[17:0] == '0 || xb[17:0] == '0) begin
                  nan = 1'b1;
                end else if (xa[18] ^ xb[18]) begin
                  minus = 1'b1;
                end else begin
                  plus = 1'b1;
                end
              end
            end
            if (nan || (plus && minus)) sums[m][n] = cube_pkg::CanonicalNan;
            else if (plus) sums[m][n] = {1'b0, cube_pkg::Infinity};
            else if (minus) sums[m][n] = {1'b1, cube_pkg::Infinity};
          end
        end
      end
    end else begin
      for (m = 0; m < M; m++) for (n = 0; n < N; n++) sums[m][n] = '0;
    end
  end

endmodule
