// SPDX-License-Identifier: Apache-2.0
#include "systemc/observe/trace_hash.h"

#include <cstdio>

namespace cubist::observe {
namespace {

constexpr uint64_t kOddA = 0x9e3779b97f4a7c15, kOddB = 0xd6e8feb86659fd93;

// A bijection of 64 bits in which every input bit reaches every output bit.
uint64_t scramble(uint64_t value) {
  value ^= value >> 32;
  value *= kOddB;
  value ^= value >> 29;
  value *= kOddA;
  value ^= value >> 32;
  return value;
}

uint64_t hash_text(std::string_view text) {
  uint64_t hash = scramble(text.size() + kOddA);
  for (const char c : text) hash = scramble(hash ^ static_cast<unsigned char>(c)) + kOddA;
  return hash;
}

uint64_t rotate(uint64_t value, unsigned bits) {
  return value << bits | value >> (64 - bits);
}

}  // namespace

void TraceHash::mix(uint64_t value) {
  const uint64_t v = scramble(value + kOddA);
  a_ = (rotate(a_, 23) ^ v) * kOddA + b_;
  b_ = scramble(b_ + rotate(v, 31)) ^ a_;
}

void TraceHash::on_track(base::TrackId track, std::string_view path) {
  if (track >= track_hashes_.size()) track_hashes_.resize(track + 1);
  track_hashes_[track] = hash_text(path);
}

uint64_t TraceHash::name_hash(base::NameId name) {
  while (name_hashes_.size() <= name) {
    const auto next = static_cast<base::NameId>(name_hashes_.size());
    name_hashes_.push_back(hash_text(bus_.text(next)));
  }
  return name_hashes_[name];
}

void TraceHash::on_event(const base::Event& event) {
  ++events_;
  mix(static_cast<uint64_t>(event.kind) | uint64_t{event.arg_count} << 8);
  mix(event.time);
  mix(event.track < track_hashes_.size() ? track_hashes_[event.track] : 0);
  mix(name_hash(event.name));
  mix(event.flow);
  for (unsigned i = 0; i < event.arg_count; ++i) {
    mix(name_hash(event.args[i].key));
    mix(event.args[i].value);
  }
}

uint64_t TraceHash::high() const {
  return scramble(a_ ^ events_);
}

uint64_t TraceHash::low() const {
  return scramble(b_ + events_);
}

std::string TraceHash::text() const {
  char digits[33];
  std::snprintf(digits, sizeof digits, "%016llx%016llx", static_cast<unsigned long long>(high()),
                static_cast<unsigned long long>(low()));
  return digits;
}

}  // namespace cubist::observe
