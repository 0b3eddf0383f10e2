// SPDX-License-Identifier: Apache-2.0
#include "testbench/cube/vcd_file_sink.h"

#include <algorithm>
#include <fstream>
#include <numeric>
#include <sstream>

namespace cubist::testbench {
namespace {

std::vector<std::string> parts_of(const std::string& scope) {
  std::vector<std::string> parts;
  std::istringstream in(scope);
  for (std::string part; std::getline(in, part, '.');) parts.push_back(part);
  return parts;
}

}  // namespace

base::WaveHandle VcdFileSink::declare(std::string_view scope, std::string_view name, unsigned bits,
                                      base::WaveKind) {
  signals_.push_back({std::string(scope), std::string(name), bits});
  return static_cast<base::WaveHandle>(signals_.size() - 1);
}

void VcdFileSink::change(base::WaveHandle handle, base::Time time, std::string_view value) {
  changes_.push_back({time, handle, std::string(value)});
}

bool VcdFileSink::write(const std::string& path) const {
  std::ofstream out(path);
  out << "$timescale 1fs $end\n";
  std::vector<size_t> order(signals_.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](size_t x, size_t y) { return signals_[x].scope < signals_[y].scope; });
  std::vector<std::string> open;
  for (size_t s : order) {
    const std::vector<std::string> parts = parts_of(signals_[s].scope);
    size_t common = 0;
    while (common < open.size() && common < parts.size() && open[common] == parts[common]) ++common;
    for (; open.size() > common; open.pop_back()) out << "$upscope $end\n";
    for (; open.size() < parts.size(); open.push_back(parts[open.size()]))
      out << "$scope module " << parts[open.size()] << " $end\n";
    out << "$var wire " << signals_[s].bits << " s" << s << ' ' << signals_[s].name << " $end\n";
  }
  for (; !open.empty(); open.pop_back()) out << "$upscope $end\n";
  out << "$enddefinitions $end\n";
  base::Time now = base::kNever;
  for (const Change& c : changes_) {
    if (c.time != now) out << '#' << (now = c.time) << '\n';
    if (signals_[c.handle].bits == 1)
      out << c.value << 's' << c.handle << '\n';
    else
      out << 'b' << c.value << " s" << c.handle << '\n';
  }
  return static_cast<bool>(out.flush());
}

}  // namespace cubist::testbench
