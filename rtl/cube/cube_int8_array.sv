// SPDX-License-Identifier: Apache-2.0
// M x N dot-product units for INT8: one step of 32 exact products, two's complement wrap-around.
// Combinational, in the style of cube_float_array.

module cube_int8_array #(
  parameter  int M  = 16,
  parameter  int N  = 16,
  localparam int K0 = 32
) (
  input  logic        en_i,
  input  logic [2:0]  dtype_i,
  input  logic [5:0]  terms_i,
  input  logic [K0/4*M*32-1:0] a_i,
  input  logic [K0/4*N*32-1:0] b_i,
  input  logic [M*N*32-1:0] c_i,
  output logic [M*N*32-1:0] c_o
);

  // Words of the ports: operands by word of the step and row or column, accumulators by row and column.
  logic [31:0] a [K0 / 4][M];
  logic [31:0] b [K0 / 4][N];
  logic [31:0] c [M][N];
  logic [31:0] sums [M][N];
  for (genvar w = 0; w < K0 / 4; w++) begin : g_words
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

  logic [31:0] a_val [K0][M];
  logic [31:0] b_val [K0][N];
  logic [31:0] sum [N];

  // Sign extension as (x ^ s) - s, where s has the type's sign bit, or nothing.
  always_comb begin : decode
    int unsigned k;
    int unsigned i;
    logic        a_signed;
    logic        b_signed;
    logic [31:0] w;
    k = 0;
    i = 0;
    w = '0;
    a_signed = dtype_i == cube_pkg::S8 || dtype_i == cube_pkg::S8U8;
    b_signed = dtype_i == cube_pkg::S8 || dtype_i == cube_pkg::U8S8;
    if (en_i) begin
      for (k = 0; k < K0 / 4; k++) begin
        for (i = 0; i < M; i++) begin
          w = a[k][i];
          a_val[4 * k][i]     = {{24{w[7] & a_signed}}, w[7:0]};
          a_val[4 * k + 1][i] = {{24{w[15] & a_signed}}, w[15:8]};
          a_val[4 * k + 2][i] = {{24{w[23] & a_signed}}, w[23:16]};
          a_val[4 * k + 3][i] = {{24{w[31] & a_signed}}, w[31:24]};
        end
        for (i = 0; i < N; i++) begin
          w = b[k][i];
          b_val[4 * k][i]     = {{24{w[7] & b_signed}}, w[7:0]};
          b_val[4 * k + 1][i] = {{24{w[15] & b_signed}}, w[15:8]};
          b_val[4 * k + 2][i] = {{24{w[23] & b_signed}}, w[23:16]};
          b_val[4 * k + 3][i] = {{24{w[31] & b_signed}}, w[31:24]};
        end
      end
    end else begin
      for (k = 0; k < K0; k++) for (i = 0; i < M; i++) a_val[k][i] = '0;
      for (k = 0; k < K0; k++) for (i = 0; i < N; i++) b_val[k][i] = '0;
    end
  end

  always_comb begin : dot
    int unsigned m;
    int unsigned n;
    int unsigned k;
    logic [31:0] x;
    m = 0;
    n = 0;
    k = 0;
    x = '0;
    for (n = 0; n < N; n++) sum[n] = '0;
    if (en_i) begin
      for (m = 0; m < M; m++) begin
        for (n = 0; n < N; n++) sum[n] = c[m][n];
        for (k = 0; k < K0; k++) begin
          x = k < 32'(terms_i) ? a_val[k][m] : '0;
          for (n = 0; n < N; n++) sum[n] = sum[n] + $unsigned($signed(x) * $signed(b_val[k][n]));
        end
        for (n = 0; n < N; n++) sums[m][n] = sum[n];
      end
    end else begin
      for (m = 0; m < M; m++) for (n = 0; n < N; n++) sums[m][n] = '0;
    end
  end

endmodule
