// SPDX-License-Identifier: Apache-2.0
#include "systemc/control/sdma.h"

#include <algorithm>

#include "abi/cubist_abi.h"

namespace cubist::control {
namespace {

using base::Time;

std::vector<RegisterBank> register_banks() {
  using enum RegisterAccess;
  return {{"SDMA",
           0,
           CUBIST_SDMA_STRIDE,
           Sdma::kChannels,
           {{"SRC", CUBIST_SDMA_SRC, rw},
            {"DST", CUBIST_SDMA_DST, rw},
            {"BYTES", CUBIST_SDMA_BYTES, rw},
            {"PATTERN", CUBIST_SDMA_PATTERN, rw},
            {"FLOW", CUBIST_SDMA_FLOW, rw},
            {"START", CUBIST_SDMA_START, wo},
            {"STATUS", CUBIST_SDMA_STATUS, w1c},
            {"ERROR_ADDRESS", CUBIST_SDMA_ERROR_ADDRESS, ro}}}};
}

}  // namespace

Sdma::Sdma(sc_core::sc_module_name name, base::Simulation& simulation, const ControlConfig& config,
           memory::MemoryMap& memory, InterruptLine& interrupts, unsigned node)
    : Device(name, simulation, register_banks(), config.bus, config.bus),
      memory_side("memory_side", simulation, *this, node, node, rank_of(Unit::sdma)),
      config_(config),
      memory_(memory),
      interrupts_(interrupts) {
  const std::string path = this->name();
  for (unsigned i = 0; i < kChannels; ++i) {
    channels_[i].track = simulation.bus().track(path + ".channel" + std::to_string(i));
  }
  simulation.add_statistic(path + ".copied_bytes", "bytes", &copied_bytes_);
  simulation.add_statistic(path + ".filled_bytes", "bytes", &filled_bytes_);
}

uint64_t Sdma::peek_register(unsigned, unsigned index, uint64_t offset) const {
  const Channel& c = channels_[index];
  switch (offset) {
    case CUBIST_SDMA_SRC:
      return c.source;
    case CUBIST_SDMA_DST:
      return c.destination;
    case CUBIST_SDMA_BYTES:
      return c.bytes;
    case CUBIST_SDMA_PATTERN:
      return c.pattern;
    case CUBIST_SDMA_FLOW:
      return c.flow;
    case CUBIST_SDMA_STATUS:
      return c.status;
    case CUBIST_SDMA_ERROR_ADDRESS:
      return c.error_address;
    default:
      return 0;
  }
}

bool Sdma::read_register(unsigned bank, unsigned index, uint64_t offset, uint64_t& value) {
  value = peek_register(bank, index, offset);
  return true;
}

bool Sdma::write_register(unsigned, unsigned index, uint64_t offset, uint64_t value) {
  Channel& c = channels_[index];
  if (offset == CUBIST_SDMA_STATUS) {
    c.status &= ~(value & (kDone | kBusError | kDataError));
    update();
    return true;
  }
  if (c.job != Job::none) {
    complain("channel " + std::to_string(index) + " is busy; the write is ignored");
    return true;
  }
  switch (offset) {
    case CUBIST_SDMA_SRC:
      c.source = value;
      break;
    case CUBIST_SDMA_DST:
      c.destination = value;
      break;
    case CUBIST_SDMA_BYTES:
      c.bytes = value;
      break;
    case CUBIST_SDMA_PATTERN:
      c.pattern = value & 0xffffffff;
      break;
    case CUBIST_SDMA_FLOW:
      c.flow = value;
      break;
    default:
      if (value == 1 || value == 2) {
        start(index, value == 1 ? Job::copy : Job::fill);
      } else {
        complain("START takes 1 (copy) or 2 (fill), not " + std::to_string(value));
      }
  }
  return true;
}

void Sdma::start(unsigned number, Job job) {
  Channel& c = channels_[number];
  c.job = job;
  c.status = kBusy;
  c.issued = c.completed = 0;
  c.in_flight = 0;
  trace(c, base::EventKind::begin);
  update();
  if (const auto bad = memory_.first_unmapped(c.destination, c.bytes)) return fail(number, *bad);
  if (job == Job::copy) {
    if (const auto bad = memory_.first_unmapped(c.source, c.bytes)) return fail(number, *bad);
  }
  if (c.bytes == 0 || config_.instant) {
    simulation_.agenda().at(simulation_.now(), rank_of(Unit::sdma), *this,
                            token(number, Step::finish));
  } else {
    issue(number);
  }
}

/// Sends requests while there are lines left and places free. Lines follow the destination, so that
/// each write lies in one; a read that straddles two lines is charged to the first.
void Sdma::issue(unsigned number) {
  Channel& c = channels_[number];
  while (c.job != Job::none && c.issued < c.bytes && c.in_flight < config_.sdma_outstanding) {
    const uint64_t offset = c.issued;
    const uint64_t bytes =
        std::min(c.bytes - offset, kLineBytes - (c.destination + offset) % kLineBytes);
    c.issued += bytes;
    ++c.in_flight;
    const Time now = simulation_.now();
    if (c.job == Job::fill) {
      send_write(number, offset, bytes, now);
      continue;
    }
    const uint64_t name = token(number, Step::read, offset, bytes);
    const memory::Request read{c.source + offset, static_cast<uint32_t>(bytes), false,
                               config_.sdma_bypasses_l2};
    if (const auto completion = memory_side.send(read, now, name)) request_done(name, *completion);
  }
}

void Sdma::send_write(unsigned number, uint64_t offset, uint64_t bytes, Time when) {
  const uint64_t name = token(number, Step::write, offset, bytes);
  const memory::Request write{channels_[number].destination + offset, static_cast<uint32_t>(bytes),
                              true, config_.sdma_bypasses_l2};
  if (const auto completion = memory_side.send(write, when, name)) request_done(name, *completion);
}

void Sdma::request_done(uint64_t name, const memory::Completion& completion) {
  // Ranges were checked at the start: what fails now are data that memory could not correct.
  if (!completion.ok) {
    Channel& c = channels_[name & 7];
    if ((c.status & kDataError) == 0) c.error_address = c.source + (name >> 20);
    c.status |= kDataError;
  }
  // Data that come later are handled when they are there.
  simulation_.agenda().at(completion.done, rank_of(Unit::sdma), *this, name);
}

void Sdma::wake(uint64_t name) {
  const unsigned number = name & 7;
  const uint64_t bytes = name >> 8 & 0xfff;
  switch (static_cast<Step>(name >> 3 & 3)) {
    case Step::read:
      return send_write(number, name >> 20, bytes, simulation_.now());
    case Step::write:
      return write_done(number, bytes);
    case Step::finish:
      return finish(number);
  }
}

void Sdma::write_done(unsigned number, uint64_t bytes) {
  Channel& c = channels_[number];
  --c.in_flight;
  c.completed += bytes;
  if (c.completed == c.bytes) {
    finish(number);
  } else {
    issue(number);
  }
}

void Sdma::finish(unsigned number) {
  Channel& c = channels_[number];
  if ((c.status & (kBusError | kDataError)) == 0) {
    if (c.job == Job::copy) {
      memory_.copy(c.destination, c.source, c.bytes);
      copied_bytes_ += c.bytes;
    } else {
      memory_.fill(c.destination, c.bytes, static_cast<uint32_t>(c.pattern));
      filled_bytes_ += c.bytes;
    }
  }
  trace(c, base::EventKind::end);
  c.job = Job::none;
  c.status = (c.status & ~kBusy) | kDone;
  update();
}

void Sdma::fail(unsigned number, uint64_t address) {
  Channel& c = channels_[number];
  c.status |= kBusError;
  c.error_address = address;
  complain("channel " + std::to_string(number) + ": " + memory_.describe(address));
  simulation_.agenda().at(simulation_.now(), rank_of(Unit::sdma), *this,
                          token(number, Step::finish));
}

void Sdma::update() {
  const bool any = std::any_of(channels_.begin(), channels_.end(),
                               [](const Channel& c) { return (c.status & kDone) != 0; });
  interrupts_.set_line(CUBIST_IRQ_SDMA, any);
}

void Sdma::trace(const Channel& c, base::EventKind kind) {
  base::EventBus& bus = simulation_.bus();
  if (!bus.active()) return;
  base::Event event{kind, c.track, bus.name(c.job == Job::copy ? "copy" : "fill"),
                    simulation_.now()};
  event.flow = c.flow;
  event.with(bus.name("bytes"), c.bytes);
  bus.emit(event);
}

std::string Sdma::describe_state() const {
  std::string text;
  for (unsigned i = 0; i < kChannels; ++i) {
    const Channel& c = channels_[i];
    if (c.job == Job::none) continue;
    text += std::string(name()) + ".channel" + std::to_string(i) + ": " +
            std::to_string(c.completed) + " of " + std::to_string(c.bytes) + " bytes done, " +
            std::to_string(c.in_flight) + " requests in flight (command " + std::to_string(c.flow) +
            ")\n";
  }
  return text;
}

}  // namespace cubist::control
