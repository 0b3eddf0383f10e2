// SPDX-License-Identifier: Apache-2.0
#include "systemc/hbm/request_queue.h"

#include "systemc/hbm/timing_rules.h"

namespace cubist::hbm {

RequestQueue::RequestQueue(unsigned reads, unsigned writes)
    : pool_(reads + writes), capacity_{reads, writes} {
  for (unsigned i = reads + writes; i-- > 0;) free_.push_back(static_cast<uint16_t>(i));
  open_row_.fill(kClosed);
}

uint16_t RequestQueue::add(const ChannelRequest& request, Tick arrival, uint64_t order) {
  const uint16_t index = free_.back();
  free_.pop_back();
  QueueEntry& e = pool_[index];
  List& list = lists_[request.write][request.set];
  e.request = request;
  e.arrival = arrival;
  e.order = order;
  e.previous = list.tail;
  e.next = kNoEntry;
  e.found = RowState::hit;
  const bool first = list.tail == kNoEntry;
  (first ? list.head : pool_[list.tail].next) = index;
  list.tail = index;
  if (first) head_changed(request.write, request.set);
  pending_[request.write] |= uint64_t{1} << request.set;
  ++count_[request.write];
  if (list.hit == kNoEntry && open_row_[request.set] == request.row) {
    set_hit(request.write, request.set, index);
  }
  return index;
}

void RequestQueue::head_changed(bool write, unsigned set) {
  const QueueEntry& head = pool_[lists_[write][set].head];
  head_order_[write][set] = head.order;
  head_row_[write][set] = head.request.row;
}

void RequestQueue::set_hit(bool write, unsigned set, uint16_t index) {
  lists_[write][set].hit = index;
  const uint64_t bit = uint64_t{1} << set;
  if (index == kNoEntry) {
    hits_[write] &= ~bit;
  } else {
    hits_[write] |= bit;
  }
}

void RequestQueue::remove(uint16_t index) {
  const QueueEntry& e = pool_[index];
  const bool write = e.request.write;
  const unsigned set = e.request.set;
  List& list = lists_[write][set];
  if (list.hit == index) {
    uint16_t next = e.next;
    while (next != kNoEntry && pool_[next].request.row != open_row_[set]) next = pool_[next].next;
    set_hit(write, set, next);
  }
  (e.previous == kNoEntry ? list.head : pool_[e.previous].next) = e.next;
  (e.next == kNoEntry ? list.tail : pool_[e.next].previous) = e.previous;
  if (list.head == kNoEntry) {
    pending_[write] &= ~(uint64_t{1} << set);
  } else if (e.previous == kNoEntry) {
    head_changed(write, set);
  }
  --count_[write];
  free_.push_back(index);
}

void RequestQueue::opened(unsigned set, uint32_t row) {
  open_row_[set] = row;
  for (const bool write : {false, true}) {
    uint16_t i = lists_[write][set].head;
    while (i != kNoEntry && pool_[i].request.row != row) i = pool_[i].next;
    set_hit(write, set, i);
  }
}

void RequestQueue::closed(unsigned set) {
  open_row_[set] = kClosed;
  set_hit(false, set, kNoEntry);
  set_hit(true, set, kNoEntry);
}

uint16_t RequestQueue::find_write(const ChannelRequest& request, bool& covers) const {
  for (uint16_t i = lists_[1][request.set].tail; i != kNoEntry; i = pool_[i].previous) {
    const ChannelRequest& w = pool_[i].request;
    if (w.row != request.row || w.column >= request.column + request.atoms ||
        request.column >= w.column + w.atoms) {
      continue;
    }
    covers = w.column <= request.column && request.column + request.atoms <= w.column + w.atoms;
    return i;
  }
  return kNoEntry;
}

}  // namespace cubist::hbm
