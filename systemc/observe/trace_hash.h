// SPDX-License-Identifier: Apache-2.0
// One number for everything that happened: two runs that behave alike have the same trace hash.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "systemc/base/event_bus.h"

namespace cubist::observe {

/// A 128-bit, order-sensitive hash over all events: kind, time, track path, name, flow, and the
/// arguments' keys and values. Texts count, never their numbers, so the order in which units
/// registered names does not matter. Not cryptographic.
class TraceHash : public base::EventSink {
 public:
  /// `bus` must outlive the sink. Attach it before the run starts.
  explicit TraceHash(const base::EventBus& bus) : bus_(bus) {}

  void on_event(const base::Event& event) override;
  void on_track(base::TrackId track, std::string_view path) override;

  /// 32 hexadecimal digits.
  std::string text() const;
  uint64_t high() const;
  uint64_t low() const;
  uint64_t events() const { return events_; }

 private:
  uint64_t name_hash(base::NameId name);
  void mix(uint64_t value);

  const base::EventBus& bus_;
  std::vector<uint64_t> track_hashes_, name_hashes_;
  uint64_t a_ = 0x6a09e667f3bcc908, b_ = 0xbb67ae8584caa73b;
  uint64_t events_ = 0;
};

}  // namespace cubist::observe
