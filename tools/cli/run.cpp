// SPDX-License-Identifier: Apache-2.0
// cubist run: a network on the chip, batch after batch, checked against float64.
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>

#include "runtime/graph/onnx_reader.h"
#include "runtime/host_transport.h"
#include "systemc/base/error.h"
#include "tools/cli/commands.h"
#include "tools/cli/input_data.h"
#include "tools/cli/interrupt.h"
#include "tools/cli/run_report.h"
#include "tools/simulator/home.h"

namespace cubist::tool {
namespace {

constexpr int64_t kDefaultBatch = 40;

int64_t choose_batch(const graph::Graph& model, const RunArguments& arguments, int64_t images) {
  const int64_t fixed = graph::fixed_batch(model);
  if (fixed != graph::kUnknownDim) {
    if (arguments.batch != 0 && arguments.batch != fixed) {
      throw base::UserError("--batch " + std::to_string(arguments.batch) + ": " + arguments.model +
                            " prescribes a batch of " + std::to_string(fixed));
    }
    return fixed;
  }
  return arguments.batch != 0 ? arguments.batch : std::min(images, kDefaultBatch);
}

std::map<std::string, graph::Dims> input_shapes(const InputData& data, int64_t batch) {
  std::map<std::string, graph::Dims> shapes;
  for (const auto& [name, row] : data.rows) {
    shapes[name] = row;
    shapes[name].insert(shapes[name].begin(), batch);
  }
  return shapes;
}

// One line on a terminal; nothing in a log.
class Progress {
 public:
  explicit Progress(int64_t total) : total_(total), terminal_(isatty(STDERR_FILENO) != 0) {}
  ~Progress() {
    if (terminal_) std::fprintf(stderr, "\r\033[K");
  }
  void show(int64_t done) const {
    if (!terminal_) return;
    constexpr int kWidth = 40;
    const auto filled = static_cast<int>(done * kWidth / total_);
    std::fprintf(stderr, "\r[%.*s%*s] %lld/%lld images", filled,
                 "########################################", kWidth - filled, "",
                 static_cast<long long>(done), static_cast<long long>(total_));
    std::fflush(stderr);
  }

 private:
  int64_t total_;
  bool terminal_;
};

// Adds up the simulated time of kernels by the layer they belong to.
class LayerTimes {
 public:
  DeviceOptions options(HostTransport& transport) {
    DeviceOptions options;
    options.observer = [this, &transport](const CommandEvent& event) {
      if (event.kind == CommandEvent::Kind::begun) begun_[event.stream] = transport.now_ns();
      if (event.kind == CommandEvent::Kind::completed) {
        const size_t colon = event.label.find(": ");
        if (colon != std::string::npos) {
          times_[event.label.substr(colon + 2)] += transport.now_ns() - begun_[event.stream];
        }
      }
    };
    return options;
  }
  const std::map<std::string, double>& times() const { return times_; }

