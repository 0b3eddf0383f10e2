// SPDX-License-Identifier: Apache-2.0
#include "systemc/base/agenda.h"

#include "systemc/base/error.h"

namespace cubist::base {
namespace {

sc_core::sc_time to_sc(Time t) {
  return sc_core::sc_time::from_value(t);
}

}  // namespace

Agenda::Agenda(sc_core::sc_module_name name) : sc_module(name) {
  SC_HAS_PROCESS(Agenda);
  SC_METHOD(serve);
  sensitive << due_;
  dont_initialize();
}

void Agenda::at(Time when, Rank rank, Agent& agent, uint64_t token) {
  if (when < now_) throw InternalError("agenda: an entry lies in the past");
  queue_.push(Entry{when, rank.value, sequence_++, &agent, token});
  // While entries are being served, serve() itself arms the next notification.
  if (!serving_ && queue_.top().when == when) due_.notify(to_sc(when - now_));
}

void Agenda::serve() {
  now_ = sc_core::sc_time_stamp().value();
  serving_ = true;
  while (!queue_.empty() && queue_.top().when <= now_ && !stopping_) {
    const Entry entry = queue_.top();
    queue_.pop();
    ++served_;
    entry.agent->wake(entry.token);
  }
  serving_ = false;
  if (stopping_) {
    sc_core::sc_pause();
  } else if (!queue_.empty()) {
    due_.notify(to_sc(queue_.top().when - now_));
  }
}

bool Agenda::run(Time limit) {
  stopping_ = false;
  if (!queue_.empty()) due_.notify(to_sc(queue_.top().when - now_));
  if (limit == kNever) {
    if (!queue_.empty()) sc_core::sc_start();
  } else if (limit >= now_) {
    sc_core::sc_start(to_sc(limit - now_), sc_core::SC_RUN_TO_TIME);
  }
  now_ = sc_core::sc_time_stamp().value();
  return stopping_;
}

}  // namespace cubist::base
