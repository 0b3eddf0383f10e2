// SPDX-License-Identifier: Apache-2.0
#include "tests/cube/oracle_stream.h"

#include <sstream>
#include <vector>

namespace cubist::test {

std::string compare_with_oracle(CubeUnits& units, CubeTile& tile, CubeOracle& oracle) {
  const core::CubeInstruction& i = tile.instruction();
  CubeTile on_rtl = tile;
  const CubeTile before = tile;
  units.model->execute(i, tile.buffers().view(), units.now);
  units.now = units.rtl->execute(i, on_rtl.buffers().view(), units.now).accepted + 1;
  if (tile.buffers().l0c != on_rtl.buffers().l0c) return "RTL and model differ";
  std::vector<std::vector<uint32_t>> columns;
  for (unsigned n = 0; n < i.n; ++n) columns.push_back(before.column(n));
  for (unsigned m = 0; m < i.m; ++m) {
    const std::vector<uint32_t> row = before.row(m);
    for (unsigned n = 0; n < i.n; ++n) {
      const uint32_t expected = oracle.dot(i.type, row, columns[n], before.start(m, n));
      if (expected == tile.c(m, n)) continue;
      std::ostringstream what;
      what << "row " << m << " column " << n << std::hex << ": oracle 0x" << expected
           << ", model 0x" << tile.c(m, n);
      return what.str();
    }
  }
  return {};
}

std::string OracleStream::next() {
  core::CubeInstruction i;
  i.type = type_;
  i.m = static_cast<uint16_t>(1 + random_.below(40));
  i.n = static_cast<uint16_t>(1 + random_.below(40));
  // Mostly one step; then the count of rounded steps is that of the dot products.
  i.k = static_cast<uint16_t>(random_.chance(90) ? 1 + random_.below(core::step_k(type_))
                                                 : 1 + random_.below(70));
  i.init = static_cast<core::CubeInit>(random_.below(3));
  CubeTile tile(i);
  const auto data = static_cast<testbench::Data>(random_.below(testbench::kDataKinds));
  testbench::fill_operands(random_, i, data, tile.buffers());
  const std::string difference = compare_with_oracle(units_, tile, oracle_);
  if (!difference.empty()) {
    std::ostringstream what;
    what << testbench::name_of(type_) << " data " << testbench::name_of(data) << " m " << i.m
         << " k " << i.k << " n " << i.n << " after " << dots_ << " dot products: " << difference;
    return what.str();
  }
  dots_ += uint64_t{i.m} * i.n;
  return {};
}

}  // namespace cubist::test
