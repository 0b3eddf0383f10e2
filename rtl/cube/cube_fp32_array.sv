// SPDX-License-Identifier: Apache-2.0
// M x N chains of fused multiply-adds for FP32: eight of them in ascending k, each rounded as IEEE 754
// has it. Combinational, in the style of cube_float_array.
//
// One fused multiply-add adds two terms in units of 2^(largest - 59); what falls below is jammed into
// the last bit. Both terms lie below 2^61, and whenever a bit is jammed, the rounding position is at
// least bit 12, so the jammed bit acts as a sticky bit only.

module cube_fp32_array #(
  parameter  int M  = 16,
  parameter  int N  = 16,
  localparam int K0 = 8
) (
  input  logic        en_i,
  input  logic [5:0]  terms_i,
  input  logic [K0*M*32-1:0] a_i,
  input  logic [K0*N*32-1:0] b_i,
  input  logic [M*N*32-1:0] c_i,
  output logic [M*N*32-1:0] c_o
);

  // Words of the ports: operands by word of the step and row or column, accumulators by row and column.
  logic [31:0] a [K0][M];
  logic [31:0] b [K0][N];
  logic [31:0] c [M][N];
  logic [31:0] sums [M][N];
  for (genvar w = 0; w < K0; w++) begin : g_words
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

  // z + x * y.
  function automatic logic [31:0] fma(logic [31:0] x, logic [31:0] y, logic [31:0] z);
    logic [63:0] product;
    logic [63:0] addend;
    logic [63:0] p;
    logic [63:0] q;
    logic [31:0] p_exp;
    logic [31:0] q_exp;
    logic [31:0] largest;
    logic [31:0] shift;
    logic [63:0] p_neg;
    logic [63:0] q_neg;
    logic [63:0] sum;
    logic [63:0] neg;
    logic [31:0] result;
    logic        p_inf;
    logic        nan;
    product = {40'd0, x[30:23] != '0, x[22:0]} * {40'd0, y[30:23] != '0, y[22:0]};
    addend  = {40'd0, z[30:23] != '0, z[22:0]};
    // Field exponents with the accumulator's bias, + 1024; 0 for a zero term.
    p_exp = product == '0 ? '0 :
        {24'd0, x[30:23]} + {31'd0, x[30:23] == '0} + {24'd0, y[30:23]} + {31'd0, y[30:23] == '0} + 32'd897;
    q_exp = addend == '0 ? '0 : {24'd0, z[30:23]} + {31'd0, z[30:23] == '0} + 32'd1024;
    largest = p_exp > q_exp ? p_exp : q_exp;
    shift = largest - p_exp;
    shift = shift > 32'd63 ? 32'd63 : shift;
    product = product << 13;
    p = product >> shift[5:0];
    p = p | {63'd0, (p << shift[5:0]) != product};
    shift = largest - q_exp;
    shift = shift > 32'd63 ? 32'd63 : shift;
    addend = addend << 36;
    q = addend >> shift[5:0];
    q = q | {63'd0, (q << shift[5:0]) != addend};
    p_neg = x[31] ^ y[31] ? '1 : '0;
    q_neg = z[31] ? '1 : '0;
    sum = ((p ^ p_neg) - p_neg) + ((q ^ q_neg) - q_neg);
    neg = sum[63] ? '1 : '0;
    sum = (sum ^ neg) - neg;
    // An exact zero is negative only when both terms are.
    neg = sum == '0 ? p_neg & q_neg : neg;
    result = {neg[63], cube_pkg::round_fp32(sum, largest - 32'd1023)};
    p_inf = x[30:0] == cube_pkg::Infinity || y[30:0] == cube_pkg::Infinity;
    nan = x[30:0] > cube_pkg::Infinity || y[30:0] > cube_pkg::Infinity || z[30:0] > cube_pkg::Infinity ||
          (p_inf && (x[30:0] == '0 || y[30:0] == '0)) ||
          (p_inf && z[30:0] == cube_pkg::Infinity && p_neg != q_neg);
    result = z[30:0] == cube_pkg::Infinity ? z : result;
    result = p_inf ? {p_neg[63], cube_pkg::Infinity} : result;
    fma = nan ? cube_pkg::CanonicalNan : result;
  endfunction

  logic [31:0] acc [N];

  always_comb begin : chain
    int unsigned m;
    int unsigned n;
    int unsigned k;
    logic [31:0] x;
    m = 0;
    n = 0;
    k = 0;
    x = '0;
    for (n = 0; n < N; n++) acc[n] = '0;
    if (en_i) begin
      for (m = 0; m < M; m++) begin
        for (n = 0; n < N; n++) acc[n] = c[m][n];
        for (k = 0; k < K0; k++) begin
          if (k < 32'(terms_i)) begin
            x = a[k][m];
            for (n = 0; n < N; n++) acc[n] = fma(x, b[k][n], acc[n]);
          end
        end
        for (n = 0; n < N; n++) sums[m][n] = acc[n];
      end
    end else begin
      for (m = 0; m < M; m++) for (n = 0; n < N; n++) sums[m][n] = '0;
    end
  end

endmodule
