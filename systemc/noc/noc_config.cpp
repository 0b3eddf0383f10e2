// SPDX-License-Identifier: Apache-2.0
#include "systemc/noc/noc_config.h"

#include "systemc/base/parameters.h"

namespace cubist::noc {

void declare_parameters(base::ParameterTable& t) {
  t.declare_real("noc.hertz", "Hz", 1.85e9, 1e6, 1e10, "Clock (assumed the cores' clock)");
  t.declare_choice(
      "noc.topology", "mesh", {"mesh", "crossbar"},
      "Between clusters, L2 slices and host bridge (910: a mesh; 910B is not published)");
  t.declare_choice("noc.routing", "xy", {"xy", "yx"},
                   "Way of requests through the mesh: along the row or the column first; responses "
                   "take the same way back (assumed)");
  t.declare_int("noc.columns", "", 6, 1, 64,
                "Clusters in a row of the mesh (910: 6 x 4; 910B is not published)");
  t.declare_int("noc.hop_cycles", "cycles", 2, 0, 100,
                "From one stop of the mesh to the next, or through the crossbar (assumed)");
  t.declare_int("noc.link_bytes", "bytes", 512, 8, 4096,
                "What a link between stops carries in a cycle, each direction; requests and "
                "responses have links of their own (910: 128; here chosen so that the L2's 7 to 8 "
                "TB/s get through)");
  t.declare_int("noc.entry_cycles", "cycles", 4, 0, 100, "Into or out of the mesh (assumed)");
  t.declare_real("noc.port_bytes_per_cycle", "bytes", 256, 8, 4096,
                 "Width of a unit's port, each direction (256-byte GM requests on 910B; the movers "
                 "sustain less)");
  t.declare_real(
      "noc.fast_latency_ns", "ns", 50, 0, 10000,
      "Latency of every request with sim.timing=fast (mean of hits and misses, assumed)");
}

NocConfig noc_config(const base::ParameterTable& t) {
  const base::Clock clock(t.get_real("noc.hertz"));
  NocConfig c;
  c.crossbar = t.get_string("noc.topology") == "crossbar";
  c.routing = t.get_string("noc.routing") == "xy" ? Routing::xy : Routing::yx;
  c.cycle = clock.period();
  c.hop_cycles = static_cast<unsigned>(t.get_int("noc.hop_cycles"));
  c.link_bytes = static_cast<unsigned>(t.get_int("noc.link_bytes"));
  c.entry = clock.span(static_cast<uint64_t>(t.get_int("noc.entry_cycles")));
  c.byte_time = static_cast<double>(clock.period()) / t.get_real("noc.port_bytes_per_cycle");
  c.fast_latency =
      static_cast<base::Time>(t.get_real("noc.fast_latency_ns") * base::kNanosecond + 0.5);
  const std::string& timing = t.get_string("sim.timing");
  c.timing = timing == "none" ? Timing::none : timing == "fast" ? Timing::fast : Timing::full;
  return c;
}

}  // namespace cubist::noc
