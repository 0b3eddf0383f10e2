// SPDX-License-Identifier: Apache-2.0
// M x N chains of fused multiply-adds for FP32: eight of them in ascending k, each rounded as IEEE 754
// has it. Combinational, in the style of cube_float_array.
//
// One fused multiply-add adds two terms in units of 2^(largest - 59); what falls below is jammed into
// the last bit. Both terms lie below 2^61, and whenever a bit is jammed, the rounding position is at
// least bit 12, so the jammed bit acts as a sticky bit only.

module cube_fp32_array
  import cube_pkg::*;
#(
  parameter int M = 16,
  parameter int N = 16
) (
  input  logic        en_i,
  input  logic [5:0]  terms_i,
  input  logic [31:0] a_i [StepWords][M],
  input  logic [31:0] b_i [StepWords][N],
  input  logic [31:0] c_i [M][N],
  output logic [31:0] c_o [M][N]
);

  localparam int K0 = 8;

  // c + a * b.
  function automatic logic [31:0] fma(logic [31:0] a, logic [31:0] b, logic [31:0] c);
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
    product = {40'd0, a[30:23] != '0, a[22:0]} * {40'd0, b[30:23] != '0, b[22:0]};
    addend  = {40'd0, c[30:23] != '0, c[22:0]};
    // Field exponents with the accumulator's bias, + 1024; 0 for a zero term.
    p_exp = product == '0 ? '0 :
        {24'd0, a[30:23]} + {31'd0, a[30:23] == '0} + {24'd0, b[30:23]} + {31'd0, b[30:23] == '0} + 32'd897;
    q_exp = addend == '0 ? '0 : {24'd0, c[30:23]} + {31'd0, c[30:23] == '0} + 32'd1024;
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
    p_neg = a[31] ^ b[31] ? '1 : '0;
    q_neg = c[31] ? '1 : '0;
    sum = ((p ^ p_neg) - p_neg) + ((q ^ q_neg) - q_neg);
    neg = sum[63] ? '1 : '0;
    sum = (sum ^ neg) - neg;
    // An exact zero is negative only when both terms are.
    neg = sum == '0 ? p_neg & q_neg : neg;
    result = {neg[63], round_fp32(sum, largest - 32'd1023)};
    p_inf = a[30:0] == Infinity || b[30:0] == Infinity;
    nan = a[30:0] > Infinity || b[30:0] > Infinity || c[30:0] > Infinity ||
          (p_inf && (a[30:0] == '0 || b[30:0] == '0)) ||
          (p_inf && c[30:0] == Infinity && p_neg != q_neg);
    result = c[30:0] == Infinity ? c : result;
    result = p_inf ? {p_neg[63], Infinity} : result;
    return nan ? CanonicalNan : result;
  endfunction

  logic [31:0] acc [N];

  always_comb begin : chain
    int unsigned m;
    int unsigned n;
    int unsigned k;
    logic [31:0] a;
    m = 0;
    n = 0;
    k = 0;
    a = '0;
    for (m = 0; m < M; m++) for (n = 0; n < N; n++) c_o[m][n] = '0;
    for (n = 0; n < N; n++) acc[n] = '0;
    if (en_i) begin
      for (m = 0; m < M; m++) begin
        for (n = 0; n < N; n++) acc[n] = c_i[m][n];
        for (k = 0; k < K0; k++) begin
          if (k < 32'(terms_i)) begin
            a = a_i[k][m];
            for (n = 0; n < N; n++) acc[n] = fma(a, b_i[k][n], acc[n]);
          end
        end
        for (n = 0; n < N; n++) c_o[m][n] = acc[n];
      end
    end
  end

endmodule
