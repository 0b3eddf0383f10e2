// SPDX-License-Identifier: Apache-2.0
// One slice of the shared L2: tags and timing; values stay in the backing store.
//
// Reads that miss fetch what is missing of the line; writes allocate (l2.write_allocate), and fetch
// only sectors they cover in part; dirty victims are written back. Requests with
// RequestInfo::bypass_l2 use a line that is there but bring none in. A request for a line that
// another node is accessing is looked up again, which costs the port l2.same_line_cycles.
//
// A request whose end is known is answered at once with its delay. One that waits for the channel
// behind gets END_REQ at once and BEGIN_RESP when its data are known to come; hits and other misses
// go on. The first request that would have more reads (l2.misses_in_flight) or writes
// (l2.writes_in_flight) under way than the slice can track is refused until one of them is over.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <tlm_utils/simple_target_socket.h>
#include <systemc>
#include <tlm>

#include "systemc/base/simulation.h"
#include "systemc/l2/l2_config.h"
#include "systemc/l2/miss_slots.h"
#include "systemc/l2/recent_lines.h"
#include "systemc/l2/tag_store.h"
#include "systemc/memory/interleave.h"
#include "systemc/memory/link_calendar.h"
#include "systemc/memory/memory_port.h"
#include "systemc/memory/request_port.h"

namespace cubist::l2 {

class L2Slice : public sc_core::sc_module, private memory::RequestOwner, private base::Agent {
 public:
  /// Requests to this slice's lines; none crosses a line.
  tlm_utils::simple_target_socket<L2Slice> target;
  /// To the HBM channel behind.
  memory::RequestPort memory_side;

  L2Slice(sc_core::sc_module_name name, base::Simulation& simulation, const L2Config& config,
          const memory::Interleave& interleave, unsigned slice, uint64_t memory_bytes,
          memory::MemoryPort& memory);

  /// Counts of requests; a request to a line that is on its way counts as a hit.
  struct Counts {
    uint64_t hits = 0, misses = 0, bypasses = 0;
    uint64_t sector_misses = 0;  ///< Of the misses: the line was there, a sector was not.
    uint64_t read_bytes = 0, write_bytes = 0;
    uint64_t fill_bytes = 0, writeback_bytes = 0;
    uint64_t evictions = 0, writebacks = 0;  ///< Lines driven out; lines (or writes) sent to HBM.
    uint64_t refusals = 0;
    uint64_t line_conflicts = 0;  ///< Requests for a line that another node was accessing.
    uint64_t miss_limits = 0;     ///< Misses that waited because too many were in flight.
    base::Time busy = 0;          ///< Of the data ports.
  };
  const Counts& counts() const { return counts_; }
  /// For benches, between kernels: the line of `address` is there as if it had just been read (or
  /// written, if `dirty`), without time and traffic; what it drives out is forgotten.
  void preload(uint64_t address, bool dirty);
  /// One line when a request is refused; else empty.
  std::string describe_state() const;

 private:
  /// What a request means for tags and channel.
  struct Plan {
    uint64_t line = 0;  // Number within the slice.
    uint64_t line_address = 0;
    SectorMask touched = 0, covered = 0;  // Sectors touched, and those covered wholly.
    SectorMask fetch = 0;                 // Sectors to bring from the channel.
    bool write = false, allocate = false, hit = false, sector_miss = false;
    bool write_through = false;
    bool writes = false;  // To the channel: through, or a line driven out.
  };
  /// A request that waits for a fill, and when it would be done without.
  struct Waiter {
    tlm::tlm_generic_payload* payload;
    base::Time done;
  };
  /// A request to the channel whose end is not known yet.
  struct Fill {
    uint64_t line = 0;
    bool read = false;  // Has a miss slot.
    std::vector<Waiter> waiters;
  };

  tlm::tlm_sync_enum forward(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase,
                             sc_core::sc_time& delay);
  void block(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);
  unsigned debug(tlm::tlm_generic_payload& payload);
  void request_done(uint64_t token, const memory::Completion& completion) override;
  void wake(uint64_t token) override;

  Plan plan(const tlm::tlm_generic_payload& payload) const;
  /// True when the request has to stay outside until the channel takes more.
  bool must_wait(const Plan& plan);
  /// Serves a request; returns when it is done, or nothing when it waits for the channel. A
  /// blocking request asks the channel through b_transport. Sets the response of one that failed.
  std::optional<base::Time> serve(const Plan& plan, tlm::tlm_generic_payload& payload,
                                  base::Time arrival, bool blocking);
  /// When the request has the data port for good.
  base::Time book_port(const Plan& plan, const tlm::tlm_generic_payload& payload,
                       base::Time arrival, base::Time length);
  /// When a request to the channel is done or, while that is not known, the number of its fill.
  struct Asked {
    std::optional<base::Time> done;
    uint32_t fill = RecentLine::kNone;
    bool ok = true;
  };
  /// Sends a request to the channel. `waiter`, unless it has no payload, is answered later when the
  /// end is not known now.
  Asked ask(const memory::Request& request, base::Time when, bool blocking, uint64_t line,
            const Waiter& waiter);
  void write_back(const TagStore::Victim& victim, base::Time when, bool blocking);
  void answer(const Waiter& waiter, base::Time done);
  void let_in_held();

  base::Simulation& simulation_;
  const memory::Interleave& interleave_;
  memory::MemoryPort& memory_;
  unsigned slice_;
  const L2Config config_;
  base::Time hit_time_, miss_time_, same_line_time_;
  double byte_time_, write_byte_time_;
  TagStore tags_;
  memory::LinkCalendar data_port_, write_port_;
  RecentLines lines_;
  MissSlots slots_;
  unsigned writes_ = 0;  // Sent to the channel, not taken yet.
  std::vector<Fill> fills_;
  std::vector<uint32_t> free_fills_;
  Counts counts_;
  tlm::tlm_generic_payload* held_ = nullptr;  // Refused: not served yet.
  base::Time held_arrival_ = 0;
};

}  // namespace cubist::l2
