// SPDX-License-Identifier: Apache-2.0
// What PerfettoSink needs from a trace format; one implementation per format.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "systemc/base/event_bus.h"

namespace cubist::observe {

/// One record of the trace.
struct TraceItem {
  base::EventKind kind;
  uint32_t lane;
  base::Time time;  ///< Femtoseconds; the encoder converts.
  base::NameId name = 0;
  uint64_t flow = 0;    ///< Becomes the annotation "command" if not zero.
  bool linked = false;  ///< Draw an arrow from the flow's previous linked record to this one.
  base::Time began = base::kNever;  ///< If a span began before the window: when.
  const base::EventArg* args = nullptr;
  unsigned arg_count = 0;
};

/// Numbers of processes and lanes are handed out from 1. Records come in nondecreasing time.
class TraceEncoder {
 public:
  virtual ~TraceEncoder() = default;
  virtual uint32_t add_process(const std::string& name) = 0;
  virtual uint32_t add_thread(uint32_t process, const std::string& name) = 0;
  virtual uint32_t add_counter(uint32_t process, const std::string& name) = 0;
  virtual void add(const TraceItem& item) = 0;
  /// An instant with a text of its own.
  virtual void add_note(uint32_t lane, base::Time time, const std::string& text) = 0;
  /// Completes the file; throws base::UserError if not everything could be written.
  virtual void finish() = 0;
  virtual uint64_t bytes() const = 0;
};

/// `unit`: femtoseconds that are shown as one nanosecond, 10^6 (true) or 10^3 (stretched).
std::unique_ptr<TraceEncoder> make_perfetto_encoder(const base::EventBus& bus,
                                                    const std::string& path, base::Time unit);
std::unique_ptr<TraceEncoder> make_json_encoder(const base::EventBus& bus, const std::string& path,
                                                base::Time unit);

}  // namespace cubist::observe
