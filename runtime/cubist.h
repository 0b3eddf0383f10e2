// SPDX-License-Identifier: Apache-2.0
// Host programs for Cubist: open a device, move data, launch kernels.
//
//   cubist::Device device = cubist::Device::open(transport);
//   cubist::Buffer x = device.allocate(bytes);
//   device.copy_to_device(x.address(), host.data(), bytes);
//   cubist::Module module = device.load_module("vector_add.elf");
//   device.default_stream().launch(module.kernel("vector_add"), blocks, {x, y, z, n});
//   device.synchronize();
//
// Calls that are wrong in themselves throw Error at once. Work that goes wrong on the chip is
// reported by the next synchronize() of its stream (or of the device): Error then carries core,
// block, program counter with function name, and address. Nothing here is thread-safe: one thread
// drives a device. Simulated time stands still between calls.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace cubist {

class HostTransport;

/// The codes of completion entries and of runtime calls (firmware/abi/abi.toml, `error`;
/// `cubist decode-error N` explains them).
enum class ErrorCode : uint16_t {
  ok = 0,
  bad_entry = 1,
  bad_kernel = 2,
  bus = 3,
  illegal_instruction = 4,
  misaligned = 5,
  buffer_overrun = 6,
  bad_config = 7,
  timeout = 8,
  deadlock = 9,
  trap = 10,
  flag_overflow = 11,
  breakpoint = 12,
  stack_overflow = 13,
  cross_core_overflow = 14,
  ecc = 15,
  not_resident = 16,
  out_of_memory = 100,
  invalid_value = 101,
  not_ready = 102,
  invalid_elf = 103,
  no_such_kernel = 104,
  firmware = 105,
  hang = 106,
  interrupted = 107,
};

/// Name ("BUS"), explanation and hint of a code; "UNKNOWN" for a number that is none.
struct ErrorText {
  const char* name;
  const char* text;
  const char* hint;
};
ErrorText error_text(unsigned code);
/// The code of a name ("BUS", any case), if there is one; and all codes in ascending order.
std::optional<unsigned> error_code(std::string_view name);
std::vector<unsigned> error_codes();

/// One of the error bits of a core (docs/reference/errors.md).
struct ErrorBit {
  unsigned bit;
  const char *group, *name, *text;
};
std::optional<ErrorBit> error_bit(unsigned bit);
std::optional<ErrorBit> error_bit(std::string_view name);  ///< Any case.
std::vector<ErrorBit> error_bits(const std::array<uint64_t, 6>& words);

/// A core that waits for a flag that nobody will set.
struct WaitingCore {
  bool vector_core = false;  ///< An AIV, else an AIC.
  unsigned core = 0;         ///< Index among its kind.
  uint64_t pc = 0;           ///< Of the instruction that waits.
  std::string where;         ///< As in Fault.
  std::string source;        ///< As in Fault.
  std::string flag;          ///< "flag 3 (MTE2 to V)", "cross-core flag 5 on MTE2", "a unit flag".
};

/// Where a kernel failed.
struct Fault {
  bool vector_core = false;  ///< On an AIV, else on an AIC.
  unsigned core = 0;         ///< Index among its kind.
  unsigned block = 0;
  std::string kernel;       ///< Name of the launched kernel.
  uint64_t pc = 0;          ///< Program counter of the instruction at fault.
  std::string where;        ///< "function+0x1c" of the pc, empty when unknown.
  std::string source;       ///< "/src/matmul.cpp:42" of the pc, of an intrinsic about where
                            ///< it was called; empty when the ELF does not say.
  std::string instruction;  ///< "MTE2.copy_pad" for an instruction of a pipe, else empty.
  uint64_t address = 0;     ///< Address at fault (see the code's explanation).
  std::string nearest;      ///< The device allocation at or nearest to `address`.
  uint64_t info = 0;        ///< Register CORE.ERROR_INFO: pipe, operation, RISC-V cause.
  /// Registers CORE.ERROR_BITS0 to 5; error_bits() names what is set.
  std::array<uint64_t, 6> bits{};
  uint64_t pc_start = 0;    ///< Entry of the block.
  uint64_t pc_current = 0;  ///< Where the core's scalar unit was.
  /// Where the units were: registers CORE.INFO_VEC, MTE, IFU, CCU, CUBE and BIU.
  std::array<uint64_t, 6> unit_info{};
  /// DEADLOCK: other cores of the launch that wait, at most 8 of `waiting_count`.
  std::vector<WaitingCore> waiting;
  unsigned waiting_count = 0;
};

/// Everything that can go wrong. what() is one line: what, where, what was expected.
class Error : public std::runtime_error {
 public:
  Error(ErrorCode code, const std::string& message, std::string hint = {});
  Error(ErrorCode code, const std::string& message, Fault fault);

  ErrorCode code() const { return code_; }
  /// What to do about it; may be empty.
  const std::string& hint() const { return hint_; }
  /// Set for errors that a core raised.
  const std::optional<Fault>& fault() const { return fault_; }

