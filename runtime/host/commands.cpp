// SPDX-License-Identifier: Apache-2.0
// Commands on their way: submission, completion, waiting.
#include <algorithm>
#include <cstring>

#include "runtime/host/device_state.h"

namespace cubist::host {
namespace {

constexpr uint64_t kWaitSliceNs = 10'000'000;
constexpr size_t kCopyChunk = size_t{1} << 20;

/// What one block of the kernel runs on.
std::string cores_of(const ModuleState::Entry& kernel) {
  if (kernel.kind == CoreKind::cube) return "AIC";
  if (kernel.kind == CoreKind::vector) return "AIV";
  return "AIC with " + std::to_string(kernel.aivs) + (kernel.aivs == 1 ? " AIV" : " AIVs") +
         " beside it";
}

}  // namespace

unsigned DeviceState::capacity(const ModuleState::Entry& kernel) const {
  if (kernel.kind == CoreKind::cube) return cube_cores;
  if (kernel.kind == CoreKind::vector) return vector_cores;
  // AIV v stands beside AIC v / beside.
  const unsigned beside = cube_cores == 0 ? 0 : (vector_cores + cube_cores - 1) / cube_cores;
  if (kernel.aivs == 0 || kernel.aivs > beside) return 0;
  return std::min(cube_cores, (vector_cores + beside - kernel.aivs) / beside);
}

void DeviceState::observe(CommandEvent::Kind kind, const QueueState& queue, const Command& command,
                          ErrorCode error) const {
  if (!options_.observer) return;
  options_.observer({kind, queue.queue.number(), command.task, command.type, command.label,
                     command.bytes, error});
}

uint32_t DeviceState::submit(QueueState& queue, uint8_t type, cubist_submission entry,
                             Command command) {
  if (dead_) throw Error(*dead_);
  if (queue.queue.full()) {
    poll();
    wait([&] { return !queue.queue.full(); }, "for room in the submission ring");
  }
  command.task = next_task_++;
  entry.any.type = type;
  entry.any.stream = static_cast<uint16_t>(queue.queue.number());
  entry.any.task = command.task;
  observe(CommandEvent::Kind::submitted, queue, command);
  if (queue.commands.empty()) observe(CommandEvent::Kind::begun, queue, command);
  queue.commands.push_back(std::move(command));
  queue.queue.push(entry);
  return entry.any.task;
}

void DeviceState::copy_in(QueueState& queue, DevicePtr to, const void* from, size_t bytes) {
  check_range("copy to device", to, bytes);
  const auto* source = static_cast<const uint8_t*>(from);
  for (size_t done = 0; done < bytes; done += kCopyChunk) {
    const size_t part = std::min(kCopyChunk, bytes - done);
    auto staged = std::make_shared<HostBuffer>(stage(part));
    std::memcpy(staged->data(), source + done, part);
    cubist_submission entry{};
    entry.copy.dst = to + done;
    entry.copy.src = staged->device_address();
    entry.copy.bytes = part;
    submit(queue, CUBIST_ENTRY_COPY, entry,
           {0, "copy", "to device", part, nullptr, [staged](ErrorCode) {}});
  }
}

void DeviceState::copy_out(QueueState& queue, void* to, DevicePtr from, size_t bytes) {
  check_range("copy to host", from, bytes);
  auto* target = static_cast<uint8_t*>(to);
  for (size_t done = 0; done < bytes; done += kCopyChunk) {
    const size_t part = std::min(kCopyChunk, bytes - done);
    auto staged = std::make_shared<HostBuffer>(stage(part));
    cubist_submission entry{};
    entry.copy.dst = staged->device_address();
    entry.copy.src = from + done;
    entry.copy.bytes = part;
    submit(queue, CUBIST_ENTRY_COPY, entry,
           {0, "copy", "to host", part, nullptr, [staged, target, done, part](ErrorCode error) {
              if (error == ErrorCode::ok) std::memcpy(target + done, staged->data(), part);
            }});
  }
}

void DeviceState::launch(QueueState& queue, const std::shared_ptr<ModuleState>& module,
                         size_t kernel, unsigned blocks, DevicePtr launch_block,
                         const LaunchOptions& options) {
  const ModuleState::Entry& target = module->kernels[kernel];
  if (blocks == 0 || blocks > CUBIST_MAX_BLOCKS) {
    throw Error(ErrorCode::invalid_value, "launch of " + target.name + " on " +
                                              std::to_string(blocks) + " blocks; expected 1 to " +
                                              std::to_string(CUBIST_MAX_BLOCKS));
  }
  const unsigned room = capacity(target);
  const bool at_once = target.at_once || options.at_once;
  if (room == 0) {
    throw Error(ErrorCode::invalid_value, "launch of " + target.name + ": this chip has no " +
                                              cores_of(target) + " (" + std::to_string(cube_cores) +
                                              " AICs, " + std::to_string(vector_cores) +
                                              " AIVs); choose another preset");
  }
  const unsigned usable = options.max_cores == 0 ? room : std::min(room, options.max_cores);
  if (at_once && blocks > usable) {
    throw Error(ErrorCode::not_resident,
                "launch of " + target.name + " on " + std::to_string(blocks) +
                    " blocks, which must all run at once; " +
                    (usable < room ? "max_cores allows " : "this chip can run ") +
                    std::to_string(usable) + " (" + cores_of(target) + ")",
                error_text(static_cast<unsigned>(ErrorCode::not_resident)).hint);
  }
  cubist_submission entry{};
  entry.kernel.aiv_entry = target.aiv_address;
  entry.kernel.aivs = target.aivs;
  entry.kernel.at_once = at_once ? 1 : 0;
  entry.kernel.entry = target.address;
  entry.kernel.args = launch_block;
  entry.kernel.blocks = blocks;
  entry.kernel.kind = static_cast<uint32_t>(target.kind);
  entry.kernel.timeout_us = options.timeout_us;
  entry.kernel.max_cores = options.max_cores;
  const std::string label =
      options.label.empty() ? target.name : target.name + ": " + options.label;
  submit(queue, CUBIST_ENTRY_KERNEL, entry, {0, "kernel", label, 0, module, {}});
}

void DeviceState::launch(QueueState& queue, const std::shared_ptr<ModuleState>& module,
                         size_t kernel, unsigned blocks, std::span<const uint64_t> args,
                         const LaunchOptions& options) {
  const ModuleState::Entry& target = module->kernels[kernel];
  if (args.size() > kMaxKernelArgs) {
    throw Error(ErrorCode::invalid_value, "launch of " + target.name + " with " +
                                              std::to_string(args.size()) + " arguments; at most " +
                                              std::to_string(kMaxKernelArgs) + " are possible");
  }
  // A slot belongs to the ring index of the kernel's own entry: when that index comes round again
  // the kernel has completed, and the copy before it runs after everything earlier in the stream.
  wait([&] { return queue.queue.in_flight() + 2 <= queue.queue.entries() - 1; },
       "for room in the submission ring");
  const uint64_t slot = (queue.queue.tail() + 1) % queue.queue.entries() * kLaunchSlotBytes;
  if (!args.empty()) {
    std::memcpy(queue.launch_host.data() + slot, args.data(), args.size_bytes());
    cubist_submission entry{};
    entry.copy.dst = queue.launch_device + slot;
    entry.copy.src = queue.launch_staging + slot;
    entry.copy.bytes = args.size_bytes();
    submit(queue, CUBIST_ENTRY_COPY, entry,
           {0, "copy", "launch block of " + target.name, args.size_bytes(), nullptr, {}});
  }
  launch(queue, module, kernel, blocks, queue.launch_device + slot, options);
}

void DeviceState::complete(QueueState& queue, const cubist_completion& completion) {
  auto it = std::find_if(queue.commands.begin(), queue.commands.end(),
                         [&](const Command& c) { return c.task == completion.task; });
  if (it == queue.commands.end()) {
    fail_dead(Error(ErrorCode::firmware, "the firmware completed command " +
                                             std::to_string(completion.task) + " of queue " +
                                             std::to_string(queue.queue.number()) +
                                             ", which is not outstanding"));
  }
  const bool was_oldest = it == queue.commands.begin();
  const Command command = std::move(*it);
  queue.commands.erase(it);
  const auto code = static_cast<ErrorCode>(completion.error);
  observe(CommandEvent::Kind::completed, queue, command, code);
  if (code != ErrorCode::ok && !queue.error) queue.error = error_of(command, queue, completion);
  if (command.done) command.done(code);
  if (was_oldest && !queue.commands.empty()) {
    observe(CommandEvent::Kind::begun, queue, queue.commands.front());
  }
}

void DeviceState::poll() {
  for (const auto& queue : queues_) {
    while (const auto completion = queue->queue.take()) complete(*queue, *completion);
  }
}

std::string DeviceState::outstanding() const {
  std::string text;
  for (const auto& queue : queues_) {
    if (queue->commands.empty()) continue;
    const Command& oldest = queue->commands.front();
    text += (text.empty() ? "" : "; ") + std::string("stream ") +
            std::to_string(queue->queue.number()) + " has " +
            std::to_string(queue->commands.size()) + " commands, the oldest is " + oldest.type +
            (oldest.label.empty() ? "" : " '" + oldest.label + "'") + " (command " +
            std::to_string(oldest.task) + ")";
  }
  return text;
}

void DeviceState::fail_dead(Error error) {
  dead_ = error;
  throw error;
}

void DeviceState::wait(const std::function<bool()>& done, const char* what) {
  poll();
  if (done()) return;
  if (dead_) throw Error(*dead_);
  const double begin = transport_.now_ns();
  for (;;) {
    const WaitResult result = transport_.wait_interrupt(kWaitSliceNs);
    poll();
    if (done()) return;
    if (result == WaitResult::interrupted) {
      throw Error(ErrorCode::interrupted, std::string("interrupted while waiting ") + what);
    }
    if (result == WaitResult::interrupt) continue;
    const uint64_t panic =
        read_register(CUBIST_QUEUE_SHARED_BASE + CUBIST_QUEUE_SHARED_PANIC, "PANIC");
    if (panic != 0) {
      fail_dead(Error(ErrorCode::firmware,
                      "the firmware stopped with code " + std::to_string(panic) + " (" +
                          error_text(static_cast<unsigned>(panic)).name + ")" + uart_tail()));
    }
    if (result == WaitResult::idle) {
      // Reading the register let a little time pass; a completion may just have come in.
      poll();
      if (done()) return;
      std::string state = with_places(transport_.describe_state());
      std::replace(state.begin(), state.end(), '\n', '|');
      fail_dead(
          Error(ErrorCode::hang,
                std::string("hang while waiting ") + what + ": " + outstanding() + "; " + state,
                error_text(static_cast<unsigned>(ErrorCode::hang)).hint));
    }
    const double waited = transport_.now_ns() - begin;
    if (options_.wait_timeout_ns != 0 && waited >= static_cast<double>(options_.wait_timeout_ns)) {
      throw Error(ErrorCode::timeout, "gave up after " + std::to_string(waited / 1e6) +
                                          " ms of simulated time waiting " + what + ": " +
                                          outstanding());
    }
  }
}

void DeviceState::synchronize(QueueState& queue) {
  wait([&] { return queue.commands.empty(); }, "for a stream");
  if (queue.error) {
    const Error error = *queue.error;
    queue.error.reset();
    throw error;
  }
}

void DeviceState::synchronize_all() {
  wait(
      [&] {
        return std::all_of(queues_.begin(), queues_.end(),
                           [](const auto& queue) { return queue->commands.empty(); });
      },
      "for the device");
  for (const auto& queue : queues_) {
    if (queue->error) synchronize(*queue);
  }
}

}  // namespace cubist::host
