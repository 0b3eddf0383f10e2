// SPDX-License-Identifier: Apache-2.0
// What the tests of this room share: files that vanish, other people's programs, random events.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "systemc/base/event_bus.h"

namespace cubist::test {

/// A path in the temporary folder that no other test uses; the file is removed at the end.
class TemporaryFile {
 public:
  explicit TemporaryFile(const std::string& ending);
  ~TemporaryFile();
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

std::string read_file(const std::string& path);

/// Standard output of a shell command, which must succeed.
std::string output_of(const std::string& command);

/// A linear congruential generator: the same numbers on every machine.
class Random {
 public:
  explicit Random(uint64_t seed) : state_(seed * 2 + 1) {}
  uint64_t below(uint64_t bound) {
    state_ = state_ * 6364136223846793005u + 1442695040888963407u;
    return (state_ >> 33) % bound;
  }

 private:
  uint64_t state_;
};

/// Makes the calls that a unit makes, in a few words.
class Emitter {
 public:
  using Args = std::vector<std::pair<std::string, uint64_t>>;
  explicit Emitter(base::EventBus& bus) : bus_(bus) {}

  void begin(const std::string& track, const std::string& name, base::Time time, uint64_t flow = 0,
             const Args& args = {}) {
    emit(base::EventKind::begin, track, name, time, flow, args);
  }
  void end(const std::string& track, base::Time time) {
    emit(base::EventKind::end, track, "", time, 0, {});
  }
  void instant(const std::string& track, const std::string& name, base::Time time,
               uint64_t flow = 0, const Args& args = {}) {
    emit(base::EventKind::instant, track, name, time, flow, args);
  }
  void counter(const std::string& track, const std::string& name, base::Time time, uint64_t value) {
    emit(base::EventKind::counter, track, name, time, 0, {{"value", value}});
  }

 private:
  void emit(base::EventKind kind, const std::string& track, const std::string& name,
            base::Time time, uint64_t flow, const Args& args) {
    base::Event event{kind, bus_.track(track), bus_.name(name), time, flow};
    for (const auto& [key, value] : args) event.with(bus_.name(key), value);
    bus_.emit(event);
  }
  base::EventBus& bus_;
};

}  // namespace cubist::test
