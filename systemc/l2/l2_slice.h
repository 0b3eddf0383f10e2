// SPDX-License-Identifier: Apache-2.0
// One slice of the shared L2: tags and timing; values stay in the backing store.
//
// Reads that miss fetch what is missing of the line; writes allocate, and fetch only sectors they
// cover in part; dirty victims are written back. Requests with RequestInfo::bypass_l2 use a line
// that is there but bring none in. While the channel behind refuses a request, hits go on and the
// first request that needs the channel is refused in turn.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <tlm_utils/simple_target_socket.h>
#include <systemc>
#include <tlm>

#include "systemc/base/simulation.h"
#include "systemc/l2/l2_config.h"
#include "systemc/l2/tag_store.h"
#include "systemc/memory/interleave.h"
#include "systemc/memory/link_calendar.h"
#include "systemc/memory/memory_port.h"
#include "systemc/memory/request_port.h"

namespace cubist::l2 {

class L2Slice : public sc_core::sc_module, private memory::RequestOwner {
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
    uint64_t read_bytes = 0, write_bytes = 0;
    uint64_t fill_bytes = 0, writeback_bytes = 0;
    uint64_t refusals = 0;
  };
  const Counts& counts() const { return counts_; }
  /// For benches, between kernels: the line of `address` is there as if it had just been read (or
  /// written, if `dirty`), without time and traffic; what it drives out is forgotten.
  void preload(uint64_t address, bool dirty);
  /// One line when a request waits for the channel; else empty.
  std::string describe_state() const;

 private:
  /// What a request means for tags and channel.
  struct Plan {
    uint64_t line = 0;  // Number within the slice.
    uint64_t line_address = 0;
    SectorMask touched = 0, covered = 0;  // Sectors touched, and those covered wholly.
    SectorMask fetch = 0;                 // Sectors to bring from the channel.
    bool allocate = false, hit = false, write_through = false;
    bool needs_channel = false;
  };
  /// A line that is on its way; direct mapped, so that a clash loses a little waiting time only.
  struct Pending {
    uint64_t line = ~uint64_t{0};
    base::Time ready = 0;       // When the channel has said so.
    uint32_t fetch = kNoFetch;  // While it has not: the fetch that brings the line.
  };
  /// A payload that waits for a fetch, and when it is done apart from that.
  struct Waiter {
    tlm::tlm_generic_payload* payload;
    base::Time done;
  };
  /// A request to the channel whose completion is not known yet; its index is its token.
  struct Fetch {
    uint64_t line = 0;
    bool fills = false;  // The line is Pending.
    std::vector<Waiter> waiters;
  };
  static constexpr uint32_t kNoFetch = ~uint32_t{0};

  tlm::tlm_sync_enum forward(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase,
                             sc_core::sc_time& delay);
  void block(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);
  unsigned debug(tlm::tlm_generic_payload& payload);
  void request_done(uint64_t token, const memory::Completion& completion) override;
  void port_free() override;

  Plan plan(const tlm::tlm_generic_payload& payload) const;
  /// Serves a request; returns when it is done, or nothing when it waits for the channel. A
  /// blocking request asks the channel through b_transport. Sets the response of one that failed.
  std::optional<base::Time> serve(tlm::tlm_generic_payload& payload, base::Time arrival,
                                  bool blocking);
  /// Asks the channel; nothing when its completion is not known yet: then `fetch` is its number.
  std::optional<memory::Completion> ask(const memory::Request& request, base::Time when,
                                        bool blocking, uint32_t fetch);
  uint32_t new_fetch(uint64_t line, bool fills);
  void respond(tlm::tlm_generic_payload& payload, base::Time done);
  /// Leaves a served request's answer for later: END_REQ now, or when the port is free.
  tlm::tlm_sync_enum answer_later(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase);
  Pending& pending(uint64_t line) { return pending_[line % pending_.size()]; }

  base::Simulation& simulation_;
  const memory::Interleave& interleave_;
  memory::MemoryPort& memory_;
  unsigned slice_;
  base::Time hit_time_;
  bool fetch_on_write_;
  double byte_time_;
  TagStore tags_;
  memory::LinkCalendar data_port_;
  std::array<Pending, 256> pending_;
  Counts counts_;
  tlm::tlm_generic_payload* held_ = nullptr;   // Refused: not served yet.
  tlm::tlm_generic_payload* taken_ = nullptr;  // Served; END_REQ follows when the port is free.
  base::Time held_arrival_ = 0;
  std::vector<Fetch> fetches_;
  std::vector<uint32_t> free_fetches_;
};

}  // namespace cubist::l2