 private:
  ErrorCode code_;
  std::string hint_;
  std::optional<Fault> fault_;
};

/// An address in device memory (GM). 0 is none.
using DevicePtr = uint64_t;

namespace host {
class DeviceState;
struct ModuleState;
struct StreamState;
struct EventState;
}  // namespace host

/// Device memory, 512-byte aligned; freed with the object, which may outlive the Device. Freeing
/// does not wait: synchronize before a buffer goes that work in flight still uses.
class Buffer {
 public:
  Buffer() = default;
  Buffer(Buffer&& other) noexcept;
  Buffer& operator=(Buffer&& other) noexcept;
  ~Buffer();

  DevicePtr address() const { return address_; }
  /// Size asked for, in bytes.
  size_t size() const { return size_; }
  explicit operator bool() const { return address_ != 0; }

 private:
  friend class host::DeviceState;
  std::shared_ptr<host::DeviceState> device_;
  DevicePtr address_ = 0;
  size_t size_ = 0;
};

/// Host memory that the chip reaches directly: copies from and to it are not staged. 64-byte
/// aligned.
class HostBuffer {
 public:
  HostBuffer() = default;
  HostBuffer(HostBuffer&& other) noexcept;
  HostBuffer& operator=(HostBuffer&& other) noexcept;
  ~HostBuffer();

  uint8_t* data() const { return data_; }
  size_t size() const { return size_; }
  /// The address by which the chip sees it.
  uint64_t device_address() const { return device_address_; }

 private:
  friend class host::DeviceState;
  std::shared_ptr<host::DeviceState> device_;
  uint8_t* data_ = nullptr;
  size_t size_ = 0;
  uint64_t device_address_ = 0;
};

/// Runs on AICs, on AIVs, or each block on an AIC and AIVs beside it.
enum class CoreKind : uint8_t { cube = 0, vector = 1, mix = 2 };

/// An entry point of a loaded module; cheap to copy, keeps its module loaded.
class Kernel {
 public:
  Kernel() = default;
  const std::string& name() const;
  CoreKind kind() const;
  /// Of a mix kernel: the AIC's.
  DevicePtr entry() const;
  /// AIVs of a block of a mix kernel; 0 for others.
  unsigned aivs() const;
  /// All blocks of a launch must run at once: the kernel synchronises them.
  bool at_once() const;
  explicit operator bool() const { return module_ != nullptr; }

 private:
  friend class Device;
  friend class Module;
  friend class Stream;
  std::shared_ptr<host::ModuleState> module_;
  size_t index_ = 0;
};

/// A kernel ELF in device memory.
class Module {
 public:
  Module() = default;
  /// Throws Error (no_such_kernel) listing the names there are.
  Kernel kernel(std::string_view name) const;
  std::vector<Kernel> kernels() const;
  /// "function+0x1c" of a program counter inside the module, else "".
  std::string symbolise(uint64_t pc) const;
  /// "/src/matmul.cpp:42", when the ELF was built with -g; else "".
  std::string source_line(uint64_t pc) const;

 private:
  friend class Device;
  std::shared_ptr<host::ModuleState> state_;
};

/// One 64-bit word of a launch block.
class KernelArg {
 public:
  KernelArg(const Buffer& buffer) : word_(buffer.address()) {}
  template <typename Integer>
  requires(std::is_integral_v<Integer> || std::is_enum_v<Integer>) KernelArg(Integer value)
      : word_(static_cast<uint64_t>(value)) {}
  KernelArg(float value);   ///< Its bits in the lower half.
  KernelArg(double value);  ///< Its bits.
  uint64_t word() const { return word_; }

 private:
  uint64_t word_;
};

struct LaunchOptions {
  /// Simulated microseconds one block may take; 0: the firmware's default.
  uint32_t timeout_us = 0;
  /// Use at most this many cores (of a mix kernel: AICs); 0: all.
  uint32_t max_cores = 0;
  /// What it is for, shown in traces and errors beside the kernel's name ("conv1").
  std::string label = {};
  /// Run all blocks at once, or refuse the launch; implied by kernels declared so.
  bool at_once = false;
};

/// Words that a launch block holds at most.
inline constexpr size_t kMaxKernelArgs = 64;

/// A point in a stream that others can wait for.
class Event {
 public:
  Event() = default;
  /// True when the last record() has been reached; true if there was none.
  bool reached() const;
  /// Blocks until then; reports errors like Stream::synchronize.
  void synchronize() const;

 private:
  friend class Device;
  friend class Stream;
  std::shared_ptr<host::EventState> state_;
};

/// Work that runs in order. All calls return at once unless the ring is full: then they run the
/// chip until there is room.
class Stream {
 public:
  Stream() = default;
  unsigned number() const;

