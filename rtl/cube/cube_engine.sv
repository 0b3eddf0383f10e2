// SPDX-License-Identifier: Apache-2.0
// The matrix engine: C = init + A * B over fractals in L0A, L0B and L0C; see docs/cube.md.
//
//   cycle t      a beat is issued: read addresses of L0A, L0B (and L0C or bias table, last beat)
//   cycle t+1    read data arrive and are registered
//   cycle t+2    the array computes; Depth - 1 registers follow, which synthesis retimes into it
//   cycle t+1+D  the result is written to L0C, readable from t+2+D on
//
// Ports are lanes of 8 rows (A, C) or 8 columns (B); each lane has a byte address of its own. A row of
// A or a column of B is 32 bytes apart from the next, a row of C 64 bytes. Data are flat vectors of
// 32-bit words; the comment at each says in which order, the last index running fastest.

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
  output logic [LanesM*AddrW-1:0] l0a_addr_o,
  output logic [1:0]        l0a_part_o,
  input  logic [Words*M*32-1:0] l0a_rdata_i,  // [word][row]
  output logic [LanesN-1:0] l0b_re_o,
  output logic [LanesN*AddrW-1:0] l0b_addr_o,
  output logic [1:0]        l0b_part_o,
  input  logic [Words*N*32-1:0] l0b_rdata_i,  // [word][column]

  // L0C: one read and one write port.
  output logic [LanesM-1:0] l0c_re_o,
  output logic [LanesM*AddrW-1:0] l0c_raddr_o,
  input  logic [M*N*32-1:0] l0c_rdata_i,  // [row][column]
  output logic [LanesM-1:0] l0c_we_o,
  output logic [LanesM*AddrW-1:0] l0c_waddr_o,
  output logic [M-1:0]      l0c_wrow_o,  // rows and columns that are written
  output logic [N-1:0]      l0c_wcol_o,
  output logic [M*N*32-1:0] l0c_wdata_o,

  // Bias table: N values from the address on, one cycle later.
  output logic              bias_re_o,
  output logic [AddrW-1:0]  bias_addr_o,
  input  logic [N*32-1:0]   bias_rdata_i,

  // With the write that finishes a tile of C along k: its address; and the instruction's last write.
  output logic              release_o,
  output logic [AddrW-1:0]  release_addr_o,
  output logic              done_o,
  output logic              busy_o       // an instruction is in work or a result in flight
);

  // A parameter out of range stops every tool here, with the name of a module that does not exist.
  if (M != 8 && M != 16 && M != 32) begin : g_bad_m
    cube_engine_M_must_be_8_or_16_or_32 u_stop ();
  end
  if (K != 4 && K != 8 && K != 16) begin : g_bad_k
    cube_engine_K_must_be_4_or_8_or_16 u_stop ();
  end
  if (N != 8 && N != 16) begin : g_bad_n
    cube_engine_N_must_be_8_or_16 u_stop ();
  end
  if (Depth < 2 || Depth > 32) begin : g_bad_depth
    cube_engine_Depth_must_be_2_to_32 u_stop ();
  end

  localparam int SlotW = $bits(slot_t);

  slot_t            issue;
  logic [(Depth+1)*SlotW-1:0] flight_q;  // slots by age, the youngest lowest
  slot_t            arriving;  // its operands arrive
  slot_t            computing;
  slot_t            writing;
  assign arriving  = flight_q[0 +: SlotW];
  assign computing = flight_q[SlotW +: SlotW];
  assign writing   = flight_q[Depth*SlotW +: SlotW];
  logic unused_fields;  // of a stage that does not look at them
  assign unused_fields = ^{arriving, computing, writing};

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
    assign l0a_addr_o[g*AddrW +: AddrW]  = a_addr + (g >= 2 ? a_stride : '0) + (a_half ? AddrW'(256) : HalfA);
    assign l0c_re_o[g]    = issue.slot && issue.init == InitAcc && issue.rows > 6'(8 * g);
    assign l0c_raddr_o[g*AddrW +: AddrW] = issue.c + LaneC;
    assign l0c_we_o[g]    = writing.slot && writing.rows > 6'(8 * g);
    assign l0c_waddr_o[g*AddrW +: AddrW] = writing.c + LaneC;
  end
  for (genvar g = 0; g < LanesN; g++) begin : g_n_lanes
    localparam logic [AddrW-1:0] HalfB = (g % 2) * 256;
    assign l0b_re_o[g]   = issue.load && issue.cols > 5'(8 * g);
    assign l0b_addr_o[g*AddrW +: AddrW] = b_addr + (b_half ? AddrW'(256) : HalfB);
  end

  // Cycle t+1 and on: what goes beside the data.
  always_ff @(posedge clk_i) begin
    if (!rst_ni) flight_q <= '0;
    else flight_q <= {flight_q[Depth*SlotW-1:0], issue};
  end

  // Operand registers. Their words are those of a fractal row; HF32 fills both halves.
  logic [StepWords*M*32-1:0] a_q;  // [word of the step][row]
  logic [StepWords*N*32-1:0] b_q;  // [word of the step][column]
  logic [M*N*32-1:0]                   c_q;  // [row][column]
  for (genvar w = 0; w < StepWords; w++) begin : g_operands
    localparam logic Fill = w >= FractalWords;
    localparam logic [1:0] Part = 2'(w % FractalWords / Words);
    logic [M*32-1:0] a_word_q;
    logic [N*32-1:0] b_word_q;
    always_ff @(posedge clk_i) begin
      if (arriving.load && arriving.fill == Fill && arriving.part == Part) begin
        a_word_q <= l0a_rdata_i[w % Words * M * 32 +: M*32];
        b_word_q <= l0b_rdata_i[w % Words * N * 32 +: N*32];
      end
    end
    assign a_q[w*M*32 +: M*32] = a_word_q;
    assign b_q[w*N*32 +: N*32] = b_word_q;
  end
  for (genvar m = 0; m < M; m++) begin : g_accumulator
    logic [N*32-1:0] c_row_q;
    always_ff @(posedge clk_i) begin
      if (arriving.slot) begin
        if (arriving.init == InitAcc) c_row_q <= l0c_rdata_i[m*N*32 +: N*32];
        else if (arriving.init == InitBias) c_row_q <= bias_rdata_i;
        else c_row_q <= '0;
      end
    end
    assign c_q[m*N*32 +: N*32] = c_row_q;
  end

  // Cycle t+2: the array, one branch a type.
  logic float_en, fp32_en, int8_en;
  assign float_en = computing.slot && !is_int8(computing.dtype) && computing.dtype != Fp32;
  assign fp32_en  = computing.slot && computing.dtype == Fp32;
  assign int8_en  = computing.slot && is_int8(computing.dtype);

  logic [M*N*32-1:0] float_c;
  logic [M*N*32-1:0] fp32_c;
  logic [M*N*32-1:0] int8_c;

  cube_float_array #(.M(M), .N(N)) u_float (
    .en_i    (float_en),
    .dtype_i (computing.dtype),
    .terms_i (computing.terms),
    .a_i     (a_q),
    .b_i     (b_q),
    .c_i     (c_q),
    .c_o     (float_c)
  );
  cube_fp32_array #(.M(M), .N(N)) u_fp32 (
    .en_i    (fp32_en),
    .terms_i (computing.terms),
    .a_i     (a_q[FractalWords*M*32-1:0]),
    .b_i     (b_q[FractalWords*N*32-1:0]),
    .c_i     (c_q),
    .c_o     (fp32_c)
  );
  cube_int8_array #(.M(M), .N(N)) u_int8 (
    .en_i    (int8_en),
    .dtype_i (computing.dtype),
    .terms_i (computing.terms),
    .a_i     (a_q[FractalWords*M*32-1:0]),
    .b_i     (b_q[FractalWords*N*32-1:0]),
    .c_i     (c_q),
    .c_o     (int8_c)
  );

  // Of the slots in flight: does it load or compute, does it write the tile that is issued now?
  logic [Depth:0] loads, slots, same_tile;
  for (genvar d = 0; d <= Depth; d++) begin : g_flying
    slot_t flying;
    logic  unused_flying;
    assign unused_flying = ^flying;
    assign flying       = flight_q[d*SlotW +: SlotW];
    assign loads[d]     = flying.load;
    assign slots[d]     = flying.slot;
    assign same_tile[d] = flying.slot && flying.c == issue.c;
  end

  // Results: registers 2 to Depth of the pipeline.
  logic [M*N*32-1:0] result_q [2:Depth];
  always_ff @(posedge clk_i) begin
    if (float_en) result_q[2] <= float_c;
    else if (fp32_en) result_q[2] <= fp32_c;
    else if (int8_en) result_q[2] <= int8_c;
  end
  for (genvar d = 3; d <= Depth; d++) begin : g_results
    always_ff @(posedge clk_i) begin
      if (slots[d-1]) result_q[d] <= result_q[d-1];
    end
  end

  // Cycle t+1+Depth: the write.
  assign l0c_wdata_o = result_q[Depth];
  for (genvar m = 0; m < M; m++) begin : g_rows
    assign l0c_wrow_o[m] = writing.slot && writing.rows > 6'(m);
  end
  for (genvar n = 0; n < N; n++) begin : g_cols
    assign l0c_wcol_o[n] = writing.slot && writing.cols > 5'(n);
  end
  assign release_o      = writing.slot && writing.final_k;
  assign release_addr_o = writing.c;
  assign done_o         = writing.slot && writing.last;

  assign busy_o = sequencer_busy || loads != '0 || slots != '0;

  always @(posedge clk_i) begin
    if (rst_ni) begin
      // Protocol: the last write is one that finishes a tile; nothing is written that was not released.
      assert (!done_o || release_o);
      assert (!release_o || l0c_we_o[0]);
      assert (l0c_re_o == '0 || !stall_i);
      // Accumulator hazard: no read of a tile that has a write to come.
      assert (l0c_re_o == '0 || same_tile == '0);
    end
  end

endmodule
