// SPDX-License-Identifier: Apache-2.0
// The cheapest view of contention: a packet books every link of its way when it is sent, in the
// first gap that holds it. No queues and no credits: packets sent earlier come first, and a packet
// that waits for a link keeps nobody else from another.
#pragma once

#include <vector>

#include "systemc/memory/link_calendar.h"
#include "systemc/noc/topology.h"

namespace cubist::noc {

class PathReservation {
 public:
  /// Links' delays are multiples of `cycle`.
  PathReservation(const Topology& topology, base::Time cycle)
      : topology_(topology), cycle_(cycle), links_(topology.links().size()) {}

  /// Books the links between the routers of `source` and `destination`. The head is at the first
  /// router at `head`; nothing before `now` will be asked for again. Each link is taken for
  /// `length`. Returns when the head is at the last router.
  base::Time cross(uint32_t source, uint32_t destination, base::Time now, base::Time head,
                   base::Time length) {
    uint32_t router = topology_.links()[topology_.injection(source)].to;
    for (;;) {
      const uint32_t number = topology_.next(router, destination);
      const Link& link = topology_.links()[number];
      if (link.to == Link::kEndpoint) return head + (link.delay - 1) * cycle_;
      const base::Time start = links_[number].reserve(now, head, length);
      waited_ += start - head;
      head = start + link.delay * cycle_;
      router = link.to;
    }
  }

  /// Books one injection or ejection link; returns when the head has passed it.
  base::Time pass(uint32_t link, base::Time now, base::Time head, base::Time length) {
    return links_[link].reserve(now, head, length) + cycle_;
  }

  /// How long a link was taken so far.
  base::Time reserved(uint32_t link) const { return links_[link].reserved(); }
  /// Sum over all packets of the time that they waited for links between routers.
  const base::Time& waited() const { return waited_; }

 private:
  const Topology& topology_;
  base::Time cycle_;
  std::vector<memory::LinkCalendar> links_;
  base::Time waited_ = 0;
};

}  // namespace cubist::noc
