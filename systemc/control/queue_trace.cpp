// SPDX-License-Identifier: Apache-2.0
#include "systemc/control/queue_trace.h"

#include <algorithm>
#include <cstring>

#include "abi/cubist_abi.h"

namespace cubist::control {
namespace {

const char* type_name(uint8_t type) {
  switch (type) {
    case CUBIST_ENTRY_NOP:
      return "command NOP";
    case CUBIST_ENTRY_KERNEL:
      return "command KERNEL";
    case CUBIST_ENTRY_COPY:
      return "command COPY";
    case CUBIST_ENTRY_FILL:
      return "command FILL";
    case CUBIST_ENTRY_EVENT_RECORD:
      return "command EVENT_RECORD";
    case CUBIST_ENTRY_EVENT_WAIT:
      return "command EVENT_WAIT";
    case CUBIST_ENTRY_BARRIER:
      return "command BARRIER";
    default:
      return "command of unknown type";
  }
}

}  // namespace

QueueTrace::QueueTrace(base::Simulation& simulation, std::string path)
    : simulation_(simulation),
      path_(std::move(path)),
      firmware_(simulation.bus().track("chip.control.firmware")) {}

void QueueTrace::fetched(unsigned queue, const uint8_t* entry) {
  base::EventBus& bus = simulation_.bus();
  if (!bus.active()) return;
  cubist_entry_any header;
  std::memcpy(&header, entry, sizeof header);
  std::vector<Lane>& lanes = lanes_[queue];
  auto lane = std::find_if(lanes.begin(), lanes.end(), [](const Lane& l) { return !l.busy; });
  if (lane == lanes.end()) {
    if (lanes.size() == kLanes) return;
    const std::string path =
        path_ + ".queue" + std::to_string(queue) + "." + std::to_string(lanes.size());
    lanes.push_back(Lane{bus.track(path)});
    lane = std::prev(lanes.end());
  }
  lane->busy = true;
  lane->task = header.task;
  lane->name = bus.name(type_name(header.type));
  base::Event event{base::EventKind::begin, lane->track, lane->name, simulation_.now()};
  event.flow = header.task;
  event.with(bus.name("stream"), header.stream);
  bus.emit(event);
}

void QueueTrace::completed(unsigned queue, uint32_t task, uint16_t error) {
  base::EventBus& bus = simulation_.bus();
  if (!bus.active()) return;
  for (Lane& lane : lanes_[queue]) {
    if (!lane.busy || lane.task != task) continue;
    lane.busy = false;
    base::Event event{base::EventKind::end, lane.track, lane.name, simulation_.now()};
    event.flow = task;
    event.with(bus.name("error"), error);
    bus.emit(event);
    return;
  }
}

void QueueTrace::handler(uint64_t value) {
  constexpr size_t kDeepest = 16;
  base::EventBus& bus = simulation_.bus();
  if ((value & 1) != 0) {
    const uint64_t kind = value >> 8 & 0xff;
    const char* name = kind == CUBIST_TRACE_START      ? "start"
                       : kind == CUBIST_TRACE_COMPLETE ? "complete"
                                                       : "handler";
    if (handlers_.size() == kDeepest) return;
    handlers_.push_back({bus.name(name), static_cast<uint32_t>(value >> 32)});
  } else if (handlers_.empty()) {
    return;
  }
  const Handler& handler = handlers_.back();
  if (bus.active()) {
    const auto kind = (value & 1) != 0 ? base::EventKind::begin : base::EventKind::end;
    base::Event event{kind, firmware_, handler.name, simulation_.now()};
    event.flow = handler.task;
    bus.emit(event);
  }
  if ((value & 1) == 0) handlers_.pop_back();
}

}  // namespace cubist::control
