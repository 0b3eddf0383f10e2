// SPDX-License-Identifier: Apache-2.0
// Takes instructions and walks over their slots: m innermost, then n, then k. A slot is one step of
// one array-sized tile of C; it takes one beat (cycle) or more, and its accumulator is read with the
// last beat. docs/cube.md, "Cycles", has the rule that cubist::core::CubeTimer repeats.

module cube_sequencer
  import cube_pkg::*;
#(
  parameter int M     = 16,
  parameter int K     = 16,
  parameter int N     = 16,
  parameter int Depth = 4
) (
  input  logic             clk_i,
  input  logic             rst_ni,

  input  logic             instr_valid_i,
  output logic             instr_ready_o,
  input  instr_t           instr_i,
  input  logic             stall_i,

  // What is between the ports and L0C, youngest first.
  input  logic [(Depth+1)*$bits(slot_t)-1:0] in_flight_i,

  output slot_t            slot_o,      // issued in this cycle
  output logic [AddrW-1:0] a_addr_o,    // fractal of the slot's first row
  output logic [AddrW-1:0] a_stride_o,  // from it to the next fractal along m
  output logic             a_half_o,    // arrays of 8 rows: lower half of the fractal
  output logic [AddrW-1:0] b_addr_o,
  output logic             b_half_o,
  output logic [AddrW-1:0] bias_addr_o,
  output logic             busy_o
);

  localparam int Parts    = 16 / K;
  localparam int PartsLog = $clog2(Parts);
  localparam int MFractals = M < 16 ? 1 : M / 16;

  instr_t           instr_q, instr_d;
  logic             busy_q, busy_d;
  logic             first_step_q, first_step_d;
  logic [SizeW-1:0] rows_q, rows_d;    // of C from this slot on
  logic [SizeW-1:0] cols_q, cols_d;
  logic [SizeW-1:0] depth_q, depth_d;  // products from this step on
  logic [3:0]       beat_q, beat_d;
  logic             m_half_q, m_half_d;
  logic             n_half_q, n_half_d;
  logic [AddrW-1:0] a_step_q, a_step_d;  // A: this step, first row
  logic [AddrW-1:0] a_q, a_d;            // A: this step, this row
  logic [AddrW-1:0] b_step_q, b_step_d;  // B: this step, first column
  logic [AddrW-1:0] b_q, b_d;
  logic [AddrW-1:0] c_col_q, c_col_d;    // C: this column, first row
  logic [AddrW-1:0] c_q, c_d;

  // Fractals along each side, from the instruction in work.
  logic [SizeW-1:0] mt, nt, kt;
  assign mt = (instr_q.m + SizeW'(15)) >> 4;
  assign nt = (instr_q.n + SizeW'(15)) >> 4;
  assign kt = (instr_q.k + (SizeW'(1) << log2_fractal_k(instr_q.dtype)) - SizeW'(1))
              >> log2_fractal_k(instr_q.dtype);

  logic [AddrW-1:0] a_stride, b_stride, c_stride;
  assign a_stride = AddrW'({kt, 9'd0});
  assign b_stride = AddrW'({nt, 9'd0});
  assign c_stride = AddrW'({mt, 10'd0});

  // The beat: which words it loads, and whether it is the slot's last.
  logic       two_halves, fill, last_beat, load;
  logic [1:0] part;
  assign two_halves = instr_q.dtype == Hf32 || instr_q.dtype == Fp32;
  assign fill       = beat_q[PartsLog];
  assign part       = 2'(beat_q & 4'(Parts - 1));
  assign last_beat  = beat_q == (two_halves ? 4'(2 * Parts - 1) : 4'(Parts - 1));
  // The second half of an FP32 slot only keeps the multipliers busy; HF32 may end after one fractal.
  assign load       = !fill || (instr_q.dtype == Hf32 && depth_q > SizeW'(8));

  // An accumulator that is still in the pipeline holds the slot back.
  logic  reads_c, hazard, two;
  assign reads_c = !first_step_q || instr_q.init == InitAcc;
  assign two     = M > 16 && rows_q > SizeW'(16);
  logic [Depth:0] meets;
  logic [AddrW-1:0] c_addr;
  assign c_addr = c_q + (m_half_q ? AddrW'(512) : '0) + (n_half_q ? AddrW'(32) : '0);
  for (genvar d = 0; d <= Depth; d++) begin : g_hazard
    slot_t flying;
    logic  unused_flying;
    assign unused_flying = ^flying;
    assign flying = in_flight_i[d*$bits(slot_t) +: $bits(slot_t)];
    assign meets[d] = flying.slot &&
                      (flying.c == c_addr || (flying.two && flying.c + AddrW'(1024) == c_addr) ||
                       (two && flying.c == c_addr + AddrW'(1024)));
  end
  assign hazard = meets != '0;

  logic fire, fire_slot, last_row, last_col, last_step, finish;
  assign fire      = busy_q && !stall_i && !(last_beat && reads_c && hazard);
  assign fire_slot = fire && last_beat;
  assign last_row  = rows_q <= SizeW'(M);
  assign last_col  = cols_q <= SizeW'(N);
  assign last_step = depth_q <= SizeW'(step_k(instr_q.dtype));
  assign finish    = fire_slot && last_row && last_col && last_step;

  assign instr_ready_o = !busy_q || finish;
  assign busy_o        = busy_q;

  always_comb begin
    slot_o         = '0;
    slot_o.load    = fire && load;
    slot_o.fill    = fill;
    slot_o.part    = part;
    slot_o.slot    = fire_slot;
    slot_o.dtype   = instr_q.dtype;
    slot_o.init    = first_step_q ? instr_q.init : InitAcc;
    slot_o.terms   = last_step ? depth_q[5:0] : step_k(instr_q.dtype);
    slot_o.rows    = last_row ? rows_q[5:0] : 6'(M);
    slot_o.cols    = last_col ? cols_q[4:0] : 5'(N);
    slot_o.c       = c_addr;
    slot_o.two     = two;
    slot_o.final_k = last_step;
    slot_o.last    = last_row && last_col && last_step;
  end

  assign a_addr_o    = a_q + (fill ? AddrW'(512) : '0);
  assign a_stride_o  = a_stride;
  assign a_half_o    = m_half_q;
  assign b_addr_o    = b_q + (fill ? b_stride : '0);
  assign b_half_o    = n_half_q;
  assign bias_addr_o = instr_q.bias + {6'd0, instr_q.n - cols_q, 2'd0};

  always_comb begin
    instr_d      = instr_q;
    busy_d       = busy_q;
    first_step_d = first_step_q;
    rows_d       = rows_q;
    cols_d       = cols_q;
    depth_d      = depth_q;
    beat_d       = beat_q;
    m_half_d     = m_half_q;
    n_half_d     = n_half_q;
    a_step_d     = a_step_q;
    a_d          = a_q;
    b_step_d     = b_step_q;
    b_d          = b_q;
    c_col_d      = c_col_q;
    c_d          = c_q;
    if (fire) beat_d = last_beat ? '0 : beat_q + 4'd1;
    if (fire_slot) begin
      if (!last_row) begin
        rows_d   = rows_q - SizeW'(M);
        m_half_d = M == 8 && !m_half_q;
        if (M != 8 || m_half_q) begin
          a_d = a_q + (MFractals == 2 ? a_stride << 1 : a_stride);
          c_d = c_q + AddrW'(MFractals * 1024);
        end
      end else begin
        rows_d   = instr_q.m;
        m_half_d = 1'b0;
        a_d      = a_step_q;
        if (!last_col) begin
          cols_d   = cols_q - SizeW'(N);
          n_half_d = N == 8 && !n_half_q;
          if (N != 8 || n_half_q) begin
            b_d     = b_q + AddrW'(512);
            c_col_d = c_col_q + c_stride;
          end
          c_d = c_col_d;
        end else begin
          cols_d       = instr_q.n;
          n_half_d     = 1'b0;
          first_step_d = 1'b0;
          depth_d      = depth_q - SizeW'(step_k(instr_q.dtype));
          a_step_d     = a_step_q + (instr_q.dtype == Hf32 ? AddrW'(1024) : AddrW'(512));
          a_d          = a_step_d;
          b_step_d     = b_step_q + (instr_q.dtype == Hf32 ? b_stride << 1 : b_stride);
          b_d          = b_step_d;
          c_col_d      = instr_q.c;
          c_d          = instr_q.c;
          if (last_step) busy_d = 1'b0;
        end
      end
    end
    if (instr_valid_i && instr_ready_o) begin
      instr_d      = instr_i;
      busy_d       = 1'b1;
      first_step_d = 1'b1;
      rows_d       = instr_i.m;
      cols_d       = instr_i.n;
      depth_d      = instr_i.k;
      beat_d       = '0;
      m_half_d     = 1'b0;
      n_half_d     = 1'b0;
      a_step_d     = instr_i.a;
      a_d          = instr_i.a;
      b_step_d     = instr_i.b;
      b_d          = instr_i.b;
      c_col_d      = instr_i.c;
      c_d          = instr_i.c;
    end
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      instr_q      <= '0;
      busy_q       <= 1'b0;
      first_step_q <= 1'b0;
      rows_q       <= '0;
      cols_q       <= '0;
      depth_q      <= '0;
      beat_q       <= '0;
      m_half_q     <= 1'b0;
      n_half_q     <= 1'b0;
      a_step_q     <= '0;
      a_q          <= '0;
      b_step_q     <= '0;
      b_q          <= '0;
      c_col_q      <= '0;
      c_q          <= '0;
    end else begin
      instr_q      <= instr_d;
      busy_q       <= busy_d;
      first_step_q <= first_step_d;
      rows_q       <= rows_d;
      cols_q       <= cols_d;
      depth_q      <= depth_d;
      beat_q       <= beat_d;
      m_half_q     <= m_half_d;
      n_half_q     <= n_half_d;
      a_step_q     <= a_step_d;
      a_q          <= a_d;
      b_step_q     <= b_step_d;
      b_q          <= b_d;
      c_col_q      <= c_col_d;
      c_q          <= c_d;
    end
  end

  // Protocol: an offered instruction waits unchanged and is legal; a stalled engine issues nothing; the
  // counters stay within the instruction. Implications are written as !a || b.
  logic             waiting_q;
  instr_t waiting_instr_q;
  always_ff @(posedge clk_i) begin
    waiting_q       <= rst_ni && instr_valid_i && !instr_ready_o;
    waiting_instr_q <= instr_i;
  end
  always @(posedge clk_i) begin
    if (rst_ni) begin
      assert (!waiting_q || (instr_valid_i && instr_i == waiting_instr_q));
      assert (!instr_valid_i || (instr_i.m != '0 && instr_i.k != '0 && instr_i.n != '0));
      assert (!instr_valid_i || (instr_i.a[8:0] == '0 && instr_i.b[8:0] == '0 && instr_i.c[9:0] == '0));
      assert (!(instr_valid_i && instr_i.init == InitBias) || instr_i.bias[5:0] == '0);
      assert (!instr_valid_i || instr_i.init != 2'd3);
      assert (!stall_i || (!slot_o.load && !slot_o.slot));
      assert (!busy_q || (rows_q != '0 && cols_q != '0 && depth_q != '0));
    end
  end

endmodule
