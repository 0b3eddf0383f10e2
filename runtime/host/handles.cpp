// SPDX-License-Identifier: Apache-2.0
// The public handles: thin, every decision is behind them.
#include <bit>
#include <cstring>
#include <utility>

#include "runtime/cubist.h"
#include "runtime/host/device_state.h"

namespace cubist {
namespace {

template <typename State>
State& checked(const std::shared_ptr<State>& state, const char* what) {
  if (!state) {
    throw Error(ErrorCode::invalid_value,
                std::string("this ") + what + " is empty: create it from a Device first");
  }
  return *state;
}

}  // namespace

// --- Buffer, HostBuffer
// ----------------------------------------------------------------------------

Buffer::Buffer(Buffer&& other) noexcept
    : device_(std::move(other.device_)),
      address_(std::exchange(other.address_, 0)),
      size_(std::exchange(other.size_, 0)) {}

Buffer& Buffer::operator=(Buffer&& other) noexcept {
  std::swap(device_, other.device_);
  std::swap(address_, other.address_);
  std::swap(size_, other.size_);
  return *this;
}

Buffer::~Buffer() {
  if (device_ && address_ != 0) device_->release_device(address_);
}

HostBuffer::HostBuffer(HostBuffer&& other) noexcept
    : device_(std::move(other.device_)),
      data_(std::exchange(other.data_, nullptr)),
      size_(std::exchange(other.size_, 0)),
      device_address_(std::exchange(other.device_address_, 0)) {}

HostBuffer& HostBuffer::operator=(HostBuffer&& other) noexcept {
  std::swap(device_, other.device_);
  std::swap(data_, other.data_);
  std::swap(size_, other.size_);
  std::swap(device_address_, other.device_address_);
  return *this;
}

HostBuffer::~HostBuffer() {
  if (device_ && data_) device_->release_host(device_address_);
}

// --- Kernel, Module, KernelArg
// ---------------------------------------------------------------------

const std::string& Kernel::name() const {
  return checked(module_, "Kernel").kernels[index_].name;
}
CoreKind Kernel::kind() const {
  return checked(module_, "Kernel").kernels[index_].kind;
}
DevicePtr Kernel::entry() const {
  return checked(module_, "Kernel").kernels[index_].address;
}

unsigned Kernel::aivs() const {
  return checked(module_, "Kernel").kernels[index_].aivs;
}
bool Kernel::at_once() const {
  return checked(module_, "Kernel").kernels[index_].at_once;
}

Kernel Module::kernel(std::string_view name) const {
  const host::ModuleState& state = checked(state_, "Module");
  std::string known;
  for (size_t i = 0; i < state.kernels.size(); ++i) {
    if (state.kernels[i].name == name) {
      Kernel kernel;
      kernel.module_ = state_;
      kernel.index_ = i;
      return kernel;
    }
    known += (known.empty() ? "" : ", ") + state.kernels[i].name;
  }
  throw Error(ErrorCode::no_such_kernel,
              state.path + " has no kernel '" + std::string(name) + "'; it has " +
                  (known.empty() ? "none" : known),
              error_text(static_cast<unsigned>(ErrorCode::no_such_kernel)).hint);
}

std::vector<Kernel> Module::kernels() const {
  std::vector<Kernel> all;
  for (const auto& entry : checked(state_, "Module").kernels) all.push_back(kernel(entry.name));
  return all;
}

std::string Module::symbolise(uint64_t pc) const {
  return checked(state_, "Module").symbolise(pc);
}

std::string Module::source_line(uint64_t pc) const {
  const auto line = checked(state_, "Module").source(pc);
  return line ? line->file + ":" + std::to_string(line->line) : std::string();
}

KernelArg::KernelArg(float value) : word_(std::bit_cast<uint32_t>(value)) {}
KernelArg::KernelArg(double value) : word_(std::bit_cast<uint64_t>(value)) {}

// --- Event
// -----------------------------------------------------------------------------------------

bool Event::reached() const {
  host::EventState& state = checked(state_, "Event");
  state.device->poll();
  return state.reached == state.recorded;
}

void Event::synchronize() const {
  host::EventState& state = checked(state_, "Event");
  state.device->wait([&] { return state.reached == state.recorded; }, "for an event");
  if (state.queue && state.queue->error) {
    const Error error = *state.queue->error;
    state.queue->error.reset();
    throw error;
  }
}

// --- Stream
// ----------------------------------------------------------------------------------------

unsigned Stream::number() const {
  return checked(state_, "Stream").queue->queue.number();
}

void Stream::copy_to_device(DevicePtr to, const void* from, size_t bytes) {
  host::StreamState& state = checked(state_, "Stream");
  state.device->copy_in(*state.queue, to, from, bytes);
}

void Stream::copy_to_host(void* to, DevicePtr from, size_t bytes) {
  host::StreamState& state = checked(state_, "Stream");
  state.device->copy_out(*state.queue, to, from, bytes);
}

namespace {

void submit_copy(host::StreamState& state, uint64_t to, uint64_t from, size_t bytes,
                 const char* label) {
  cubist_submission entry{};
  entry.copy.dst = to;
  entry.copy.src = from;
  entry.copy.bytes = bytes;
  state.device->submit(*state.queue, CUBIST_ENTRY_COPY, entry,
                       {0, "copy", label, bytes, nullptr, {}});
}

void check_pinned(const HostBuffer& buffer, size_t offset, size_t bytes) {
  if (offset > buffer.size() || bytes > buffer.size() - offset) {
    throw Error(ErrorCode::invalid_value,
                std::to_string(bytes) + " bytes from offset " + std::to_string(offset) +
                    " reach beyond a host buffer of " + std::to_string(buffer.size()) + " bytes");
  }
}

}  // namespace

void Stream::copy(DevicePtr to, DevicePtr from, size_t bytes) {
  host::StreamState& state = checked(state_, "Stream");
  state.device->check_range("copy: destination", to, bytes);
  state.device->check_range("copy: source", from, bytes);
  submit_copy(state, to, from, bytes, "on device");
}

void Stream::copy_to_device(DevicePtr to, const HostBuffer& from, size_t offset, size_t bytes) {
  host::StreamState& state = checked(state_, "Stream");
  state.device->check_range("copy to device", to, bytes);
  check_pinned(from, offset, bytes);
  submit_copy(state, to, from.device_address() + offset, bytes, "to device");
}

void Stream::copy_to_host(const HostBuffer& to, size_t offset, DevicePtr from, size_t bytes) {
  host::StreamState& state = checked(state_, "Stream");
  state.device->check_range("copy to host", from, bytes);
  check_pinned(to, offset, bytes);
  submit_copy(state, to.device_address() + offset, from, bytes, "to host");
}

void Stream::fill(DevicePtr to, uint32_t pattern, size_t bytes) {
  host::StreamState& state = checked(state_, "Stream");
  state.device->check_range("fill", to, bytes);
  cubist_submission entry{};
  entry.fill.dst = to;
  entry.fill.bytes = bytes;
  entry.fill.pattern = pattern;
  state.device->submit(*state.queue, CUBIST_ENTRY_FILL, entry, {0, "fill", "", bytes, nullptr, {}});
}

void Stream::launch(const Kernel& kernel, unsigned blocks, std::initializer_list<KernelArg> args,
                    const LaunchOptions& options) {
  std::vector<uint64_t> words;
  for (const KernelArg& arg : args) words.push_back(arg.word());
  launch(kernel, blocks, std::span<const uint64_t>(words), options);
}

void Stream::launch(const Kernel& kernel, unsigned blocks, std::span<const uint64_t> args,
                    const LaunchOptions& options) {
  host::StreamState& state = checked(state_, "Stream");
  checked(kernel.module_, "Kernel");
  state.device->launch(*state.queue, kernel.module_, kernel.index_, blocks, args, options);
}

void Stream::launch_prepared(const Kernel& kernel, unsigned blocks, DevicePtr launch_block,
                             const LaunchOptions& options) {
  host::StreamState& state = checked(state_, "Stream");
  checked(kernel.module_, "Kernel");
  state.device->launch(*state.queue, kernel.module_, kernel.index_, blocks, launch_block, options);
}

void Stream::record(Event& event) {
  host::StreamState& state = checked(state_, "Stream");
  const std::shared_ptr<host::EventState> target = event.state_;
  checked(target, "Event");
  const uint32_t value = ++target->recorded;
  target->queue = state.queue;
  cubist_submission entry{};
  entry.event_record.event = target->number;
  entry.event_record.value = value;
  state.device->submit(
      *state.queue, CUBIST_ENTRY_EVENT_RECORD, entry,
      {0, "event_record", "", 0, nullptr, [target, value](ErrorCode) { target->reached = value; }});
}

void Stream::wait(const Event& event) {
  host::StreamState& state = checked(state_, "Stream");
  const host::EventState& target = checked(event.state_, "Event");
  cubist_submission entry{};
  entry.event_wait.event = target.number;
  entry.event_wait.value = target.recorded;
  state.device->submit(*state.queue, CUBIST_ENTRY_EVENT_WAIT, entry,
                       {0, "event_wait", "", 0, nullptr, {}});
}

void Stream::synchronize() {
  host::StreamState& state = checked(state_, "Stream");
  state.device->synchronize(*state.queue);
}

bool Stream::idle() const {
  host::StreamState& state = checked(state_, "Stream");
  state.device->poll();
  return state.queue->commands.empty();
}

ErrorCode Stream::error() const {
  const host::StreamState& state = checked(state_, "Stream");
  state.device->poll();
  return state.queue->error ? state.queue->error->code() : ErrorCode::ok;
}

// --- Device
// ----------------------------------------------------------------------------------------

Device Device::open(HostTransport& transport, DeviceOptions options) {
  Device device;
  device.state_ = std::make_shared<host::DeviceState>(transport, std::move(options));
  device.state_->boot();
  return device;
}

Buffer Device::allocate(size_t bytes) {
  return state_->allocate(bytes);
}
HostBuffer Device::allocate_host(size_t bytes) {
  return state_->allocate_host(bytes);
}

MemoryUse Device::memory() const {
  const host::AddressPool& pool = state_->memory();
  return {pool.total(), pool.used(), pool.peak(), pool.largest_free()};
}

Stream Device::default_stream() {
  Stream stream;
  stream.state_ = state_->default_stream();
  return stream;
}

Stream Device::create_stream(unsigned priority) {
  default_stream();  // queue 0 belongs to the default stream, whoever comes first
  Stream stream;
  stream.state_ = state_->create_stream(priority);
  return stream;
}

Event Device::create_event() {
  Event event;
  event.state_ = state_->create_event();
  return event;
}

void Device::copy_to_device(DevicePtr to, const void* from, size_t bytes) {
  Stream stream = default_stream();
  stream.copy_to_device(to, from, bytes);
  stream.synchronize();
}

void Device::copy_to_host(void* to, DevicePtr from, size_t bytes) {
  Stream stream = default_stream();
  stream.copy_to_host(to, from, bytes);
  stream.synchronize();
}

void Device::copy(DevicePtr to, DevicePtr from, size_t bytes) {
  Stream stream = default_stream();
  stream.copy(to, from, bytes);
  stream.synchronize();
}

void Device::fill(DevicePtr to, uint32_t pattern, size_t bytes) {
  Stream stream = default_stream();
  stream.fill(to, pattern, bytes);
  stream.synchronize();
}

void Device::synchronize() {
  state_->synchronize_all();
}

unsigned Device::cube_cores() const {
  return state_->cube_cores;
}
unsigned Device::vector_cores() const {
  return state_->vector_cores;
}
unsigned Device::capacity(const Kernel& kernel) const {
  return state_->capacity(checked(kernel.module_, "Kernel").kernels[kernel.index_]);
}
double Device::now_ns() const {
  return state_->transport().now_ns();
}
double Device::cycles() const {
  return state_->transport().now_ns() * 1e-9 * state_->transport().core_hertz();
}
uint64_t Device::commands() const {
  return state_->tasks();
}

void Device::debug_read(DevicePtr from, void* to, size_t bytes) const {
  if (!state_->transport().debug_read(from, {static_cast<uint8_t*>(to), bytes})) {
    throw Error(ErrorCode::bus, "debug read of " + std::to_string(bytes) + " bytes at " +
                                    std::to_string(from) + " failed");
  }
}

void Device::debug_write(DevicePtr to, const void* from, size_t bytes) {
  if (!state_->transport().debug_write(to, {static_cast<const uint8_t*>(from), bytes})) {
    throw Error(ErrorCode::bus, "debug write of " + std::to_string(bytes) + " bytes at " +
                                    std::to_string(to) + " failed");
  }
}

}  // namespace cubist
