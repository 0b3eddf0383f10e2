// SPDX-License-Identifier: Apache-2.0
// Where the chip's units lie on the grid of the interconnect.
#pragma once

#include "systemc/noc/noc_config.h"

namespace cubist::chip {

/// The interconnect of a chip with `aics` and `aivs` cores and `slices` L2 slices, read from
/// "noc.*". Nodes are the AICs, the AIVs, then the control subsystem's; targets the slices in
/// order, then the host bridge. Clusters fill rows of noc.columns; slices lie along the edges above
/// and below them, as evenly as they go; control subsystem and bridge are on the right.
noc::NocConfig floorplan(const base::ParameterTable& table, unsigned aics, unsigned aivs,
                         unsigned slices);

}  // namespace cubist::chip
