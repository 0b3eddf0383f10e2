// SPDX-License-Identifier: Apache-2.0
#include "tools/simulator/simulator.h"

#include <algorithm>
#include <cmath>

#include "systemc/base/error.h"
#include "systemc/base/simulation.h"
#include "systemc/chip/in_process.h"
#include "systemc/observe/event_to_wave.h"
#include "systemc/observe/fst_writer.h"
#include "systemc/observe/perfetto.h"
#include "systemc/observe/pipe_statistics.h"
#include "systemc/observe/trace_hash.h"
#include "tools/simulator/home.h"
#include "tools/simulator/wave_view.h"

namespace cubist {
namespace {

// The RTL of a matrix engine hands in the last cycles of an instruction when nothing follows it in
// the pipeline: some tens of cycles late, far less than this.
constexpr base::Time kWaveLag = base::kMicrosecond;
constexpr size_t kMaxFirmwareBytes = size_t{16} << 20;

base::Time time_of(double nanoseconds) {
  return static_cast<base::Time>(nanoseconds * static_cast<double>(base::kNanosecond));
}

std::string last_lines(const std::string& text, size_t lines) {
  size_t at = text.size();
  while (at > 0 && lines > 0) {
    at = text.rfind('\n', at - 1);
    if (at == std::string::npos) return text;
    --lines;
  }
  return text.substr(at == text.size() ? at : at + 1);
}

}  // namespace

struct Simulator::State {
  SimulatorOptions options;
  std::string home;
  std::unique_ptr<observe::FstWaveWriter> wave;
  std::unique_ptr<observe::EventToWave> event_wave;
  std::unique_ptr<WaveView> wave_view;
  std::unique_ptr<observe::PerfettoSink> trace;
  std::unique_ptr<observe::PipeStatistics> statistics;
  std::unique_ptr<observe::TraceHash> hash;
  std::unique_ptr<chip::InProcess> chip;
  bool finished = false;

