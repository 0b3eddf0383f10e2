// SPDX-License-Identifier: Apache-2.0
// Traces are read back with protoc and a JSON parser and compared with what was emitted.
#include <catch2/catch.hpp>
#include <map>
#include <nlohmann/json.hpp>

#include "systemc/base/error.h"
#include "systemc/observe/perfetto.h"
#include "tests/observe/proto_text.h"
#include "tests/observe/support.h"

namespace {

using namespace cubist;
using observe::PerfettoSink;
using observe::TraceOptions;
using test::Emitter;
using test::output_of;
using test::TemporaryFile;

/// An event as a reader of the trace sees it.
struct Seen {
  std::string type, process, lane, name;
  uint64_t time;
  std::map<std::string, uint64_t> args;
  uint64_t linked_flow = 0;

  bool operator==(const Seen& o) const {
    return type == o.type && process == o.process && lane == o.lane && name == o.name &&
           time == o.time && args == o.args && linked_flow == o.linked_flow;
  }
};

std::ostream& operator<<(std::ostream& out, const Seen& s) {
  out << s.type << " [" << s.process << "|" << s.lane << "] '" << s.name << "' @" << s.time;
  for (const auto& [key, value] : s.args) out << " " << key << "=" << value;
  return out << " ->" << s.linked_flow;
}

void require_known_fields(const test::ProtoMessage& message) {
  for (const auto& [field, values] : message.values) REQUIRE(!isdigit(field[0]));
  for (const auto& [field, list] : message.messages) {
    REQUIRE(!isdigit(field[0]));
    for (const auto& child : list) require_known_fields(child);
  }
}

std::vector<Seen> read_trace(const std::string& path) {
  const std::string reader = path.substr(path.size() - 3) == ".gz" ? "zcat " : "cat ";
  const test::ProtoMessage trace =
      test::parse_proto_text(output_of(reader + path +
                                       " | " CUBIST_PROTOC " -I '" CUBIST_TEST_FOLDER
                                       "' --decode=cubist.test.Trace perfetto_subset.proto"));
  require_known_fields(trace);
  std::map<uint64_t, std::string> names, keys, processes, lanes, lane_processes, process_uuids;
  std::vector<Seen> events;
  bool cleared = false;
  for (const auto& packet : trace.messages.at("packet")) {
    if (packet.value("sequence_flags") == "1") cleared = true;
    REQUIRE(cleared);  // Readers skip everything before the state was declared clear.
    REQUIRE(packet.value("trusted_packet_sequence_id") == "1");
    if (const auto* interned = packet.message("interned_data")) {
      for (auto [list, map] :
           {std::pair{"event_names", &names}, std::pair{"debug_annotation_names", &keys}}) {
        const auto found = interned->messages.find(list);
        if (found == interned->messages.end()) continue;
        for (const auto& entry : found->second) {
          REQUIRE(map->emplace(entry.number("iid"), entry.value("name")).second);
        }
      }
    }
    if (const auto* track = packet.message("track_descriptor")) {
      const uint64_t uuid = track->number("uuid");
      if (const auto* process = track->message("process")) {
        processes[process->number("pid")] = process->value("process_name");
        process_uuids[uuid] = process->value("process_name");
      } else if (const auto* thread = track->message("thread")) {
        REQUIRE(lanes.emplace(uuid, thread->value("thread_name")).second);
        lane_processes[uuid] = processes.at(thread->number("pid"));
      } else {
        REQUIRE(track->message("counter"));
        REQUIRE(lanes.emplace(uuid, track->value("name")).second);
        lane_processes[uuid] = process_uuids.at(track->number("parent_uuid"));
      }
    }
    if (const auto* event = packet.message("track_event")) {
      REQUIRE(packet.value("sequence_flags") == "2");
      const uint64_t uuid = event->number("track_uuid");
      Seen seen;
      seen.type = event->value("type");
      seen.process = lane_processes.at(uuid);
      seen.lane = lanes.at(uuid);
      seen.name = event->values.count("name") ? event->value("name") : "";
      if (event->values.count("name_iid")) seen.name = names.at(event->number("name_iid"));
      seen.time = packet.number("timestamp");
      if (event->values.count("counter_value")) {
        seen.args["value"] = event->number("counter_value");
      }
      const auto annotations = event->messages.find("debug_annotations");
      if (annotations != event->messages.end()) {
        for (const auto& annotation : annotations->second) {
          seen.args[keys.at(annotation.number("name_iid"))] = annotation.number("uint_value");
        }
      }
      if (event->values.count("flow_ids")) {
        seen.linked_flow = std::stoull(event->value("flow_ids"), nullptr, 0);
      }
      events.push_back(std::move(seen));
    }
  }
  return events;
}

TEST_CASE("a trace shows every event on its lane") {
  TemporaryFile file(".pftrace");
  base::EventBus bus;
  Emitter emit(bus);
  emit.begin("before.attachment", "unseen", 0);
  PerfettoSink sink(bus, file.path());
  bus.attach(sink);
  emit.begin("host", "launch", 1'000'000, 7);
  emit.instant("chip.uart", "say \"hi\" \\ \xc3\xa4", 1'999'999);
  emit.begin("chip.core3.aic.mte2", "copy", 2'000'000, 7, {{"bytes", 4096}, {"pc", ~0ull}});
  emit.begin("chip.core3.aic.mte2", "wait_memory", 3'500'000, 7);
  emit.end("chip.core3.aic.mte2", 3'600'000);
  emit.counter("chip.core3.aic.queue", "depth", 3'700'000, 31);
  emit.counter("chip.hbm", "", 3'700'000, 5);
  emit.end("chip.core3.aic.mte2", 4'000'000);
  emit.end("chip.core3.aic.mte2", 4'000'000);  // closes nothing
  emit.end("host", 5'000'000);
  bus.detach(sink);
  sink.finish();
  CHECK(sink.events_written() == 9);
  CHECK_FALSE(sink.was_cut());

  const std::string core = "chip.core3";
  const std::vector<Seen> expected{
      {"TYPE_SLICE_BEGIN", "host", "host", "launch", 1, {{"command", 7}}, 7},
      {"TYPE_INSTANT", "chip", "uart", "say \"hi\" \\ \xc3\xa4", 1, {}, 0},
      {"TYPE_SLICE_BEGIN",
       core,
       "aic.mte2",
       "copy",
       2,
       {{"command", 7}, {"bytes", 4096}, {"pc", ~0ull}},
       7},
      {"TYPE_SLICE_BEGIN", core, "aic.mte2", "wait_memory", 3, {{"command", 7}}, 0},
      {"TYPE_SLICE_END", core, "aic.mte2", "", 3, {}, 0},
      {"TYPE_COUNTER", core, "aic.queue depth", "", 3, {{"value", 31}}, 0},
      {"TYPE_COUNTER", "chip", "hbm", "", 3, {{"value", 5}}, 0},
      {"TYPE_SLICE_END", core, "aic.mte2", "", 4, {}, 0},
      {"TYPE_SLICE_END", "host", "host", "", 5, {}, 0},
  };
  CHECK(read_trace(file.path()) == expected);
  CHECK(sink.bytes_written() == test::read_file(file.path()).size());
}

TEST_CASE("a decoder without a schema reads the trace, too") {
  TemporaryFile file(".pftrace");
  base::EventBus bus;
  Emitter emit(bus);
  PerfettoSink sink(bus, file.path());
  bus.attach(sink);
  for (unsigned i = 0; i < 100; ++i) emit.instant("a.b.c", "tick", i * 1'000'000);
  sink.finish();
  const std::string text = output_of(CUBIST_PROTOC " --decode_raw < " + file.path());
  size_t packets = 0;
  for (size_t at = text.find("1 {"); at != text.npos; at = text.find("\n1 {", at + 1)) ++packets;
  CHECK(packets == 100 + 2 + 1);  // events, process and thread, the opening packet
}

TEST_CASE("random events survive, compressed or not, in nanoseconds or picoseconds") {
  const bool compressed = GENERATE(false, true);
  const bool picoseconds = GENERATE(false, true);
  TemporaryFile file(compressed ? ".pftrace.gz" : ".pftrace");
  base::EventBus bus;
  Emitter emit(bus);
  TraceOptions options;
  if (picoseconds) options.unit = TraceOptions::Unit::picosecond;
  PerfettoSink sink(bus, file.path(), options);
  bus.attach(sink);
  test::Random random(picoseconds + 2 * compressed);
  std::vector<Seen> expected;
  std::map<std::string, unsigned> depth;
  std::map<std::string, uint64_t> last_flow;
  base::Time time = 0;
  const std::string note = "times are stretched: 1 ns shown is 1 ps simulated";
  if (picoseconds) expected.push_back({"TYPE_INSTANT", "trace", "notes", note, 0, {}, 0});
  for (unsigned i = 0; i < 3000; ++i) {
    time += random.below(3) * random.below(1'000'000);
    const std::string core = "chip.core" + std::to_string(random.below(4));
    const std::string lane = "aic.pipe" + std::to_string(random.below(3));
    const std::string track = core + "." + lane, name = "op" + std::to_string(random.below(40));
    const uint64_t shown = time / (picoseconds ? 1000 : 1'000'000);
    const uint64_t flow = random.below(3) ? random.below(5) : 0;
    Emitter::Args args;
    for (uint64_t n = random.below(7), k = 0; k < n; ++k) {
      args.emplace_back("key" + std::to_string(k + random.below(2) * 10), random.below(1 << 20)
                                                                              << random.below(40));
    }
    if (random.below(2) && depth[track] > 0) {
      --depth[track];
      emit.end(track, time);
      expected.push_back({"TYPE_SLICE_END", core, lane, "", shown, {}, 0});
    } else {
      const bool instant = random.below(4) == 0;
      Seen seen{instant ? "TYPE_INSTANT" : "TYPE_SLICE_BEGIN", core, lane, name, shown, {}, 0};
      for (const auto& [key, value] : args) seen.args[key] = value;
      if (flow) {
        seen.args["command"] = flow;
        if (last_flow[track] != flow) seen.linked_flow = flow;
        last_flow[track] = flow;
      }
      expected.push_back(seen);
      if (instant) {
        emit.instant(track, name, time, flow, args);
      } else {
        ++depth[track];
        emit.begin(track, name, time, flow, args);
      }
    }
  }
  sink.finish();
  const std::vector<Seen> seen = read_trace(file.path());
  REQUIRE(seen.size() == expected.size());
  for (size_t i = 0; i < seen.size(); ++i) REQUIRE(seen[i] == expected[i]);
}

TEST_CASE("a window keeps open spans, closes them at its end, and says so") {
  TemporaryFile file(".pftrace");
  base::EventBus bus;
  Emitter emit(bus);
  TraceOptions options;
  options.from = 10'000'000;
  options.to = 20'000'000;
  PerfettoSink sink(bus, file.path(), options);
  bus.attach(sink);
  emit.begin("a.b", "outer", 1'000'000, 3);
  emit.begin("a.b", "gone", 2'000'000);
  emit.end("a.b", 3'000'000);
  emit.instant("a.b", "inside", 12'000'000);
  emit.begin("a.c", "late", 19'000'000);
  emit.instant("a.b", "outside", 20'000'000);
  emit.end("a.c", 21'000'000);
  sink.finish();
  CHECK(sink.was_cut());
  const std::vector<Seen> expected{
      {"TYPE_INSTANT",
       "trace",
       "notes",
       "the trace starts at 10.000 ns; what came before was left out as asked",
       10,
       {},
       0},
      {"TYPE_SLICE_BEGIN",
       "a",
       "b",
       "outer",
       10,
       {{"command", 3}, {"began before the window, at fs", 1'000'000}},
       3},
      {"TYPE_INSTANT", "a", "b", "inside", 12, {}, 0},
      {"TYPE_SLICE_BEGIN", "a", "c", "late", 19, {}, 0},
      {"TYPE_SLICE_END", "a", "b", "", 20, {}, 0},
      {"TYPE_SLICE_END", "a", "c", "", 20, {}, 0},
      {"TYPE_INSTANT",
       "trace",
       "notes",
       "the trace is cut at 20.000 ns: the end of the window that was asked for",
       20,
       {},
       0}};
  CHECK(read_trace(file.path()) == expected);
}

TEST_CASE("a trace that reaches its limit says so and still ends well") {
  TemporaryFile file(".pftrace");
  base::EventBus bus;
  Emitter emit(bus);
  TraceOptions options;
  options.event_limit = 3;
  PerfettoSink sink(bus, file.path(), options);
  bus.attach(sink);
  for (unsigned i = 0; i < 10; ++i) emit.begin("a.b", "span", i * 1'000'000);
  sink.finish();
  const std::vector<Seen> seen = read_trace(file.path());
  REQUIRE(seen.size() == 3 + 3 + 1);
  CHECK(seen.back().name == "the trace is cut at 3.000 ns: the limit of 3 events");
}

TEST_CASE("Chrome JSON holds the same events and joins the tracks of a command") {
  const bool compressed = GENERATE(false, true);
  TemporaryFile file(compressed ? ".json.gz" : ".json");
  base::EventBus bus;
  Emitter emit(bus);
  {
    PerfettoSink sink(bus, file.path());
    bus.attach(sink);
    emit.begin("host.stream0", "launch \"k\"", 1'000'001, 1);
    emit.begin("chip.core0.aic.m", "mmad", 2'000'000'000, 1, {{"m", 16}, {"mask", ~0ull}});
    emit.instant("chip.core0.aic.m", "flag", 2'000'000'540);
    emit.counter("chip.core0.queue", "depth", 2'000'000'541, 3);
    emit.end("chip.core0.aic.m", 2'000'000'541);
    bus.detach(sink);
  }  // The destructor completes the file.
  const auto json = nlohmann::json::parse(output_of((compressed ? "zcat " : "cat ") + file.path()));
  std::map<std::pair<int, int>, std::string> threads;
  std::vector<std::string> lines;
  for (const auto& event : json.at("traceEvents")) {
    const std::string phase = event.at("ph");
    if (phase == "M") {
      if (event.at("name") == "thread_name") {
        threads[{event.at("pid"), event.at("tid")}] = event.at("args").at("name");
      }
      continue;
    }
    std::string line = phase + " " + event.at("ts").dump() + " " + event.value("name", "-");
    if (phase != "C") line += " on " + threads.at({event.at("pid"), event.at("tid")});
    if (event.contains("args")) line += " " + event.at("args").dump();
    lines.push_back(line);
  }
  const std::vector<std::string> expected{
      R"(B 0.001000001 launch "k" on stream0 {"command":1})",
      R"(s 0.001000001 command on stream0)",
      R"(B 2.0 mmad on aic.m {"command":1,"m":16,"mask":"18446744073709551615"})",
      R"(t 2.0 command on aic.m)",
      R"(i 2.00000054 flag on aic.m {})",
      R"(C 2.000000541 queue depth {"value":3})",
      R"(E 2.000000541 - on aic.m {})"};
  CHECK(lines == expected);
}

TEST_CASE("a trace without events is complete, and later events are ignored") {
  TemporaryFile file(".json");
  base::EventBus bus;
  PerfettoSink sink(bus, file.path());
  bus.attach(sink);
  sink.finish();
  sink.finish();
  Emitter(bus).instant("a", "late", 5);
  CHECK(nlohmann::json::parse(test::read_file(file.path())).at("traceEvents").empty());
}

TEST_CASE("trace files that cannot be written are named") {
  base::EventBus bus;
  CHECK_THROWS_WITH(PerfettoSink(bus, "/nonexistent/x.pftrace"),
                    Catch::Contains("cannot write the trace '/nonexistent/x.pftrace'"));
  TraceOptions options;
  options.from = options.to = 5;
  CHECK_THROWS_AS(PerfettoSink(bus, "/tmp/never-written", options), base::UserError);
  SECTION("a full disk is reported by finish()") {
    PerfettoSink sink(bus, "/dev/full");
    bus.attach(sink);
    Emitter(bus).instant("a", "b", 1);
    CHECK_THROWS_WITH(sink.finish(), Catch::Contains("the file is incomplete"));
  }
}

}  // namespace
