// SPDX-License-Identifier: Apache-2.0
#include "runtime/host/device_state.h"

#include <algorithm>
#include <cstdio>
#include <cstring>

namespace cubist::host {
namespace {

constexpr uint64_t kDeviceAlignment = 512;
constexpr uint64_t kHostAlignment = 64;
constexpr size_t kPinnedChunk = size_t{4} << 20;
constexpr size_t kStagingLimit = size_t{64} << 20;
constexpr uint64_t kBootPollNs = 1'000;

std::string hex(uint64_t value) {
  char text[24];
  std::snprintf(text, sizeof text, "0x%llx", static_cast<unsigned long long>(value));
  return text;
}

std::string on_one_line(std::string text) {
  while (!text.empty() && text.back() == '\n') text.pop_back();
  std::string line;
  for (const char c : text) line += c == '\n' ? std::string(" | ") : std::string(1, c);
  return line;
}

}  // namespace

DeviceState::DeviceState(HostTransport& transport, DeviceOptions options)
    : transport_(transport),
      options_(std::move(options)),
      memory_(CUBIST_REGION_HBM_BASE,
              std::min<uint64_t>(options_.hbm_bytes, CUBIST_REGION_HBM_SIZE), kDeviceAlignment) {
  const unsigned entries = options_.ring_entries;
  if (entries < 4 || entries > 2048 || (entries & (entries - 1)) != 0) {
    throw Error(ErrorCode::invalid_value, "DeviceOptions::ring_entries is " +
                                              std::to_string(entries) +
                                              "; expected a power of two from 4 to 2048");
  }
  for (unsigned i = CUBIST_EVENTS; i-- > 0;) free_events_.push_back(i);
}

uint64_t DeviceState::read_register(uint64_t address, const char* name) {
  uint64_t value = 0;
  if (!transport_.read_register(address, value)) {
    throw Error(ErrorCode::firmware, std::string("register ") + name + " at " + hex(address) +
                                         " does not answer on the bus");
  }
  return value;
}

std::string DeviceState::uart_tail() const {
  const std::string tail = options_.uart_tail ? on_one_line(options_.uart_tail()) : std::string();
  return tail.empty() ? "" : "; UART: " + tail;
}

void DeviceState::boot() {
  const double limit = transport_.now_ns() + static_cast<double>(options_.boot_timeout_ns);
  for (;;) {
    const uint64_t version =
        read_register(CUBIST_QUEUE_SHARED_BASE + CUBIST_QUEUE_SHARED_BOOTED, "BOOTED");
    if (version == CUBIST_ABI_VERSION) break;
    if (version != 0) {
      throw Error(ErrorCode::firmware, "the firmware speaks version " + std::to_string(version) +
                                           " of the ABI, the host version " +
                                           std::to_string(CUBIST_ABI_VERSION));
    }
    const uint64_t panic =
        read_register(CUBIST_QUEUE_SHARED_BASE + CUBIST_QUEUE_SHARED_PANIC, "PANIC");
    if (panic != 0) {
      throw Error(ErrorCode::firmware, std::string("the firmware stopped with code ") +
                                           std::to_string(panic) + " while booting" + uart_tail());
    }
    switch (transport_.wait_interrupt(kBootPollNs)) {
      case WaitResult::interrupted:
        throw Error(ErrorCode::interrupted, "interrupted while the firmware booted");
      case WaitResult::idle: {
        const uint64_t again =
            read_register(CUBIST_QUEUE_SHARED_BASE + CUBIST_QUEUE_SHARED_BOOTED, "BOOTED");
        if (again != 0) continue;
        throw Error(ErrorCode::firmware, "the firmware sleeps without having booted: " +
                                             on_one_line(transport_.describe_state()) +
                                             uart_tail());
      }
      default:
        break;
    }
    if (transport_.now_ns() > limit) {
      throw Error(ErrorCode::firmware, "the firmware did not boot within " +
                                           std::to_string(options_.boot_timeout_ns / 1'000'000) +
                                           " ms of simulated time: " +
                                           on_one_line(transport_.describe_state()) + uart_tail());
    }
  }
  const auto count = [&](uint64_t offset, const char* name) {
    return static_cast<unsigned>(read_register(CUBIST_CORE_SHARED_BASE + offset, name));
  };
  cube_cores = count(CUBIST_CORE_SHARED_AIC_COUNT, "AIC_COUNT");
  vector_cores = count(CUBIST_CORE_SHARED_AIV_COUNT, "AIV_COUNT");
}

// --- Memory
// ----------------------------------------------------------------------------------------

Buffer DeviceState::allocate(size_t bytes) {
  const auto address = memory_.allocate(bytes);
  if (!address) {
    throw Error(ErrorCode::out_of_memory,
                "cannot allocate " + std::to_string(bytes) + " bytes of device memory: " +
                    std::to_string(memory_.total() - memory_.used()) + " of " +
                    std::to_string(memory_.total()) + " bytes are free, the largest piece has " +
                    std::to_string(memory_.largest_free()));
  }
  Buffer buffer;
  buffer.device_ = shared_from_this();
  buffer.address_ = *address;
  buffer.size_ = bytes;
  return buffer;
}

void DeviceState::release_device(DevicePtr address) {
  memory_.release(address);
}

std::optional<HostBuffer> DeviceState::try_allocate_host(size_t bytes, bool limited) {
  size_t total = 0;
  const auto take = [&](Pinned& chunk) -> std::optional<HostBuffer> {
    const auto address = chunk.pool.allocate(bytes);
    if (!address) return std::nullopt;
    HostBuffer buffer;
    buffer.device_ = shared_from_this();
    buffer.data_ = chunk.bytes.data() + (*address - chunk.pool.base());
    buffer.size_ = bytes;
    buffer.device_address_ = *address;
    return buffer;
  };
  for (Pinned& chunk : pinned_) {
    total += chunk.bytes.size();
    if (auto buffer = take(chunk)) return buffer;
  }
  if (limited && total + kPinnedChunk > kStagingLimit) return std::nullopt;
  const size_t size =
      std::max((bytes + kHostAlignment - 1) / kHostAlignment * kHostAlignment, kPinnedChunk);
  uint64_t address = 0;
  const std::span<uint8_t> memory = transport_.allocate_host(size, address);
  pinned_.push_back({memory, AddressPool(address, memory.size(), kHostAlignment)});
  return take(pinned_.back());
}

HostBuffer DeviceState::allocate_host(size_t bytes) {
  auto buffer = try_allocate_host(bytes, false);
  if (!buffer) {
    throw Error(ErrorCode::out_of_memory,
                "cannot allocate " + std::to_string(bytes) + " bytes of host memory for the chip");
  }
  return std::move(*buffer);
}

void DeviceState::release_host(uint64_t device_address) {
  for (Pinned& chunk : pinned_) {
    if (device_address - chunk.pool.base() < chunk.bytes.size()) {
      chunk.pool.release(device_address);
      return;
    }
  }
}

HostBuffer DeviceState::stage(size_t bytes) {
  std::optional<HostBuffer> buffer;
  wait([&] { return (buffer = try_allocate_host(bytes, true)).has_value(); }, "for staging memory");
  return std::move(*buffer);
}

void DeviceState::check_range(const char* what, DevicePtr address, uint64_t bytes) const {
  if (memory_.contains(address, bytes)) return;
  const std::string nearest = memory_.describe(address);
  throw Error(ErrorCode::invalid_value, std::string(what) + ": " + std::to_string(bytes) +
                                            " bytes from " + hex(address) +
                                            " are not inside one device allocation" +
                                            (nearest.empty() ? "" : " (" + nearest + ")"));
}

// --- Queues, streams, events
// -----------------------------------------------------------------------

std::shared_ptr<StreamState> DeviceState::create_stream(unsigned priority) {
  if (priority > 7) {
    throw Error(ErrorCode::invalid_value, "stream priority " + std::to_string(priority) +
                                              " is out of range; expected 0 (most urgent) to 7");
  }
  poll();
  QueueState* chosen = nullptr;
  for (const auto& queue : queues_) {
    if (!queue->taken && queue->commands.empty()) {
      chosen = queue.get();
      break;
    }
  }
  if (!chosen) {
    const auto number = static_cast<unsigned>(queues_.size());
    if (number >= CUBIST_QUEUE_COUNT) {
      throw Error(ErrorCode::invalid_value,
                  "all " + std::to_string(CUBIST_QUEUE_COUNT) +
                      " hardware queues are in use; destroy a stream first");
    }
    auto state = std::make_unique<QueueState>(transport_, number, options_.ring_entries);
    const uint64_t bytes = kLaunchSlotBytes * options_.ring_entries;
    const auto slots = memory_.allocate(bytes);
    if (!slots) {
      throw Error(ErrorCode::out_of_memory,
                  "no device memory is left for the launch blocks of a "
                  "stream (" +
                      std::to_string(bytes) + " bytes)");
    }
    state->launch_device = *slots;
    state->launch_host = transport_.allocate_host(bytes, state->launch_staging);
    chosen = state.get();
    queues_.push_back(std::move(state));
  }
  chosen->queue.enable(priority);
  chosen->taken = true;
  chosen->error.reset();
  auto stream = std::make_shared<StreamState>();
  stream->device = shared_from_this();
  stream->queue = chosen;
  return stream;
}

std::shared_ptr<StreamState> DeviceState::default_stream() {
  // Every handle releases its queue when it goes; the default stream's queue stays taken.
  if (!default_queue_) {
    const auto first = create_stream(1);
    default_queue_ = first->queue;
  }
  auto stream = std::make_shared<StreamState>();
  stream->device = shared_from_this();
  stream->queue = default_queue_;
  return stream;
}

StreamState::~StreamState() {
  if (device && queue && queue != device->default_queue()) queue->taken = false;
}

std::shared_ptr<EventState> DeviceState::create_event() {
  if (free_events_.empty()) {
    throw Error(ErrorCode::invalid_value,
                "all " + std::to_string(CUBIST_EVENTS) + " events are in use; destroy one first");
  }
  auto event = std::make_shared<EventState>();
  event->device = shared_from_this();
  event->number = free_events_.back();
  event->recorded = event->reached = event_counts_[event->number];
  free_events_.pop_back();
  return event;
}

void DeviceState::release_event(unsigned number, uint32_t count) {
  event_counts_[number] = count;
  free_events_.push_back(number);
}

EventState::~EventState() {
  if (device) device->release_event(number, recorded);
}

}  // namespace cubist::host
