// SPDX-License-Identifier: Apache-2.0
#include "systemc/core/pipe.h"

#include <algorithm>

namespace cubist::core {
namespace {

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
  return result;
}

}  // namespace

Pipe::Pipe(CoreContext& context, abi::Pipe pipe)
    : context_(context),
      track_(context.simulation, context.path + "." + lower(abi::pipe_name(pipe)), context.flow),
      pipe_(pipe) {
  const std::string path = context.path + "." + lower(abi::pipe_name(pipe));
  context.simulation.add_statistic(path + ".busy_cycles", "cycles", &busy_cycles_);
  context.simulation.add_statistic(path + ".wait_flag_cycles", "cycles", &wait_cycles_);
  context.simulation.add_statistic(path + ".instructions", "", &instructions_);
}

void Pipe::wake_at(uint64_t cycle, Reason reason) {
  context_.simulation.agenda().at(
      context_.clock.time_of(cycle),
      rank_of(context_.rank_core, Unit::pipes, static_cast<unsigned>(pipe_)), *this,
      serial_ << 2 | static_cast<uint64_t>(reason));
}

void Pipe::push(const QueueEntry& entry) {
  queue_.push_back(entry);
  if (state_ != State::idle) return;
  state_ = State::due;
  wake_at(entry.earliest, Reason::advance);
}

void Pipe::flag_set() {
  state_ = State::due;
  woken_ = true;
  wake_at(context_.cycle(), Reason::advance);
}

void Pipe::clear() {
  ++serial_;
  queue_.clear();
  state_ = State::idle;
  sets_flag_ = false;
  woken_ = wait_shown_ = false;
  track_.end();
}

void Pipe::wake(uint64_t token) {
  if (token >> 2 != serial_) return;
  const uint64_t serial = serial_;
  switch (static_cast<Reason>(token & 3)) {
    case Reason::complete:
      if (sets_flag_) {
        sets_flag_ = false;
        if (!context_.services.set_flag(setting_, current_.pc, current_.info->op)) return;
      } else if (current_.info->id != abi::Insn::barrier) {
        finish();
      }
      if (serial_ != serial) return;
      break;
    case Reason::advance:
      break;
    case Reason::extra:
      extra_wake();
      return;
  }
  advance();
}

/// Takes the next instruction, if there is one that can be seen.
void Pipe::advance() {
  const uint64_t cycle = context_.cycle();
  if (queue_.empty()) {
    state_ = State::idle;
    return context_.services.settled();
  }
  if (queue_.front().earliest > cycle) {
    state_ = State::due;
    return wake_at(queue_.front().earliest, Reason::advance);
  }
  const QueueEntry& head = queue_.front();
  if (const abi::FieldInfo* wrong = abi::check_config(*head.info, head.config)) {
    return fail_here(CoreError{abi::error_code::BAD_CONFIG, 0, 0, 0, 0, 0,
                               "field " + std::string(wrong->name) + " is " +
                                   std::to_string(wrong->of(head.config)) + ", expected " +
                                   std::to_string(wrong->min) + ".." + std::to_string(wrong->max)},
                     head);
  }
  if (head.info->id == abi::Insn::wait_flag || head.info->id == abi::Insn::wait_cross_core) {
    return start_wait_flag(head);
  }
  const bool sets =
      head.info->id == abi::Insn::set_flag || head.info->id == abi::Insn::set_cross_core;
  if (!sets && !may_start(head)) {
    state_ = State::held;
    return context_.services.settled();
  }
  current_ = head;
  started_ = cycle;
  queue_.pop_front();
  state_ = State::running;
  context_.services.slot_freed(static_cast<unsigned>(pipe_));
  if (current_.info->id == abi::Insn::set_flag) {
    Flag flag{static_cast<uint8_t>(pipe_), 0, 0, 0};
    if (parse_flag(current_, flag.destination, flag.id)) start_set_flag(flag, current_);
  } else if (current_.info->id == abi::Insn::set_cross_core) {
    const auto fields = abi::any::SetCrossCore::unpack(current_.config);
    start_set_flag({static_cast<uint8_t>(pipe_), kCrossCore, fields.id, fields.mode}, current_);
  } else if (current_.info->id == abi::Insn::barrier) {
    run_until(std::max(cycle + 1, barrier_cycle()));
  } else {
    ++instructions_;
    if (const CoreError error = start(current_)) fail_here(error, current_);
  }
}

