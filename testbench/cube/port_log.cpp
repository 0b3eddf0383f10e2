// SPDX-License-Identifier: Apache-2.0
#include "testbench/cube/port_log.h"

#include <algorithm>

#include "systemc/core/cube/cube_layout.h"

namespace cubist::testbench {

void PortLog::start(const core::CubeInstruction& i) {
  const unsigned mt = core::ceil_div(i.m, core::kFractal);
  for (unsigned column = 0; column < i.n; column += config_.n)
    for (unsigned row = 0; row < i.m; row += config_.m)
      tiles_.push_back(i.c + core::c_offset(row, column, mt));
  in_work_ = false;
}

void PortLog::finish(const core::CubeTiming& timing) {
  expected_done_.push_back(timing.done - 1);
  busy_until_ = std::max(busy_until_, timing.done);
  in_work_ = false;
  compare_done();
}

void PortLog::observe(const PortCycle& p) {
  if (p.cycle < next_) return;
  next_ = p.cycle + 1;
  if (p.release) {
    ++releases_;
    released_[p.release_address] = p.cycle;
    if (tiles_.empty()) {
      fail(p.cycle, "release_o, but every tile has been released");
    } else {
      if (tiles_.front() != p.release_address)
        fail(p.cycle, "release_addr_o is " + std::to_string(p.release_address) + ", expected " +
                          std::to_string(tiles_.front()));
      tiles_.pop_front();
    }
    if (!p.writes || p.write_address != p.release_address)
      fail(p.cycle, "the released tile is not the one that is written");
  }
  if (p.done) {
    seen_done_.push_back(p.cycle);
    compare_done();
  }
  const bool busy = in_work_ || p.cycle < busy_until_;
  if (p.busy != busy)
    fail(p.cycle, busy ? "busy_o is low while in work" : "busy_o is high at rest");
  if (p.accepts) in_work_ = true;
}

void PortLog::compare_done() {
  while (!expected_done_.empty() && !seen_done_.empty()) {
    if (seen_done_.front() != expected_done_.front())
      fail(seen_done_.front(),
           "done_o, expected in cycle " + std::to_string(expected_done_.front()));
    seen_done_.pop_front();
    expected_done_.pop_front();
  }
}

void PortLog::close() {
  compare_done();
  if (!tiles_.empty())
    fail(next_, "the tile at " + std::to_string(tiles_.front()) + " was never released");
  if (expected_done_.size() != seen_done_.size())
    fail(next_, "done_o came too often or not at all");
}

void PortLog::clear() {
  tiles_.clear();
  expected_done_.clear();
  seen_done_.clear();
  released_.clear();
  busy_until_ = next_ = 0;
  in_work_ = false;
  error_.clear();
}

std::optional<uint64_t> PortLog::released_at(uint32_t address) const {
  const auto found = released_.find(address);
  if (found == released_.end()) return std::nullopt;
  return found->second;
}

void PortLog::fail(uint64_t cycle, const std::string& what) {
  if (error_.empty()) error_ = "cycle " + std::to_string(cycle) + ": " + what;
}

}  // namespace cubist::testbench