  /// The source may change as soon as the call returns (it is staged).
  void copy_to_device(DevicePtr to, const void* from, size_t bytes);
  /// `to` holds the data after synchronize().
  void copy_to_host(void* to, DevicePtr from, size_t bytes);
  void copy(DevicePtr to, DevicePtr from, size_t bytes);
  /// Pinned memory, not staged: it must not change until the copy is done.
  void copy_to_device(DevicePtr to, const HostBuffer& from, size_t offset, size_t bytes);
  void copy_to_host(const HostBuffer& to, size_t offset, DevicePtr from, size_t bytes);
  /// Repeats a 32-bit pattern.
  void fill(DevicePtr to, uint32_t pattern, size_t bytes);

  /// Runs `kernel` on `blocks` blocks (1 to 65535; when they must run at once, Device::capacity()).
  /// The words become the launch block in device memory; the kernel reads them by position.
  void launch(const Kernel& kernel, unsigned blocks, std::initializer_list<KernelArg> args,
              const LaunchOptions& options = {});
  void launch(const Kernel& kernel, unsigned blocks, std::span<const uint64_t> args,
              const LaunchOptions& options = {});
  /// With a launch block that already lies in device memory.
  void launch_prepared(const Kernel& kernel, unsigned blocks, DevicePtr launch_block,
                       const LaunchOptions& options = {});

  void record(Event& event);
  void wait(const Event& event);

  /// Blocks until everything is done. Throws the first error since the last call.
  void synchronize();
  /// True when everything is done; never runs the chip, never throws asynchronous errors.
  bool idle() const;
  /// The error that synchronize() would throw, or ok.
  ErrorCode error() const;

 private:
  friend class Device;
  std::shared_ptr<host::StreamState> state_;
};

/// What the runtime tells an observer about a command.
struct CommandEvent {
  enum class Kind : uint8_t { submitted, begun, completed };
  Kind kind;  ///< `begun`: it is the oldest of its stream that has not completed.
  unsigned stream;
  uint32_t task;      ///< Numbered from 1 over all streams; the flow number of traces.
  const char* type;   ///< "kernel", "copy", "fill", "event_record", "event_wait", "barrier"
  std::string label;  ///< Kernel name, or what the copy is.
  uint64_t bytes;     ///< Of copies and fills.
  ErrorCode error;    ///< On completion.
};

struct DeviceOptions {
  /// Device memory that exists, from the start of GM.
  uint64_t hbm_bytes = uint64_t{64} << 30;
  /// Entries of each submission ring, a power of two, 4 to 2048.
  unsigned ring_entries = 256;
  /// Simulated time the firmware may take to come up.
  uint64_t boot_timeout_ns = 100'000'000;
  /// Simulated time after which a blocking call gives up; 0: never (a hang is noticed anyhow).
  uint64_t wait_timeout_ns = 0;
  std::function<void(const CommandEvent&)> observer;
  /// Last lines of the firmware's UART, for messages.
  std::function<std::string()> uart_tail;
};

/// Use of device memory, in bytes.
struct MemoryUse {
  uint64_t total = 0, used = 0, peak = 0, largest_free = 0;
};

class Device {
 public:
  /// Waits for the firmware to boot. `transport` must outlive the device and all its objects.
  /// Throws Error (firmware) when it does not come up.
  static Device open(HostTransport& transport, DeviceOptions options = {});

  /// Throws Error (out_of_memory) saying what was asked for and what is left.
  Buffer allocate(size_t bytes);
  HostBuffer allocate_host(size_t bytes);
  MemoryUse memory() const;

  Module load_module(const std::string& path);
  /// From bytes in memory; `name` stands for the file name in messages.
  Module load_module(std::span<const uint8_t> bytes, const std::string& name);

  Stream default_stream();
  /// `priority` 0 (most urgent) to 7. Each stream has a hardware queue of its own.
  Stream create_stream(unsigned priority = 1);
  Event create_event();

  // Blocking forms on the default stream.
  void copy_to_device(DevicePtr to, const void* from, size_t bytes);
  void copy_to_host(void* to, DevicePtr from, size_t bytes);
  void copy(DevicePtr to, DevicePtr from, size_t bytes);
  void fill(DevicePtr to, uint32_t pattern, size_t bytes);

  /// Blocks until all streams are done; throws the first error of the lowest-numbered stream.
  void synchronize();

  unsigned cube_cores() const;    ///< AICs.
  unsigned vector_cores() const;  ///< AIVs.
  /// Blocks of the kernel that can run at one time.
  unsigned capacity(const Kernel& kernel) const;
  /// Simulated time, and the same in cycles of the core clock.
  double now_ns() const;
  double cycles() const;
  /// Commands submitted so far.
  uint64_t commands() const;

  /// Reads and writes device memory without simulated time, for checks. Throws on a bus error.
  void debug_read(DevicePtr from, void* to, size_t bytes) const;
  void debug_write(DevicePtr to, const void* from, size_t bytes);

 private:
  std::shared_ptr<host::DeviceState> state_;
};

}  // namespace cubist