 private:
  std::map<unsigned, double> begun_;
  std::map<std::string, double> times_;
};

void append_rows(graph::Tensor& all, const graph::Tensor& part, int64_t count) {
  const auto row = part.data.size() / static_cast<size_t>(part.dims[0]);
  if (all.dims.empty()) {
    all.dims = part.dims;
    all.dims[0] = 0;
    all.element = part.element;
  }
  all.dims[0] += count;
  all.data.insert(all.data.end(), part.data.begin(),
                  part.data.begin() + static_cast<ptrdiff_t>(row * static_cast<size_t>(count)));
}

void check_batched_outputs(const graph::Graph& bound, int64_t batch, const std::string& model) {
  const graph::Dims& dims = bound.type(bound.outputs.front()).dims;
  if (dims.empty() || dims[0] != batch) {
    throw base::UserError(model + ": output '" + bound.outputs.front() + "' has shape " +
                          graph::to_string(dims) + "; expected the batch of " +
                          std::to_string(batch) + " as its first dimension");
  }
}

// A label beyond the model's classes is a wrong file, not a wrong answer.
void check_labels(const graph::Graph& bound, const InputData& data, const RunArguments& arguments) {
  if (!data.labels) return;
  const graph::Dims& dims = bound.type(bound.outputs.front()).dims;
  const int64_t classes = graph::element_count(dims) / dims[0];
  for (size_t i = 0; i < data.labels->size(); ++i) {
    const int64_t label = (*data.labels)[i];
    if (label < classes) continue;
    throw base::UserError(arguments.labels + ": label " + std::to_string(i) + " is " +
                          std::to_string(label) + "; the model tells " + std::to_string(classes) +
                          " classes apart, from 0");
  }
}

void write_output(const std::string& path, const graph::Tensor& tensor) {
  if (path.empty() || tensor.dims.empty()) return;
  graph::write_npy(
      path, graph::array_from_floats(tensor.dims,
                                     std::vector<float>(tensor.data.begin(), tensor.data.end())));
}

}  // namespace

int run(const RunArguments& arguments) {
  // Everything that can be wrong with files and shapes is found before a chip is built.
  const auto& sets = arguments.settings;
  const bool no_values = arguments.values == "off" ||
                         std::find(sets.begin(), sets.end(), "sim.values=off") != sets.end();
  if (no_values && (arguments.check || !arguments.labels.empty() || !arguments.output.empty())) {
    throw base::UserError(
        "with --values=off nothing is computed that could be compared or written; add --no-check "
        "and leave out --labels and --output");
  }
  const graph::Graph model = graph::read_onnx(arguments.model);
  const InputData data = read_input_data(model, arguments);
  const int64_t batch = choose_batch(model, arguments, data.images);
  const graph::Graph bound = graph::bind_shapes(model, input_shapes(data, batch));
  check_batched_outputs(bound, batch, arguments.model);
  check_labels(bound, data, arguments);
  const graph::Graph optimised = graph::optimize(bound);
  for (const std::string& path : {arguments.output, arguments.report, arguments.json}) {
    require_writable(path);
  }

  SimulatorOptions options = simulator_options(arguments);
  options.statistics = true;
  Simulator simulator(options);
  const InterruptGuard guard(simulator);
  LayerTimes layer_times;
  Device device = simulator.open(layer_times.options(simulator.transport()));
  Network network(device, optimised,
                  {kernels_file(simulator.home()), arguments.max_cores, arguments.check});
  Checker checker(network, bound);

  RunResult result;
  result.model = std::filesystem::path(arguments.model).filename().string();
  result.chip = arguments.chip;
  result.batch = batch;
  result.wanted = data.images;
  result.checked = arguments.check;
  graph::Tensor outputs;
  bool interrupted = false;
  int64_t right = 0;
  const double first_cycle = device.cycles();
  {
    Progress progress(data.images);
    for (int64_t first = 0; first < data.images && !interrupted; first += batch) {
      progress.show(first);
      const int64_t count = std::min(batch, data.images - first);
      const graph::Tensors inputs = data.batch(first, count, batch);
      try {
        const CpuTimer timer;
        const graph::Tensors results = network.run(inputs);
        result.cpu_seconds += timer.seconds();
        result.cycles = device.cycles() - first_cycle;
        const graph::Tensor& output = results.at(bound.outputs.front());
        const int64_t* labels = data.labels ? data.labels->data() + first : nullptr;
        if (arguments.check) {
          checker.check_layers();
          checker.check_labels(inputs, output, first, count, labels);
        }
        if (labels) {
          const std::vector<size_t> chip = argmax_rows(output);
          for (int64_t i = 0; i < count; ++i) {
            if (chip[static_cast<size_t>(i)] == static_cast<size_t>(labels[i])) ++right;
          }
        }
        append_rows(outputs, output, count);
        result.images += count;
        for (const LayerInfo& layer : network.layers()) result.macs += layer.macs;
      } catch (const Error& error) {
        if (error.code() != ErrorCode::interrupted) {
          simulator.finish();
          throw;
        }
        interrupted = true;
      }
      interrupted = interrupted || InterruptGuard::interrupted();
    }
  }
  simulator.finish();
  write_output(arguments.output, outputs);
  if (result.images == 0)
    throw Error(ErrorCode::interrupted, "interrupted before the first result");

  result.has_labels = data.labels.has_value();
  result.accuracy = static_cast<double>(right) / static_cast<double>(result.images);
  result.layers = network.layers();
  result.layer_ns = layer_times.times();
  result.checker = &checker;
  result.weight_bytes = network.constant_bytes();
  result.activation_bytes = network.value_bytes();
  result.core_hertz = simulator.transport().core_hertz();
  result.pipes = simulator.pipes();
  result.traffic = traffic_of(simulator);
  result.cube_instructions = simulator.cube_instructions();
  result.rtl_instructions = simulator.rtl_instructions();
  result.mismatches = simulator.mismatches();
  result.trace_hash = simulator.trace_hash();
  print(result);
  write_reports(result, simulator, arguments);
  print_next_steps(result, arguments);
  std::fflush(stdout);
  const int code = finish_run(simulator, arguments);
  if (interrupted) return 130;
  if (arguments.check && !checker.passed()) {
    std::fflush(stdout);
    std::fprintf(stderr, "cubist: error: the chip's results are outside the error bounds\n");
    return 1;
  }
  return code;
}

}  // namespace cubist::tool
