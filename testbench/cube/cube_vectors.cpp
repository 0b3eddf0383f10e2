// SPDX-License-Identifier: Apache-2.0
// Writes what the model says of random instructions as words for $readmemh, so that any Verilog
// simulator can check rtl/cube against it (cube_vectors_tb.sv, run_vectors.py).
#include <cstdio>
#include <cstring>
#include <fstream>
#include <string>
#include <vector>

#include "CLI/CLI.hpp"
#include "systemc/core/cube/cube_layout.h"
#include "testbench/cube/cube_stimulus.h"

using namespace cubist;

namespace {

// Buffers of cube_vectors_tb.sv.
core::CubeConfig small_config(unsigned m, unsigned k, unsigned n, unsigned depth) {
  core::CubeConfig c;
  c.m = m;
  c.k = k;
  c.n = n;
  c.depth = depth;
  c.l0a_bytes = c.l0b_bytes = 8 << 10;
  c.l0c_bytes = 16 << 10;
  c.bias_bytes = 256;
  return c;
}

void words(std::ostream& out, const std::vector<uint8_t>& bytes) {
  char text[10];
  for (size_t j = 0; j < bytes.size(); j += 4) {
    uint32_t w;
    std::memcpy(&w, &bytes[j], 4);
    std::snprintf(text, sizeof text, "%08x\n", w);
    out << text;
  }
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Random instructions of the matrix engine and the model's answers, as words in hex"};
  uint64_t seed = 1;
  unsigned count = 40;
  unsigned m = 8, k = 8, n = 8, depth = 2;
  testbench::StreamOptions options;
  options.largest = 20;
  std::string path;
  app.add_option("--seed", seed, "Seed of the stream")->capture_default_str();
  app.add_option("--n", count, "Instructions")->capture_default_str()->check(CLI::Range(1, 100));
  app.add_option("--largest", options.largest, "Largest m, k and n")
      ->capture_default_str()
      ->check(CLI::Range(1, 64));
  app.add_option("--rows", m, "M of the engine: 8, 16, 32")->capture_default_str();
  app.add_option("--step", k, "K of the engine: 4, 8, 16")->capture_default_str();
  app.add_option("--columns", n, "N of the engine: 8, 16")->capture_default_str();
  app.add_option("--depth", depth, "Depth of the engine: 2..32")->capture_default_str();
  app.add_option("--out", path, "File to write")->required();
  CLI11_PARSE(app, argc, argv);

  const core::CubeConfig config = small_config(m, k, n, depth);
  auto model = core::make_cube_model(config);
  std::ofstream out(path);
  if (!out) {
    std::fprintf(stderr, "cube_vectors: cannot write %s; name a file in a folder that exists\n",
                 path.c_str());
    return 2;
  }
  testbench::Random random(seed);
  testbench::BufferSet buffers(config);
  out << std::hex << count << "\n";
  for (unsigned j = 0; j < count; ++j) {
    core::CubeInstruction i;
    do {  // The stream has sides of thousands now and then: too long for a slow simulator.
      i = testbench::random_instruction(random, config, options, buffers);
    } while (uint64_t{i.m} * i.k * i.n > 4u * options.largest * options.largest * options.largest);
    for (const uint32_t field :
         {uint32_t{i.m}, uint32_t{i.k}, uint32_t{i.n}, static_cast<uint32_t>(i.type),
          static_cast<uint32_t>(i.init), i.a, i.b, i.c, i.bias})
      out << field << "\n";
    for (const auto* bytes : {&buffers.l0a, &buffers.l0b, &buffers.l0c, &buffers.bias})
      words(out, *bytes);
    model->reset();
    const core::CubeTiming timing = model->execute(i, buffers.view(), 0);
    out << timing.done - timing.accepted << "\n";
    words(out, buffers.l0c);
  }
  out.close();
  if (!out) {
    std::fprintf(stderr, "cube_vectors: cannot write %s to its end; is the disk full?\n",
                 path.c_str());
    return 2;
  }
  return 0;
}
