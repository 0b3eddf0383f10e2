// SPDX-License-Identifier: Apache-2.0
#include "systemc/chip/floorplan.h"

#include "systemc/base/parameters.h"
#include "systemc/chip/parameters.h"
#include "systemc/control/control_subsystem.h"

namespace cubist::chip {

noc::NocConfig floorplan(const base::ParameterTable& table, unsigned aics, unsigned aivs,
                         unsigned slices) {
  noc::NocConfig noc = noc::noc_config(table);
  const auto columns = static_cast<int>(table.get_int("noc.columns"));
  const int rows = (static_cast<int>(cluster_count(aics, aivs)) + columns - 1) / columns;
  const auto cluster_position = [&](unsigned cluster) {
    const auto c = static_cast<int>(cluster);
    return noc::Position{c % columns, 1 + c / columns};
  };
  for (unsigned i = 0; i < aics; ++i) noc.nodes.push_back(cluster_position(i));
  for (unsigned i = 0; i < aivs; ++i) {
    noc.nodes.push_back(cluster_position(cluster_of_aiv(aics, aivs, i)));
  }
  const noc::Position right{columns, 1};
  noc.nodes.insert(noc.nodes.end(), control::ControlSubsystem::kNodes, right);
  const int per_edge = (static_cast<int>(slices) + 1) / 2;
  for (int i = 0; i < static_cast<int>(slices); ++i) {
    noc.targets.push_back({i / 2 * columns / per_edge, i % 2 == 0 ? 0 : rows + 1});
  }
  noc.targets.push_back(right);
  return noc;
}

}  // namespace cubist::chip
