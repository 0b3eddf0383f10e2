// SPDX-License-Identifier: Apache-2.0
// The device behind the public handles: memory pools, queues, commands in flight, waiting.
#pragma once

#include <array>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "runtime/cubist.h"
#include "runtime/host/address_pool.h"
#include "runtime/host/line_table.h"
#include "runtime/host/queue.h"
#include "runtime/host_transport.h"

namespace cubist::host {

/// A command that has been submitted and has not completed.
struct Command {
  uint32_t task = 0;
  const char* type = "";
  std::string label;
  uint64_t bytes = 0;
  std::shared_ptr<ModuleState> module;  ///< Of a kernel: stays loaded until it is done.
  /// Called when it has completed, with its error.
  std::function<void(ErrorCode)> done;
};

/// A hardware queue with what the host remembers about it. Lives as long as the device.
struct QueueState {
  QueueState(HostTransport& transport, unsigned number, unsigned entries)
      : queue(transport, number, entries) {}
  Queue queue;
  std::deque<Command> commands;
  std::optional<Error> error;   ///< First asynchronous error since the last synchronize.
  bool taken = false;           ///< A stream uses it.
  uint64_t launch_device = 0;   ///< Launch blocks in device memory, one slot a ring entry.
  uint64_t launch_staging = 0;  ///< The same in host memory, and how the host sees it.
  std::span<uint8_t> launch_host;
};

struct ModuleState {
  std::shared_ptr<DeviceState> device;
  std::string path;
  Buffer image;
  struct Entry {
    std::string name;
    CoreKind kind;
    DevicePtr address;
    DevicePtr aiv_address = 0;  ///< Of a mix kernel.
    unsigned aivs = 0;          ///< Of a block of a mix kernel.
    bool at_once = false;
  };
  std::vector<Entry> kernels;
  struct Function {
    uint64_t address, size;
    std::string name;
  };
  std::vector<Function> functions;  ///< In order of address, as loaded.

  /// Debug sections of the file, read when a line is asked for.
  std::vector<uint8_t> line_section, line_strings, strings;
  uint64_t base = 0;  ///< Where the image's address 0 lies.

  std::string symbolise(uint64_t pc) const;
  std::optional<SourceLine> source(uint64_t pc) const;
  /// "function+0x1c, matmul.cpp:42", as much of it as is known.
  std::string place(uint64_t pc) const;

 private:
  mutable std::optional<LineTable> lines_;
};

struct EventState {
  ~EventState();
  std::shared_ptr<DeviceState> device;
  unsigned number = 0;
  uint32_t recorded = 0;  ///< Count of the last record().
  uint32_t reached = 0;   ///< Count that has been completed.
  QueueState* queue = nullptr;
};

struct StreamState {
  ~StreamState();
  std::shared_ptr<DeviceState> device;
  QueueState* queue = nullptr;
};

class DeviceState : public std::enable_shared_from_this<DeviceState> {
 public:
  static constexpr uint64_t kLaunchSlotBytes = kMaxKernelArgs * 8;

  DeviceState(HostTransport& transport, DeviceOptions options);

  /// Runs the chip until the firmware serves queues.
  void boot();

  Buffer allocate(size_t bytes);
  HostBuffer allocate_host(size_t bytes);
  void release_device(DevicePtr address);
  void release_host(uint64_t device_address);
  /// Throws invalid_value unless all bytes lie in one allocation.
  void check_range(const char* what, DevicePtr address, uint64_t bytes) const;

  std::shared_ptr<StreamState> create_stream(unsigned priority);
  std::shared_ptr<EventState> create_event();
  void release_event(unsigned number, uint32_t count);

  /// Puts a command into the queue; runs the chip while the ring is full. Fills in type, stream and
  /// task number of the entry. Returns the task number.
  uint32_t submit(QueueState& queue, uint8_t type, cubist_submission entry, Command command);

  void copy_in(QueueState& queue, DevicePtr to, const void* from, size_t bytes);
  void copy_out(QueueState& queue, void* to, DevicePtr from, size_t bytes);
  void launch(QueueState& queue, const std::shared_ptr<ModuleState>& module, size_t kernel,
              unsigned blocks, DevicePtr launch_block, const LaunchOptions& options);
  void launch(QueueState& queue, const std::shared_ptr<ModuleState>& module, size_t kernel,
              unsigned blocks, std::span<const uint64_t> args, const LaunchOptions& options);

  /// Takes what the chip has posted; never runs the chip.
  void poll();
  /// Runs the chip until `done()`. Throws hang, firmware, timeout or interrupted.
  void wait(const std::function<bool()>& done, const char* what);
  /// Waits for one queue and throws its first error; `all` for every queue.
  void synchronize(QueueState& queue);
  void synchronize_all();

  HostTransport& transport() { return transport_; }
  const DeviceOptions& options() const { return options_; }
  const AddressPool& memory() const { return memory_; }
  uint64_t read_register(uint64_t address, const char* name);
  void remember(const std::shared_ptr<ModuleState>& module) { modules_.push_back(module); }
  uint32_t tasks() const { return next_task_ - 1; }

  unsigned cube_cores = 0, vector_cores = 0;
  /// Blocks of this kernel that can run at one time; 0: the chip has no cores for it.
  unsigned capacity(const ModuleState::Entry& kernel) const;
  std::shared_ptr<StreamState> default_stream();
  const QueueState* default_queue() const { return default_queue_; }

 private:
  struct Pinned {
    std::span<uint8_t> bytes;
    AddressPool pool;
  };
  /// A block of host memory, or nothing when the staging limit is reached.
  std::optional<HostBuffer> try_allocate_host(size_t bytes, bool limited);
  HostBuffer stage(size_t bytes);
  void complete(QueueState& queue, const cubist_completion& completion);
  Error error_of(const Command& command, QueueState& queue, const cubist_completion& completion);
  /// Puts the place in the source behind each "pc 0x..." of a message.
  std::string with_places(const std::string& text) const;
  void observe(CommandEvent::Kind kind, const QueueState& queue, const Command& command,
               ErrorCode error = ErrorCode::ok) const;
  [[noreturn]] void fail_dead(Error error);
  std::string uart_tail() const;
  std::string outstanding() const;

  HostTransport& transport_;
  DeviceOptions options_;
  AddressPool memory_;
  std::vector<Pinned> pinned_;
  std::vector<std::weak_ptr<const ModuleState>> modules_;
  std::vector<std::unique_ptr<QueueState>> queues_;
  QueueState* default_queue_ = nullptr;
  uint32_t next_task_ = 1;
  std::vector<unsigned> free_events_;
  std::array<uint32_t, CUBIST_EVENTS> event_counts_{};
  std::optional<Error> dead_;  ///< After a hang or a stop of the firmware nothing works any more.
};

}  // namespace cubist::host
