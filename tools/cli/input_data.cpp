// SPDX-License-Identifier: Apache-2.0
#include "tools/cli/input_data.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

#include "systemc/base/error.h"
#include "systemc/base/parameters.h"

namespace cubist::tool {
namespace {

// "name=file" where `name` is an input of the model, else the file alone for the next free input.
std::map<std::string, std::string> assign(const graph::Graph& model,
                                          const std::vector<std::string>& given) {
  std::map<std::string, std::string> files;
  std::vector<std::string> loose;
  for (const std::string& text : given) {
    const size_t equals = text.find('=');
    const std::string name = equals == std::string::npos ? "" : text.substr(0, equals);
    if (!name.empty() &&
        std::find(model.inputs.begin(), model.inputs.end(), name) != model.inputs.end()) {
      files[name] = text.substr(equals + 1);
    } else if (!name.empty() && name.find('/') == std::string::npos &&
               name.find('.') == std::string::npos) {
      const std::string near = base::did_you_mean(name, model.inputs);
      std::string known;
      for (const std::string& input : model.inputs) known += (known.empty() ? "" : ", ") + input;
      throw base::UserError(
          "--input " + text + ": the model has no input '" + name + "'" +
          (near.empty() ? "; its inputs are " + known : "; did you mean '" + near + "'?"));
    } else {
      loose.push_back(text);
    }
  }
  auto next = loose.begin();
  for (const std::string& input : model.inputs) {
    if (files.count(input) != 0) continue;
    if (next == loose.end()) {
      throw base::UserError("the model's input '" + input + "' (" +
                            graph::to_string(model.type(input).dims) +
                            ") is not given; add --input " + input + "=FILE");
    }
    files[input] = *next++;
  }
  if (next != loose.end()) {
    throw base::UserError("--input " + *next + ": the model has only " +
                          std::to_string(model.inputs.size()) + " inputs");
  }
  return files;
}

std::string text_of(double value) {
  std::array<char, 32> text;
  std::snprintf(text.data(), text.size(), "%g", value);
  return text.data();
}

int64_t product(const graph::Dims& dims, size_t from) {
  int64_t count = 1;
  for (size_t i = from; i < dims.size(); ++i) count *= dims[i];
  return count;
}

void read_input(const graph::Graph& model, const std::string& name, const std::string& file,
                InputData& data) {
  const graph::Dims& wanted = model.type(name).dims;
  if (wanted.empty()) {
    throw base::UserError("the model's input '" + name +
                          "' is a scalar; it has no batch dimension");
  }
  const graph::Dims row(wanted.begin() + 1, wanted.end());
  graph::Array array = graph::read_array(file);
  const bool idx = graph::looks_like_idx(file);
  graph::Dims have = array.dims;
  const auto fits = [&](const graph::Dims& dims) {
    if (dims.size() != row.size()) return false;
    for (size_t i = 0; i < row.size(); ++i) {
      if (row[i] != graph::kUnknownDim && row[i] != dims[i]) return false;
    }
    return true;
  };
  graph::Dims item(have.begin() + (have.empty() ? 0 : 1), have.end());
  const bool open = std::find(row.begin(), row.end(), graph::kUnknownDim) != row.end();
  if (!have.empty() && fits(item)) {
    data.rows[name] = item;
  } else if (fits(have)) {  // one row without a batch dimension
    data.rows[name] = have;
    array.dims.insert(array.dims.begin(), 1);
  } else if (!have.empty() && !open && product(row, 0) == product(item, 0) &&
             (idx || item.size() + 1 == row.size())) {
    data.rows[name] = row;  // images of one channel come without a channel dimension
  } else {
    throw base::UserError(file + ": has shape " + graph::to_string(have) + ", the model's input '" +
                          name + "' takes " + graph::to_string(wanted) + " (? is the batch)");
  }
  if (array.dims[0] == 0) throw base::UserError(file + ": has no rows");
  data.scales[name] = idx ? 1.0 / 255.0 : 1.0;
  data.arrays[name] = std::move(array);
}

// Values become FP16 on the chip before anything is computed from them.
void check_range(const graph::Array& array, int64_t images, const std::string& file) {
  if (graph::element_size(array.element) < 2) return;
  constexpr double kOverflow = 65520.0;  // what rounds to more than the largest FP16 number
  constexpr int64_t kRows = 256;
  for (int64_t first = 0; first < images; first += kRows) {
    const std::vector<double> values =
        graph::slice_rows(array, first, std::min(kRows, images - first)).as_doubles();
    for (const double value : values) {
      if (!std::isfinite(value) || std::abs(value) < kOverflow) continue;
      throw base::UserError(file + ": holds the value " + text_of(value) +
                            "; the chip computes in FP16, from -65504 to 65504");
    }
  }
}

}  // namespace

graph::Tensors InputData::batch(int64_t first, int64_t count, int64_t batch) const {
  graph::Tensors tensors;
  for (const auto& [name, array] : arrays) {
    graph::Tensor tensor;
    tensor.dims = rows.at(name);
    const auto row = static_cast<size_t>(product(tensor.dims, 0));
    tensor.dims.insert(tensor.dims.begin(), batch);
    tensor.data = graph::slice_rows(array, first, count).as_doubles();
    const double scale = scales.at(name);
    if (scale != 1.0) {
      // Pixels as a float network sees them: divided in FP32.
      for (double& value : tensor.data) {
        value = static_cast<double>(static_cast<float>(value) / 255.0F);
      }
    }
    for (int64_t i = count; i < batch; ++i) {
      const std::vector<double> last(tensor.data.end() - static_cast<ptrdiff_t>(row),
                                     tensor.data.end());
      tensor.data.insert(tensor.data.end(), last.begin(), last.end());
    }
    tensors[name] = std::move(tensor);
  }
  return tensors;
}

InputData read_input_data(const graph::Graph& model, const RunArguments& arguments) {
  InputData data;
  int64_t rows = -1;
  std::string first_file;
  const std::map<std::string, std::string> files = assign(model, arguments.inputs);
  for (const auto& [name, file] : files) {
    read_input(model, name, file, data);
    const int64_t count = data.arrays[name].dims[0];
    if (rows >= 0 && count != rows) {
      throw base::UserError(file + ": has " + std::to_string(count) + " rows, " + first_file +
                            " has " + std::to_string(rows));
    }
    rows = count;
    first_file = file;
  }
  data.images = arguments.images == 0 ? rows : arguments.images;
  if (data.images > rows) {
    throw base::UserError("--images " + std::to_string(data.images) + ": " + first_file +
                          " has only " + std::to_string(rows));
  }
  for (const auto& [name, file] : files) check_range(data.arrays.at(name), data.images, file);
  if (!arguments.labels.empty()) {
    const graph::Array labels = graph::read_array(arguments.labels);
    if (labels.count() < data.images || (labels.dims.size() != 1 && labels.dims.size() != 2) ||
        (labels.dims.size() == 2 && labels.dims[1] != 1)) {
      throw base::UserError(arguments.labels + ": has shape " + graph::to_string(labels.dims) +
                            "; expected one label for each of " + std::to_string(data.images) +
                            " images");
    }
    std::vector<int64_t> values = labels.as_ints();
    const std::vector<double> exact = labels.as_doubles();
    values.resize(static_cast<size_t>(data.images));
    for (size_t i = 0; i < values.size(); ++i) {
      if (static_cast<double>(values[i]) == exact[i] && values[i] >= 0) continue;
      throw base::UserError(arguments.labels + ": label " + std::to_string(i) + " is " +
                            text_of(exact[i]) + "; expected a whole number of 0 or more");
    }
    data.labels = std::move(values);
  }
  return data;
}

}  // namespace cubist::tool
