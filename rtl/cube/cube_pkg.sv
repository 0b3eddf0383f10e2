// SPDX-License-Identifier: Apache-2.0
// Types and functions that the modules of the matrix engine share. The sources keep to what Verilator,
// Icarus Verilog and (the arrays) Yosys read: flat vectors at ports, numbers instead of enumerations as
// arguments of functions, results by the function's name, and in the arrays no import.

package cube_pkg;

  // Operand types; the codes of cubist::core::CubeType.
  typedef enum logic [2:0] {
    Fp16 = 3'd0,
    Bf16 = 3'd1,
    Hf32 = 3'd2,
    Fp32 = 3'd3,
    S8   = 3'd4,  // A signed, B signed
    U8   = 3'd5,  // A unsigned, B unsigned
    S8U8 = 3'd6,  // A signed, B unsigned
    U8S8 = 3'd7   // A unsigned, B signed
  } dtype_e;

  // Where the accumulator starts.
  typedef enum logic [1:0] {
    InitZero = 2'd0,
    InitAcc  = 2'd1,  // from L0C
    InitBias = 2'd2   // from the bias table, one row for all rows of C
  } init_e;

  parameter int SizeW = 12;  // m, k, n: 1..4095
  parameter int AddrW = 20;  // byte address within a buffer

  // Geometry that the types fix, whatever the array.
  parameter int StepWords    = 16;  // 32-bit words a row of operands holds for one step
  parameter int FractalWords = 8;   // 32-bit words in a row of a fractal

  parameter logic [31:0] CanonicalNan = 32'h7FC0_0000;
  parameter logic [30:0] Infinity     = 31'h7F80_0000;

  typedef struct packed {
    logic [SizeW-1:0] m;
    logic [SizeW-1:0] k;
    logic [SizeW-1:0] n;
    dtype_e           dtype;
    init_e            init;
    logic [AddrW-1:0] a;     // multiple of 512
    logic [AddrW-1:0] b;     // multiple of 512
    logic [AddrW-1:0] c;     // multiple of 1024
    logic [AddrW-1:0] bias;  // multiple of 64
  } instr_t;

  // What travels beside the data of a beat, from its issue to the write of L0C.
  typedef struct packed {
    logic             load;     // L0A and L0B deliver operands for this beat ...
    logic             fill;     // ... into this half of the operand registers (HF32 uses both), and
    logic [1:0]       part;     // into this part of the half (arrays narrower than 16 in k)
    logic             slot;     // last beat: the operands are complete
    dtype_e           dtype;
    init_e            init;     // source of this step's accumulator
    logic [5:0]       terms;    // products of the step that take part
    logic [5:0]       rows;     // rows and columns of the array that exist in C
    logic [4:0]       cols;
    logic [AddrW-1:0] c;        // byte address of the slot's first element in L0C
    logic             two;      // the slot reaches into a second fractal along m
    logic             final_k;  // last step along k: the fractal is finished
    logic             last;     // last slot of the instruction
  } slot_t;

  function automatic logic is_int8(logic [2:0] t);
    is_int8 = t >= S8;
  endfunction

  // log2 of C0, the elements along k in a row of a fractal.
  function automatic logic [2:0] log2_fractal_k(logic [2:0] t);
    log2_fractal_k = t >= S8 ? 3'd5 : (t == Fp16 || t == Bf16) ? 3'd4 : 3'd3;
  endfunction

  // Products of one step, or one slot for FP32.
  function automatic logic [5:0] step_k(logic [2:0] t);
    step_k = t >= S8 ? 6'd32 : t == Fp32 ? 6'd8 : 6'd16;
  endfunction

  // Rounds a magnitude below 2^62 to FP32, to nearest even, without its sign. `exponent` is the FP32
  // exponent field, less one, that belongs to a leading one at bit 61; it may be negative.
  function automatic logic [30:0] round_fp32(logic [63:0] magnitude, logic [31:0] exponent);
    logic [63:0] norm;
    logic [31:0] field;
    logic [31:0] field_pos;
    logic [31:0] missing;
    logic [5:0]  shift;
    logic [63:0] half;
    logic [31:0] bits;
    norm  = magnitude;
    field = exponent;
    // Normalise: bit 61 becomes the leading one.
    if (norm[61:30] == '0) begin norm = norm << 32; field = field - 32'd32; end
    if (norm[61:46] == '0) begin norm = norm << 16; field = field - 32'd16; end
    if (norm[61:54] == '0) begin norm = norm << 8;  field = field - 32'd8;  end
    if (norm[61:58] == '0) begin norm = norm << 4;  field = field - 32'd4;  end
    if (norm[61:60] == '0) begin norm = norm << 2;  field = field - 32'd2;  end
    if (norm[61]    == '0) begin norm = norm << 1;  field = field - 32'd1;  end
    // A field below one is a subnormal result: keep fewer bits.
    field_pos = $signed(field) < $signed(32'd0) ? 32'd0 : field;
    missing   = field_pos - field;
    shift     = 6'd38 + (missing > 32'd25 ? 6'd25 : missing[5:0]);
    half      = 64'd1 << (shift - 6'd1);
    norm      = (norm + half - 64'd1 + ((norm >> shift) & 64'd1)) >> shift;
    // The hidden bit adds the one that the field is short of.
    bits = (field_pos << 23) + norm[31:0];
    if (bits > {1'b0, Infinity}) bits = {1'b0, Infinity};
    round_fp32 = magnitude == '0 ? 31'd0 : bits[30:0];
  endfunction

endpackage
