// SPDX-License-Identifier: Apache-2.0
// Runs the instructions of a file that cube_vectors wrote through the engine and compares L0C, and
// without stalls also the cycles. Plain Verilog for any simulator:
//   vvp ... +vectors=FILE [+stalls=SEED]

module cube_vectors_tb #(
  parameter int M     = 8,
  parameter int K     = 8,
  parameter int N     = 8,
  parameter int Depth = 2
);
  import cube_pkg::*;

  localparam int LanesM = M / 8;
  localparam int LanesN = N / 8;
  localparam int Words  = K / 2;
  localparam int WordsA = 2048;  // of L0A and of L0B
  localparam int WordsC = 4096;
  localparam int WordsBias = 64;
  localparam int WordsOne = 9 + 2 * WordsA + WordsC + WordsBias + 1 + WordsC;  // an instruction
  localparam int Most = 100;

  logic [31:0] vectors [1 + Most * WordsOne];
  logic [31:0] l0a [WordsA];
  logic [31:0] l0b [WordsA];
  logic [31:0] l0c [WordsC];
  logic [31:0] bias [WordsBias];

  logic   clk = 1'b0;
  logic   rst_n = 1'b0;
  logic   valid = 1'b0;
  logic   ready;
  logic   stall = 1'b0;
  instr_t instr;

  logic [LanesM-1:0]       a_re, c_re, c_we;
  logic [LanesN-1:0]       b_re;
  logic [LanesM*AddrW-1:0] a_addr, c_raddr, c_waddr;
  logic [LanesN*AddrW-1:0] b_addr;
  logic [1:0]              a_part, b_part;
  logic [Words*M*32-1:0]   a_rdata;
  logic [Words*N*32-1:0]   b_rdata;
  logic [M*N*32-1:0]       c_rdata, c_wdata;
  logic [M-1:0]            c_row;
  logic [N-1:0]            c_col;
  logic                    bias_re, released, done, busy;
  logic [AddrW-1:0]        bias_addr, release_addr;
  logic [N*32-1:0]         bias_rdata;

  cube_engine #(.M(M), .K(K), .N(N), .Depth(Depth)) u_engine (
    .clk_i          (clk),
    .rst_ni         (rst_n),
    .instr_valid_i  (valid),
    .instr_ready_o  (ready),
    .instr_i        (instr),
    .stall_i        (stall),
    .l0a_re_o       (a_re),
    .l0a_addr_o     (a_addr),
    .l0a_part_o     (a_part),
    .l0a_rdata_i    (a_rdata),
    .l0b_re_o       (b_re),
    .l0b_addr_o     (b_addr),
    .l0b_part_o     (b_part),
    .l0b_rdata_i    (b_rdata),
    .l0c_re_o       (c_re),
    .l0c_raddr_o    (c_raddr),
    .l0c_rdata_i    (c_rdata),
    .l0c_we_o       (c_we),
    .l0c_waddr_o    (c_waddr),
    .l0c_wrow_o     (c_row),
    .l0c_wcol_o     (c_col),
    .l0c_wdata_o    (c_wdata),
    .bias_re_o      (bias_re),
    .bias_addr_o    (bias_addr),
    .bias_rdata_i   (bias_rdata),
    .release_o      (released),
    .release_addr_o (release_addr),
    .done_o         (done),
    .busy_o         (busy)
  );

  always #5 clk = ~clk;

  // The SRAMs: data one cycle after the address.
  function automatic int word_of(logic [AddrW-1:0] address);
    word_of = 32'(address) / 4;
  endfunction
  always @(posedge clk) begin : srams
    int g;
    int r;
    int w;
    for (g = 0; g < LanesM; g = g + 1) begin
      for (r = 0; r < 8; r = r + 1) begin
        if (a_re[g]) begin
          for (w = 0; w < Words; w = w + 1) begin
            a_rdata[32*(w*M + 8*g + r) +: 32] <=
                l0a[word_of(a_addr[g*AddrW +: AddrW]) + 32'(a_part) * Words + r * 8 + w];
          end
        end
        if (c_re[g]) begin
          for (w = 0; w < N; w = w + 1) begin
            c_rdata[32*((8*g + r)*N + w) +: 32] <=
                l0c[word_of(c_raddr[g*AddrW +: AddrW]) + r * 16 + w];
          end
        end
        if (c_we[g] && c_row[8*g + r]) begin
          for (w = 0; w < N; w = w + 1) begin
            if (c_col[w]) begin
              l0c[word_of(c_waddr[g*AddrW +: AddrW]) + r * 16 + w] <=
                  c_wdata[32*((8*g + r)*N + w) +: 32];
            end
          end
        end
      end
    end
    for (g = 0; g < LanesN; g = g + 1) begin
      for (r = 0; r < 8; r = r + 1) begin
        if (b_re[g]) begin
          for (w = 0; w < Words; w = w + 1) begin
            b_rdata[32*(w*N + 8*g + r) +: 32] <=
                l0b[word_of(b_addr[g*AddrW +: AddrW]) + 32'(b_part) * Words + r * 8 + w];
          end
        end
      end
    end
    if (bias_re) begin
      for (w = 0; w < N; w = w + 1) bias_rdata[32*w +: 32] <= bias[word_of(bias_addr) + w];
    end
  end

  int          count, at, i, j, cycles, errors, seed, runs, finished, first;
  int          taken = 0;
  logic        stalls;
  reg [8*512:1] file;

  always @(posedge clk) if (rst_n && valid && ready) taken <= taken + 1;

  initial begin
    errors = 0;
    stalls = $value$plusargs("stalls=%d", seed) != 0;
    if ($value$plusargs("vectors=%s", file) == 0) begin
      $display("FAIL: no vectors; give +vectors=FILE, as cube_vectors wrote it");
      $finish;
    end
    $readmemh(file, vectors);
    count = vectors[0];
    repeat (3) @(negedge clk);
    rst_n = 1'b1;
    at = 1;
    for (i = 0; i < count; i = i + 1) begin
      instr = {vectors[at][SizeW-1:0], vectors[at+1][SizeW-1:0], vectors[at+2][SizeW-1:0],
               vectors[at+3][2:0], vectors[at+4][1:0], vectors[at+5][AddrW-1:0],
               vectors[at+6][AddrW-1:0], vectors[at+7][AddrW-1:0], vectors[at+8][AddrW-1:0]};
      at = at + 9;
      for (j = 0; j < WordsA; j = j + 1) l0a[j] = vectors[at + j];
      for (j = 0; j < WordsA; j = j + 1) l0b[j] = vectors[at + WordsA + j];
      for (j = 0; j < WordsC; j = j + 1) l0c[j] = vectors[at + 2*WordsA + j];
      for (j = 0; j < WordsBias; j = j + 1) bias[j] = vectors[at + 2*WordsA + WordsC + j];
      at = at + 2*WordsA + WordsC + WordsBias;
      // What does not go on with L0C is offered again at once, waits, and follows closely on itself.
      runs = instr.init == InitAcc ? 1 : 2;
      taken = 0;
      finished = 0;
      valid = 1'b1;
      @(negedge clk);
      valid = runs == 2;
      cycles = 2;  // done_o comes with the write; the model counts until the cycle behind it
      while (finished < runs && cycles < 10000) begin
        stall = stalls && $random(seed) % 3 == 0;
        @(negedge clk);
        cycles = cycles + 1;
        if (taken == 2) valid = 1'b0;
        if (done) begin
          finished = finished + 1;
          if (finished == 1) first = cycles;
        end
      end
      stall = 1'b0;
      @(negedge clk);
      if (taken != runs || finished != runs) begin
        errors = errors + 1;
        $display("FAIL: instruction %0d was offered %0d times, taken %0d, done %0d", i, runs, taken, finished);
      end
      // The second is accepted Depth + 2 cycles before the first is done.
      if (!stalls && (first != vectors[at] || (runs == 2 && cycles != 2 * first - Depth - 2))) begin
        errors = errors + 1;
        $display("FAIL: instruction %0d took %0d cycles, %0d with the next; %0d in the model", i, first, cycles, vectors[at]);
      end
      at = at + 1;
      for (j = 0; j < WordsC; j = j + 1) begin
        if (l0c[j] !== vectors[at + j]) begin
          errors = errors + 1;
          if (errors < 10) begin
            $display("FAIL: instruction %0d (m %0d k %0d n %0d type %0d): L0C word %0d is %h, %h in the model",
                     i, instr.m, instr.k, instr.n, instr.dtype, j, l0c[j], vectors[at + j]);
          end
        end
      end
      at = at + WordsC;
    end
    if (errors == 0) $display("PASS: %0d instructions", count);
    $finish;
  end

endmodule
