// SPDX-License-Identifier: Apache-2.0
// M x N dot-product units for INT8: one step of 32 exact products, two's complement wrap-around.
// Combinational, in the style of cube_float_array.

module cube_int8_array
  import cube_pkg::*;
#(
  parameter int M = 16,
  parameter int N = 16
) (
  input  logic        en_i,
  input  dtype_e      dtype_i,
  input  logic [5:0]  terms_i,
  input  logic [31:0] a_i [StepWords][M],
  input  logic [31:0] b_i [StepWords][N],
  input  logic [31:0] c_i [M][N],
  output logic [31:0] c_o [M][N]
);

  localparam int K0 = 32;

  logic [31:0] a_val [K0][M];
  logic [31:0] b_val [K0][N];
  logic [31:0] sum [N];

  // Sign extension as (x ^ s) - s, where s has the type's sign bit, or nothing.
  always_comb begin : decode
    int unsigned k;
    int unsigned i;
    logic [31:0] a_sign;
    logic [31:0] b_sign;
    logic [31:0] w;
    k = 0;
    i = 0;
    w = '0;
    a_sign = dtype_i == S8 || dtype_i == S8U8 ? 32'h80 : '0;
    b_sign = dtype_i == S8 || dtype_i == U8S8 ? 32'h80 : '0;
    for (k = 0; k < K0; k++) for (i = 0; i < M; i++) a_val[k][i] = '0;
    for (k = 0; k < K0; k++) for (i = 0; i < N; i++) b_val[k][i] = '0;
    if (en_i) begin
      for (k = 0; k < K0 / 4; k++) begin
        for (i = 0; i < M; i++) begin
          w = a_i[k][i];
          a_val[4 * k][i]     = ({24'd0, w[7:0]} ^ a_sign) - a_sign;
          a_val[4 * k + 1][i] = ({24'd0, w[15:8]} ^ a_sign) - a_sign;
          a_val[4 * k + 2][i] = ({24'd0, w[23:16]} ^ a_sign) - a_sign;
          a_val[4 * k + 3][i] = ({24'd0, w[31:24]} ^ a_sign) - a_sign;
        end
        for (i = 0; i < N; i++) begin
          w = b_i[k][i];
          b_val[4 * k][i]     = ({24'd0, w[7:0]} ^ b_sign) - b_sign;
          b_val[4 * k + 1][i] = ({24'd0, w[15:8]} ^ b_sign) - b_sign;
          b_val[4 * k + 2][i] = ({24'd0, w[23:16]} ^ b_sign) - b_sign;
          b_val[4 * k + 3][i] = ({24'd0, w[31:24]} ^ b_sign) - b_sign;
        end
      end
    end
  end

  always_comb begin : dot
    int unsigned m;
    int unsigned n;
    int unsigned k;
    logic [31:0] a;
    m = 0;
    n = 0;
    k = 0;
    a = '0;
    for (m = 0; m < M; m++) for (n = 0; n < N; n++) c_o[m][n] = '0;
    for (n = 0; n < N; n++) sum[n] = '0;
    if (en_i) begin
      for (m = 0; m < M; m++) begin
        for (n = 0; n < N; n++) sum[n] = c_i[m][n];
        for (k = 0; k < K0; k++) begin
          a = k < 32'(terms_i) ? a_val[k][m] : '0;
          for (n = 0; n < N; n++) sum[n] = sum[n] + a * b_val[k][n];
        end
        for (n = 0; n < N; n++) c_o[m][n] = sum[n];
      end
    end
  end

endmodule
