// SPDX-License-Identifier: Apache-2.0
// cubist launch: one kernel of the user's own, arrays in and out, no network.
#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iostream>

#include "runtime/cubist.h"
#include "runtime/graph/array_io.h"
#include "systemc/base/error.h"
#include "systemc/observe/html_report.h"
#include "tools/cli/commands.h"
#include "tools/cli/interrupt.h"
#include "tools/cli/summary.h"
#include "tools/simulator/simulator.h"

namespace cubist::tool {
namespace {

struct Output {
  std::string path;
  graph::Array array;
  Buffer buffer;
};

bool is_number(const std::string& text, uint64_t& word) {
  if (text.empty()) return false;
  char* end = nullptr;
  errno = 0;
  if (text.find_first_of(".eEpP") != std::string::npos && text.rfind("0x", 0) != 0) {
    const float value = std::strtof(text.c_str(), &end);
    if (*end != '\0') return false;
    uint32_t bits;
    std::memcpy(&bits, &value, 4);
    word = bits;
    return true;
  }
  word = text[0] == '-' ? static_cast<uint64_t>(std::strtoll(text.c_str(), &end, 0))
                        : std::strtoull(text.c_str(), &end, 0);
  return *end == '\0' && errno == 0;
}

graph::ElementType element_of(const std::string& name, const std::string& whole) {
  using graph::ElementType;
  for (const ElementType type :
       {ElementType::kFloat16, ElementType::kFloat32, ElementType::kFloat64, ElementType::kInt8,
        ElementType::kUint8, ElementType::kInt32, ElementType::kInt64}) {
    if (name == graph::element_name(type)) return type;
  }
  throw base::UserError("--out " + whole + ": unknown element type '" + name +
                        "'; expected float16, float32, float64, int8, uint8, int32 or int64");
}

graph::Dims dims_of(const std::string& text, const std::string& whole) {
  graph::Dims dims;
  uint64_t bytes = 8;
  for (size_t at = 0; at <= text.size();) {
    const size_t end = std::min(text.find('x', at), text.size());
    const std::string part = text.substr(at, end - at);
    const long long size = std::strtoll(part.c_str(), nullptr, 10);
    if (part.empty() || part.find_first_not_of("0123456789") != std::string::npos || size < 1 ||
        size > graph::kMaxArrayBytes) {
      throw base::UserError("--out " + whole + ": '" + text +
                            "' is not a shape; expected sizes such as 128 or 4x32");
    }
    bytes *= static_cast<uint64_t>(size);
    if (bytes > static_cast<uint64_t>(graph::kMaxArrayBytes)) {
      throw base::UserError("--out " + whole + ": the shape is too large (at most 2 GiB)");
    }
    dims.push_back(size);
    at = end + 1;
  }
  return dims;
}

// "file.npy:TYPE:SHAPE", "file.npy:like=N" or "file.npy" (like the first array).
Output parse_output(const std::string& text, const std::vector<graph::Array>& arrays) {
  Output output;
  const size_t colon = text.find(':');
  output.path = text.substr(0, colon);
  const std::string rest = colon == std::string::npos ? "like=0" : text.substr(colon + 1);
  if (output.path.empty()) throw base::UserError("--out " + text + ": the file name is missing");
  if (rest.rfind("like=", 0) == 0) {
    const std::string number = rest.substr(5);
    const size_t index = std::strtoul(number.c_str(), nullptr, 10);
    if (number.empty() || number.find_first_not_of("0123456789") != std::string::npos ||
        index >= arrays.size()) {
      throw base::UserError("--out " + text + ": like=" + number + " names no array; there are " +
                            std::to_string(arrays.size()) +
                            " among --arg (counted from 0); or state file.npy:TYPE:SHAPE");
    }
    output.array.element = arrays[index].element;
    output.array.dims = arrays[index].dims;
  } else {
    const size_t second = rest.find(':');
    if (second == std::string::npos) {
      throw base::UserError("--out " + text +
                            ": expected file.npy:TYPE:SHAPE such as c.npy:float32:4x8, or "
                            "file.npy:like=0");
    }
    output.array.element = element_of(rest.substr(0, second), text);
    output.array.dims = dims_of(rest.substr(second + 1), text);
  }
  output.array.bytes.resize(static_cast<size_t>(output.array.count()) *
                            graph::element_size(output.array.element));
  return output;
}

Kernel choose(const Module& module, const LaunchArguments& arguments) {
  if (!arguments.kernel.empty()) return module.kernel(arguments.kernel);
  const std::vector<Kernel> kernels = module.kernels();
  if (kernels.size() == 1) return kernels.front();
  std::string names;
  for (const Kernel& kernel : kernels) names += (names.empty() ? "" : ", ") + kernel.name();
  throw base::UserError(arguments.elf + ": has several kernels (" + names +
                        "); choose one with --kernel");
}

// The figures of a launch as page and JSON, where --report and --json ask for them.
void write_launch_reports(const std::string& kernel, unsigned blocks, double cycles,
                          Simulator& simulator, const ChipArguments& arguments) {
  observe::ReportDocument document;
  document.title = "Cubist: kernel " + kernel + " on " + arguments.chip;
  document.headlines = {{"blocks", std::to_string(blocks)},
                        {"cycles", std::to_string(std::llround(cycles))}};
  document.sections = {pipe_section(simulator.pipes()), traffic_section(traffic_of(simulator)),
                       parameter_section(simulator)};
  if (!arguments.report.empty()) observe::write_html(arguments.report, document);
  if (!arguments.json.empty()) observe::write_json(arguments.json, document);
}

}  // namespace

int launch(const LaunchArguments& arguments) {
  // Everything that can be wrong with the arguments is found before a chip is built.
  std::vector<graph::Array> arrays;
  std::vector<std::pair<std::string, uint64_t>> words;  // an array's index, or a number
  for (const std::string& arg : arguments.args) {
    uint64_t word = 0;
    if (is_number(arg, word)) {
      words.emplace_back("number", word);
    } else {
      words.emplace_back("array", arrays.size());
      arrays.push_back(graph::read_array(arg));
    }
  }
  std::vector<Output> outputs;
  for (const std::string& out : arguments.outs) outputs.push_back(parse_output(out, arrays));
  if (words.size() + outputs.size() > kMaxKernelArgs) {
    throw base::UserError("a launch block has at most " + std::to_string(kMaxKernelArgs) +
                          " words; there are " + std::to_string(words.size() + outputs.size()));
  }

  SimulatorOptions options = simulator_options(arguments);
  options.statistics = true;
  require_writable(arguments.report);
  require_writable(arguments.json);
  Simulator simulator(options);
  const InterruptGuard guard(simulator);
  Device device = simulator.open();
  const Module module = device.load_module(arguments.elf);
  const Kernel kernel = choose(module, arguments);

  std::vector<Buffer> buffers;
  for (const graph::Array& array : arrays) {
    buffers.push_back(device.allocate(array.bytes.size()));
    device.copy_to_device(buffers.back().address(), array.bytes.data(), array.bytes.size());
  }
  for (Output& output : outputs) output.buffer = device.allocate(output.array.bytes.size());
  std::vector<uint64_t> block;
  size_t next_word = 0, next_output = 0;
  for (const char kind : arguments.order) {
    if (kind == 'a' && next_word < words.size()) {
      const auto& [what, value] = words[next_word++];
      block.push_back(what == "array" ? buffers[value].address() : value);
    } else if (kind == 'o' && next_output < outputs.size()) {
      block.push_back(outputs[next_output++].buffer.address());
    }
  }
  unsigned blocks = arguments.blocks;
  if (blocks == 0) {
    blocks = std::max(device.capacity(kernel), 1u);
  }
  Stream stream = device.default_stream();
  const double begin = device.cycles();
  const CpuTimer timer;
  stream.launch(kernel, blocks, std::span<const uint64_t>(block),
                LaunchOptions{arguments.timeout_us, 0, {}, false});
  stream.synchronize();
  const double cycles = device.cycles() - begin;
  const double seconds = timer.seconds();

  for (Output& output : outputs) {
    device.copy_to_host(output.array.bytes.data(), output.buffer.address(),
                        output.array.bytes.size());
    graph::write_npy(output.path, output.array);
  }
  simulator.finish();
  std::cout << kernel.name() << " on " << blocks << " blocks: " << std::llround(cycles)
            << " cycles, launch to completion";
  if (seconds > 0) std::cout << " (" << std::llround(cycles / seconds) << " cycles per CPU second)";
  std::cout << "\n";
  for (const Output& output : outputs) {
    std::cout << "wrote " << output.path << " (" << graph::element_name(output.array.element) << " "
              << graph::to_string(output.array.dims) << ")\n";
  }
  print_pipes(simulator.pipes());
  write_launch_reports(kernel.name(), blocks, cycles, simulator, arguments);
  std::fflush(stdout);
  return finish_run(simulator, arguments);
}

}  // namespace cubist::tool