  base::EventBus& bus() const { return chip->simulation().bus(); }
  void attach(base::Simulation& simulation);
  void observe_command(const CommandEvent& event) const;
};

void Simulator::State::attach(base::Simulation& simulation) {
  base::EventBus& bus = simulation.bus();
  if (!options.trace.empty()) {
    trace = std::make_unique<observe::PerfettoSink>(bus, options.trace);
    bus.attach(*trace);
  }
  if (!options.wave.empty()) {
    wave = std::make_unique<observe::FstWaveWriter>(options.wave);
    simulation.set_wave(wave.get());
    observe::EventWaveOptions window;
    window.from = time_of(options.wave_from_ns);
    if (options.wave_to_ns > 0) window.to = time_of(options.wave_to_ns);
    event_wave = std::make_unique<observe::EventToWave>(bus, *wave, window);
    event_wave->flush_with_events(*wave, kWaveLag);
    bus.attach(*event_wave);
    wave_view = std::make_unique<WaveView>(bus);
    bus.attach(*wave_view);
  }
  if (options.statistics) {
    statistics = std::make_unique<observe::PipeStatistics>(bus);
    bus.attach(*statistics);
  }
  if (options.hash) {
    hash = std::make_unique<observe::TraceHash>(bus);
    bus.attach(*hash);
  }
}

// A stream's track shows one command at a time: the oldest that has not completed.
void Simulator::State::observe_command(const CommandEvent& event) const {
  if (!bus().active()) return;
  const base::TrackId track = bus().track("host.stream" + std::to_string(event.stream));
  const std::string name =
      event.label.empty() ? event.type : std::string(event.type) + " " + event.label;
  base::Event out{};
  out.track = track;
  out.time = chip->simulation().now();
  out.flow = event.task;
  switch (event.kind) {
    case CommandEvent::Kind::submitted:
      out.kind = base::EventKind::instant;
      out.name = bus().name("submit " + name);
      if (event.bytes != 0) out.with(bus().name("bytes"), event.bytes);
      break;
    case CommandEvent::Kind::begun:
      out.kind = base::EventKind::begin;
      out.name = bus().name(name);
      break;
    case CommandEvent::Kind::completed:
      out.kind = base::EventKind::end;
      out.name = bus().name(name);
      if (event.error != ErrorCode::ok) {
        out.with(bus().name("error"), static_cast<uint64_t>(event.error));
      }
      break;
  }
  bus().emit(out);
}

Simulator::Simulator(SimulatorOptions options) : state_(std::make_unique<State>()) {
  state_->options = std::move(options);
  state_->home = find_home();
  const SimulatorOptions& o = state_->options;
  chip::ChipOptions chip_options;
  chip_options.parameters = chip::load_parameters(configs_folder(state_->home), o.chip, o.settings);
  // The same window for the RTL's signals, which are windowed in cycles.
  base::ParameterTable& parameters = chip_options.parameters;
  const double hertz = parameters.get_real("core.hertz");
  const auto cycle = [&](double ns) { return std::to_string(std::llround(ns * 1e-9 * hertz)); };
  if (o.wave_from_ns > 0) {
    parameters.set("sim.wave_first_cycle", cycle(o.wave_from_ns), "--wave-window");
  }
  if (o.wave_to_ns > 0) {
    parameters.set("sim.wave_last_cycle", cycle(o.wave_to_ns), "--wave-window");
  }
  const std::string file = o.firmware.empty() ? firmware_file(state_->home) : o.firmware;
  const std::string bytes = read_whole_file(file, "the scheduler firmware", kMaxFirmwareBytes);
  chip_options.firmware_elf.assign(bytes.begin(), bytes.end());
  State* state = state_.get();
  chip_options.before_build = [state](base::Simulation& simulation) { state->attach(simulation); };
  try {
    state_->chip = std::make_unique<chip::InProcess>(std::move(chip_options));
  } catch (const base::UserError& error) {
    const std::string text = error.what();
    throw base::UserError(text.find(file) == std::string::npos &&
                                  text.find("ELF") != std::string::npos
                              ? file + ": " + text
                              : text);
  }
}

Simulator::~Simulator() {
  try {
    finish();
  } catch (const std::exception&) {
    // A destructor cannot report; finish() called before does.
  }
}

HostTransport& Simulator::transport() {
  return *state_->chip;
}
chip::InProcess& Simulator::chip() {
  return *state_->chip;
}

Device Simulator::open(DeviceOptions options) {
  State* state = state_.get();
  options.hbm_bytes =
      static_cast<uint64_t>(state->chip->simulation().parameters().get_int("hbm.bytes"));
  const auto also = options.observer;
  options.observer = [state, also](const CommandEvent& event) {
    state->observe_command(event);
    if (also) also(event);
  };
  options.uart_tail = [state] { return last_lines(state->chip->uart_output(), 4); };
  return Device::open(*state->chip, std::move(options));
}

void Simulator::request_stop() {
  state_->chip->request_stop();
}

void Simulator::finish() {
  State& s = *state_;
  if (s.finished || !s.chip) return;
  s.finished = true;
  base::Simulation& simulation = s.chip->simulation();
  if (s.statistics) s.statistics->settle(simulation.now());
  if (s.event_wave) simulation.bus().detach(*s.event_wave);
  if (s.wave_view) simulation.bus().detach(*s.wave_view);
  if (s.wave) {
    s.chip->finish_wave();
    s.wave->finish();
    s.wave->report_to(simulation);
    simulation.set_wave(nullptr);
    s.wave_view->write(s.options.wave, s.wave->declared());
  }
  if (s.trace) {
    simulation.bus().detach(*s.trace);
    s.trace->finish();
  }
}

uint64_t Simulator::cycles() const {
  return state_->chip->core_cycles();
}
uint64_t Simulator::cube_instructions() const {
  return state_->chip->cube_instructions();
}
uint64_t Simulator::rtl_instructions() const {
  return state_->chip->rtl_instructions();
}
uint64_t Simulator::mismatches() const {
  return state_->chip->cube_mismatches();
}

uint64_t Simulator::statistic(const std::string& prefix, const std::string& suffix) const {
  uint64_t sum = 0;
  for (const base::Statistic& s : state_->chip->simulation().statistics()) {
    if (s.path.size() >= prefix.size() + suffix.size() &&
        s.path.compare(0, prefix.size(), prefix) == 0 &&
        s.path.compare(s.path.size() - suffix.size(), suffix.size(), suffix) == 0) {
      sum += *s.value;
    }
  }
  return sum;
}

std::vector<PipeShare> Simulator::pipes() {
  std::vector<PipeShare> shares;
  State& s = *state_;
  if (!s.statistics) return shares;
  if (!s.finished) s.statistics->settle(s.chip->simulation().now());
  const auto ns = [](base::Time time) {
    return static_cast<double>(time) / static_cast<double>(base::kNanosecond);
  };
  for (const auto& [kind, times] : s.statistics->by_kind()) {
    PipeShare share;
    share.pipe = kind;
    share.busy_ns = ns(times.busy);
    share.idle_ns = ns(times.idle());
    for (const auto& [reason, time] : times.stalls) share.stall_ns[reason] = ns(time);
    share.instructions = times.spans;
    share.tracks = times.tracks;
    shares.push_back(std::move(share));
  }
  return shares;
}

std::string Simulator::trace_hash() const {
  return state_->hash ? state_->hash->text() : std::string();
}

std::vector<std::string> Simulator::defects() const {
  std::vector<std::string> lines;
  for (const base::Report& report : state_->chip->simulation().reports()) {
    if (report.is_defect) lines.push_back(report.source + ": " + report.text);
  }
  return lines;
}

const std::string& Simulator::uart() const {
  return state_->chip->uart_output();
}

std::string Simulator::parameter(const std::string& path) const {
  const auto& all = state_->chip->simulation().parameters().all();
  const auto it = all.find(path);
  if (it == all.end()) throw base::UserError("there is no parameter '" + path + "'");
  return base::ParameterTable::to_text(it->second.value);
}

std::string Simulator::parameters_json() const {
  return state_->chip->simulation().parameters().to_json();
}

const std::string& Simulator::home() const {
  return state_->home;
}

}  // namespace cubist
