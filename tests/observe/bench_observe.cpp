// SPDX-License-Identifier: Apache-2.0
// How many events a second each sink takes: one line a sink, "BENCH <name> <value> <unit>".
#include <ctime>

#include <cstdio>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "systemc/observe/event_to_wave.h"
#include "systemc/observe/fst_writer.h"
#include "systemc/observe/perfetto.h"
#include "systemc/observe/pipe_statistics.h"
#include "systemc/observe/trace_hash.h"

namespace {

using namespace cubist;

double cpu_seconds() {
  return static_cast<double>(std::clock()) / CLOCKS_PER_SEC;
}

/// Spans of 24 cores with 6 pipes each, three arguments and a command number a span: what a run
/// with full timing emits most.
void emit_spans(base::EventBus& bus, unsigned events) {
  std::vector<base::TrackId> tracks;
  for (unsigned core = 0; core < 24; ++core) {
    for (const char* pipe : {"s", "m", "mte1", "mte2", "mte3", "fixpipe"}) {
      tracks.push_back(bus.track("chip.core" + std::to_string(core) + ".aic." + pipe));
    }
  }
  const base::NameId names[] = {bus.name("mmad"), bus.name("copy"), bus.name("wait_flag")};
  const base::NameId m = bus.name("m"), k = bus.name("k"), bytes = bus.name("bytes");
  base::Time time = 0;
  for (unsigned i = 0; i < events / 2; ++i) {
    const base::TrackId track = tracks[i % tracks.size()];
    time += 3756;
    base::Event begin{base::EventKind::begin, track, names[i % 3], time, i / 1000};
    bus.emit(begin.with(m, 16).with(k, 64).with(bytes, 4096));
    bus.emit(base::Event{base::EventKind::end, track, names[i % 3], time + 1000});
  }
}

void measure(const char* name, unsigned events, base::EventBus& bus, base::EventSink& sink,
             const std::function<void()>& finish) {
  bus.attach(sink);
  const double start = cpu_seconds();
  emit_spans(bus, events);
  finish();
  const double seconds = cpu_seconds() - start;
  bus.detach(sink);
  std::printf("BENCH observe.%s_events_per_cpu_s %.3g events/s\n", name, events / seconds);
}

}  // namespace

int main() {
  const unsigned events = 4'000'000;
  const std::string file =
      (std::filesystem::temp_directory_path() / "cubist-bench-observe").string();
  {
    base::EventBus bus;
    observe::PerfettoSink sink(bus, file);
    measure("perfetto", events, bus, sink, [&] { sink.finish(); });
  }
  {
    base::EventBus bus;
    observe::PerfettoSink sink(bus, file + ".json");
    measure("json", events, bus, sink, [&] { sink.finish(); });
  }
  {
    base::EventBus bus;
    observe::TraceHash sink(bus);
    measure("trace_hash", events, bus, sink, [] {});
  }
  {
    base::EventBus bus;
    observe::PipeStatistics sink(bus);
    measure("pipe_statistics", events, bus, sink, [] {});
  }
  {
    base::EventBus bus;
    observe::FstWaveWriter writer(file + ".fst");
    observe::EventToWave sink(bus, writer);
    sink.flush_with_events(writer, base::kMicrosecond);
    measure("event_to_wave", events, bus, sink, [&] { writer.finish(); });
  }
  for (const char* ending : {"", ".json", ".fst"}) std::remove((file + ending).c_str());
  return 0;
}
