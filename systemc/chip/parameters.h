// SPDX-License-Identifier: Apache-2.0
// Parameters of the chip as a whole ("chip.*") and of its simulation ("sim.*").
#pragma once

#include "systemc/base/parameters.h"

namespace cubist::chip {

/// Declares "chip.*" and "sim.*".
void declare_parameters(base::ParameterTable& table);

/// Groups of one AIC and its share of the AIVs; with more AIVs than AICs, as many AIVs in each as
/// are needed.
unsigned cluster_count(unsigned aics, unsigned aivs);
unsigned cluster_of_aiv(unsigned aics, unsigned aivs, unsigned aiv);

}  // namespace cubist::chip
