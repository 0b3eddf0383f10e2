// SPDX-License-Identifier: Apache-2.0
// One instruction pipe: an in-order queue and the state machine that works it off.
//
//   idle -> due -> running -> due ...        an instruction, set_flag and barrier
//           due -> waiting -> due            wait_flag, until the flag is set
//           due -> held -> due               until earlier work that still goes on is complete
//
// Each instruction starts when the one before it is complete; a derived pipe may let them overlap
// (see cube_pipe.h, mover_pipe.h).
#pragma once

#include <cstdint>
#include <deque>
#include <string>

#include "systemc/base/agenda.h"
#include "systemc/core/core_context.h"
#include "systemc/core/queue_entry.h"

namespace cubist::core {

class Pipe : public base::Agent {
 public:
  Pipe(CoreContext& context, abi::Pipe pipe);
  virtual ~Pipe() = default;
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;

  abi::Pipe number() const { return pipe_; }
  const char* name() const { return abi::kPipeNames[static_cast<unsigned>(pipe_)].data(); }

  bool full() const { return queue_.size() >= context_.config.queue_depth; }
  /// Appends an instruction at the present cycle; the pipe sees it in the next one.
  void push(const QueueEntry& entry);
  /// Nothing queued, running or on its way into a buffer.
  virtual bool drained() const { return state_ == State::idle; }
  /// Something is going to happen here without anybody else's help.
  virtual bool active() const { return state_ == State::due || state_ == State::running; }
  /// The flag this pipe waits for, or nullptr.
  const Flag* awaited() const { return state_ == State::waiting ? &awaited_ : nullptr; }
  const QueueEntry* waiting_entry() const {
    return state_ == State::waiting ? &queue_.front() : nullptr;
  }
  /// The instruction at its head that earlier work or a unit flag holds back, or nullptr.
  const QueueEntry* held_entry() const { return state_ == State::held ? &queue_.front() : nullptr; }
  /// Unit flags have changed.
  void look_again() { retry(); }
  /// The flag it waits for has been set.
  void flag_set();
  /// Drops everything, at once.
  virtual void clear();
  /// One line, or empty when idle.
  std::string describe() const;
  /// The same in a word: registers INFO_VEC, INFO_MTE and INFO_CUBE.
  uint64_t info_word() const;

  void wake(uint64_t token) final;

 protected:
  enum class State : uint8_t { idle, due, held, waiting, running };
  enum class Reason : uint8_t { advance = 0, complete = 1, extra = 2 };

  /// False: the instruction or barrier must stay in the queue until retry().
  virtual bool may_start(const QueueEntry&) const { return true; }
  /// Looks again at an instruction that may_start() has held back.
  void retry();
  /// Checks and starts an instruction that is neither flag nor barrier: opens its span, and sees to
  /// it that run_until() is called (now or later); or returns an error without any effect.
  virtual CoreError start(const QueueEntry& entry) = 0;
  /// Publishes the running instruction's result; its time is over.
  virtual void complete() {}
  /// The end of a run_until() of an instruction: closes its span, counts, completes.
  virtual void finish();
  /// The pipe takes a set_flag: when it takes effect, and whether the pipe waits for it.
  virtual void start_set_flag(const Flag& flag, const QueueEntry& entry);
  /// First cycle at which everything before a barrier is complete.
  virtual uint64_t barrier_cycle() const { return context_.cycle(); }
  virtual void extra_wake() {}
  /// Why an instruction is held back, for describe().
  virtual std::string describe_held() const { return "finishes what came before"; }
  /// "copy, 31 requests in flight" for describe().
  virtual std::string describe_running() const { return std::string(current_.info->name); }

  /// The running instruction ends at `cycle`: complete() is called then.
  void run_until(uint64_t cycle);
  /// Takes the next instruction at `cycle`.
  void skip_until(uint64_t cycle);
  void wake_at(uint64_t cycle, Reason reason);
  /// Opens the span of a wait that is going on, unless the track still shows something else.
  void show_wait();
  void fail_here(CoreError error, const QueueEntry& entry);
  CoreContext& context_;
  Track track_;
  QueueEntry current_;  ///< The running instruction.
  State state_ = State::idle;
  uint64_t started_ = 0;  ///< Cycle at which the running instruction or the wait began.
  uint64_t busy_cycles_ = 0, wait_cycles_ = 0, instructions_ = 0;

 private:
  void advance();
  void start_wait_flag(const QueueEntry& head);
  bool parse_flag(const QueueEntry& entry, uint8_t& other, uint8_t& id);

  abi::Pipe pipe_;
  std::deque<QueueEntry> queue_;
  Flag awaited_{};
  Flag setting_{};
  bool sets_flag_ = false;   // The running instruction is a set_flag.
  bool wait_shown_ = false;  // The open span is that of a wait.
  bool woken_ = false;       // The awaited flag has been set; take it at the next wake-up.
  uint64_t serial_ = 0;      // Wake-ups of another serial are stale.
};

}  // namespace cubist::core