void Pipe::retry() {
  if (state_ == State::held) skip_until(context_.cycle());
}

bool Pipe::parse_flag(const QueueEntry& entry, uint8_t& other, uint8_t& id) {
  const auto fields = abi::any::SetFlag::unpack(entry.config);  // wait_flag's are the same
  other = fields.pipe;
  id = fields.id;
  if (fields.pipe < abi::kPipes) return true;
  CoreError error;
  error.code = abi::error_code::BAD_CONFIG;
  error.text = "pipe " + std::to_string(fields.pipe) + " does not exist, expected 0..6";
  fail_here(error, entry);
  return false;
}

void Pipe::start_set_flag(const Flag& flag, const QueueEntry&) {
  setting_ = flag;
  sets_flag_ = true;
  run_until(context_.cycle() + 1);
}

void Pipe::start_wait_flag(const QueueEntry& head) {
  const uint64_t cycle = context_.cycle();
  Flag flag{0, static_cast<uint8_t>(pipe_), 0, 0};
  if (head.info->id == abi::Insn::wait_cross_core) {
    flag.source = kCrossCore;
    flag.id = abi::any::WaitCrossCore::unpack(head.config).id;
  } else if (!parse_flag(head, flag.source, flag.id)) {
    return;
  }
  if (!context_.services.take_flag(flag)) {
    state_ = State::waiting;
    if (!woken_) {
      awaited_ = flag;
      started_ = cycle;
      show_wait();
    }
    woken_ = false;  // Another pipe took it first.
    return context_.services.settled();
  }
  if (woken_) {
    woken_ = false;
    wait_cycles_ += cycle - started_;
    if (wait_shown_) track_.end();
    wait_shown_ = false;
  }
  queue_.pop_front();
  state_ = State::due;
  wake_at(cycle + 1, Reason::advance);
  context_.services.slot_freed(static_cast<unsigned>(pipe_));
}

void Pipe::show_wait() {
  if (awaited() == nullptr || track_.open() || !track_.active()) return;
  wait_shown_ = true;
  track_.begin(track_.event(base::EventKind::begin, context_.names.wait_flag)
                   .with(context_.names.from, awaited_.source)
                   .with(context_.names.id, awaited_.id)
                   .with(context_.names.pc, queue_.front().pc));
}

void Pipe::run_until(uint64_t cycle) {
  state_ = State::running;
  wake_at(cycle, Reason::complete);
}

void Pipe::skip_until(uint64_t cycle) {
  state_ = State::due;
  wake_at(cycle, Reason::advance);
}

void Pipe::finish() {
  busy_cycles_ += context_.cycle() - started_;
  track_.end();
  complete();
}

void Pipe::fail_here(CoreError error, const QueueEntry& entry) {
  error.pc = entry.pc;
  error.pipe = static_cast<uint8_t>(pipe_);
  error.op = entry.info->op;
  error.text = std::string(abi::pipe_name(pipe_)) + " " + std::string(entry.info->name) +
               " at pc " + hex(entry.pc) + ": " + error.text;
  context_.services.fail(error);
}

uint64_t Pipe::info_word() const {
  const bool queued = state_ == State::waiting || state_ == State::held;
  const uint64_t pc = queued ? queue_.front().pc : state_ == State::running ? current_.pc : 0;
  return (pc & ((uint64_t{1} << 48) - 1)) | std::min<uint64_t>(queue_.size(), 1023) << 48 |
         static_cast<uint64_t>(state_) << 58;
}

std::string Pipe::describe() const {
  std::string text = lower(abi::pipe_name(pipe_)) + ": ";
  switch (state_) {
    case State::idle:
      return drained() ? std::string() : text + "finishing";
    case State::due:
      text += "about to take an instruction";
      break;
    case State::held:
      text += describe_held();
      break;
    case State::waiting:
      text += "waits for " + flag_text(awaited_) + ", pc " + hex(queue_.front().pc);
      break;
    case State::running:
      text += describe_running() + ", pc " + hex(current_.pc);
      break;
  }
  return text + ", " + std::to_string(queue_.size()) + " queued";
}

}  // namespace cubist::core
