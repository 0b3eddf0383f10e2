// SPDX-License-Identifier: Apache-2.0
// The matrix engine: C = init + A * B over fractals in L0A, L0B and L0C; see docs/cube.md.
//
//   cycle t      a beat is issued: read addresses of L0A, L0B (and L0C or bias table, last beat)
//   cycle t+1    read data arrive and are registered
//   cycle t+2    the array computes; Depth - 1 registers follow, which synthesis retimes into it
//   cycle t+1+D  the result is written to L0C, readable from t+2+D on
//
// Ports are lanes of 8 rows (A, C) or 8 columns (B); each lane has a byte address of its own. A row of
// A or a column of B is 32 bytes apart from the next, a row of C 64 bytes.

module cube_engine
  import cube_pkg::*;
#(
  parameter int M     = 16,  // rows of the array: 8, 16, 32
  parameter int K     = 16,  // depth per beat, in 16-bit elements: 4, 8, 16
  parameter int N     = 16,  // columns: 8, 16
  parameter int Depth = 4,   // registers from operand arrival to the write of L0C: 2..32
  localparam int LanesM = M / 8,
  localparam int LanesN = N / 8,
  localparam int Words  = K / 2
) (
  input  logic             clk_i,
  input  logic             rst_ni,

  // Instructions. Valid and the instruction hold until ready.
  input  logic             instr_valid_i,
  output logic             instr_ready_o,
  input  instr_t           instr_i,

  // No beat is issued in a cycle with stall_i; what is in flight goes on.
  input  logic             stall_i,

  // L0A, L0B: read data one cycle after the address; `part` selects `Words` words of the 32 bytes.
  output logic [LanesM-1:0] l0a_re_o,
  output logic [AddrW-1:0]  l0a_addr_o [LanesM],
  output logic [1:0]        l0a_part_o,
  input  logic [31:0]       l0a_rdata_i [Words][M],
  output logic [LanesN-1:0] l0b_re_o,
  output logic [AddrW-1:0]  l0b_addr_o [LanesN],
  output logic [1:0]        l0b_part_o,
  input  logic [31:0]       l0b_rdata_i [Words][N],

  // L0C: one read and one write port.
  output logic [LanesM-1:0] l0c_re_o,
  output logic [AddrW-1:0]  l0c_raddr_o [LanesM],
  input  logic [31:0]       l0c_rdata_i [M][N],
  output logic [LanesM-1:0] l0c_we_o,
  output logic [AddrW-1:0]  l0c_waddr_o [LanesM],
  output logic [M-1:0]      l0c_wrow_o,  // rows and columns that are written
  output logic [N-1:0]      l0c_wcol_o,
  output logic [31:0]       l0c_wdata_o [M][N],

  // Bias table: N values from the address on, one cycle later.
  output logic              bias_re_o,
  output logic [AddrW-1:0]  bias_addr_o,
  input  logic [31:0]       bias_rdata_i [N],

  // With the write that finishes a tile of C along k: its address; and the instruction's last write.
  output logic              release_o,
  output logic [AddrW-1:0]  release_addr_o,
  output logic              done_o,
  output logic              busy_o       // an instruction is in work or a result in flight
);

  if (M != 8 && M != 16 && M != 32) begin : g_bad_m
    $error("cube_engine: M must be 8, 16 or 32");
  end
  if (K != 4 && K != 8 && K != 16) begin : g_bad_k
    $error("cube_engine: K must be 4, 8 or 16");
  end
  if (N != 8 && N != 16) begin : g_bad_n
    $error("cube_engine: N must be 8 or 16");
  end
  if (Depth < 2 || Depth > 32) begin : g_bad_depth
    $error("cube_engine: Depth must be 2 to 32");
  end

  slot_t            issue;
  slot_t            flight_q [Depth+1];
  logic [AddrW-1:0] a_addr, a_stride, b_addr, bias_addr;
  logic             a_half, b_half, sequencer_busy;

  cube_sequencer #(.M(M), .K(K), .N(N), .Depth(Depth)) u_sequencer (
    .clk_i,
    .rst_ni,
    .instr_valid_i,
    .instr_ready_o,
    .instr_i,
    .stall_i,
    .in_flight_i (flight_q),
    .slot_o      (issue),
    .a_addr_o    (a_addr),
    .a_stride_o  (a_stride),
    .a_half_o    (a_half),
    .b_addr_o    (b_addr),
    .b_half_o    (b_half),
    .bias_addr_o (bias_addr),
    .busy_o      (sequencer_busy)
  );

  // Cycle t: addresses.
  assign l0a_part_o  = issue.part;
  assign l0b_part_o  = issue.part;
  assign bias_re_o   = issue.slot && issue.init == InitBias;
  assign bias_addr_o = bias_addr;
  for (genvar g = 0; g < LanesM; g++) begin : g_m_lanes
    localparam logic [AddrW-1:0] HalfA = (g % 2) * 256;
    localparam logic [AddrW-1:0] LaneC = g * 512;
    assign l0a_re_o[g]    = issue.load && issue.rows > 6'(8 * g);
    assign l0a_addr_o[g]  = a_addr + (g >= 2 ? a_stride : '0) + (a_half ? AddrW'(256) : HalfA);
    assign l0c_re_o[g]    = issue.slot && issue.init == InitAcc && issue.rows > 6'(8 * g);
    assign l0c_raddr_o[g] = issue.c + LaneC;
    assign l0c_we_o[g]    = flight_q[Depth].slot && flight_q[Depth].rows > 6'(8 * g);
    assign l0c_waddr_o[g] = flight_q[Depth].c + LaneC;
  end
  for (genvar g = 0; g < LanesN; g++) begin : g_n_lanes
    localparam logic [AddrW-1:0] HalfB = (g % 2) * 256;
    assign l0b_re_o[g]   = issue.load && issue.cols > 5'(8 * g);
    assign l0b_addr_o[g] = b_addr + (b_half ? AddrW'(256) : HalfB);
  end

  // Cycle t+1 and on: what goes beside the data.
  for (genvar d = 0; d <= Depth; d++) begin : g_flight
    always_ff @(posedge clk_i) begin
      if (!rst_ni) flight_q[d] <= '0;
      else flight_q[d] <= d == 0 ? issue : flight_q[d == 0 ? 0 : d-1];
    end
  end

  // Operand registers. Their words are those of a fractal row; HF32 fills both halves.
  logic [31:0] a_q [StepWords][M];
  logic [31:0] b_q [StepWords][N];
  logic [31:0] c_q [M][N];
  for (genvar w = 0; w < StepWords; w++) begin : g_operands
    localparam logic Fill = w >= FractalWords;
    localparam logic [1:0] Part = 2'(w % FractalWords / Words);
    always_ff @(posedge clk_i) begin
      if (flight_q[0].load && flight_q[0].fill == Fill && flight_q[0].part == Part) begin
        a_q[w] <= l0a_rdata_i[w % Words];
        b_q[w] <= l0b_rdata_i[w % Words];
      end
    end
  end
  logic [31:0] zero_row [N];
  for (genvar n = 0; n < N; n++) begin : g_zero_row
    assign zero_row[n] = '0;
  end
  for (genvar m = 0; m < M; m++) begin : g_accumulator
    always_ff @(posedge clk_i) begin
      if (flight_q[0].slot) begin
        if (flight_q[0].init == InitAcc) c_q[m] <= l0c_rdata_i[m];
        else if (flight_q[0].init == InitBias) c_q[m] <= bias_rdata_i;
        else c_q[m] <= zero_row;
      end
    end
  end

  // Cycle t+2: the array, one branch a type.
  logic float_en, fp32_en, int8_en;
  assign float_en = flight_q[1].slot && !is_int8(flight_q[1].dtype) && flight_q[1].dtype != Fp32;
  assign fp32_en  = flight_q[1].slot && flight_q[1].dtype == Fp32;
  assign int8_en  = flight_q[1].slot && is_int8(flight_q[1].dtype);

  logic [31:0] float_c [M][N];
  logic [31:0] fp32_c [M][N];
  logic [31:0] int8_c [M][N];

  cube_float_array #(.M(M), .N(N)) u_float (
    .en_i    (float_en),
    .dtype_i (flight_q[1].dtype),
    .terms_i (flight_q[1].terms),
    .a_i     (a_q),
    .b_i     (b_q),
    .c_i     (c_q),
    .c_o     (float_c)
  );
  cube_fp32_array #(.M(M), .N(N)) u_fp32 (
    .en_i    (fp32_en),
    .terms_i (flight_q[1].terms),
    .a_i     (a_q),
    .b_i     (b_q),
    .c_i     (c_q),
    .c_o     (fp32_c)
  );
  cube_int8_array #(.M(M), .N(N)) u_int8 (
    .en_i    (int8_en),
    .dtype_i (flight_q[1].dtype),
    .terms_i (flight_q[1].terms),
    .a_i     (a_q),
    .b_i     (b_q),
    .c_i     (c_q),
    .c_o     (int8_c)
  );

  // Results: registers 2 to Depth of the pipeline.
  logic [31:0] result_q [2:Depth][M][N];
  always_ff @(posedge clk_i) begin
    if (float_en) result_q[2] <= float_c;
    else if (fp32_en) result_q[2] <= fp32_c;
    else if (int8_en) result_q[2] <= int8_c;
  end
  for (genvar d = 3; d <= Depth; d++) begin : g_results
    always_ff @(posedge clk_i) begin
      if (flight_q[d-1].slot) result_q[d] <= result_q[d-1];
    end
  end

  // Cycle t+1+Depth: the write.
  assign l0c_wdata_o = result_q[Depth];
  for (genvar m = 0; m < M; m++) begin : g_rows
    assign l0c_wrow_o[m] = flight_q[Depth].slot && flight_q[Depth].rows > 6'(m);
  end
  for (genvar n = 0; n < N; n++) begin : g_cols
    assign l0c_wcol_o[n] = flight_q[Depth].slot && flight_q[Depth].cols > 5'(n);
  end
  assign release_o      = flight_q[Depth].slot && flight_q[Depth].final_k;
  assign release_addr_o = flight_q[Depth].c;
  assign done_o         = flight_q[Depth].slot && flight_q[Depth].last;

  logic [Depth:0] flying, same_tile;
  for (genvar d = 0; d <= Depth; d++) begin : g_flying
    assign flying[d]    = flight_q[d].slot || flight_q[d].load;
    assign same_tile[d] = flight_q[d].slot && flight_q[d].c == issue.c;
  end
  assign busy_o = sequencer_busy || flying != '0;

  // Protocol: the last write is one that finishes a tile; nothing is written that was not released.
  assert property (@(posedge clk_i) disable iff (!rst_ni) !done_o || release_o);
  assert property (@(posedge clk_i) disable iff (!rst_ni) !release_o || l0c_we_o[0]);
  assert property (@(posedge clk_i) disable iff (!rst_ni) l0c_re_o == '0 || !stall_i);
  // Accumulator hazard: no read of a tile that has a write to come.
  assert property (@(posedge clk_i) disable iff (!rst_ni) l0c_re_o == '0 || same_tile == '0);

endmodule
