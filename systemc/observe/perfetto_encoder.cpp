// SPDX-License-Identifier: Apache-2.0
// Perfetto's native format: a stream of protobuf TracePackets, encoded by hand, because the schema
// is large and the few messages needed here are small. Field numbers are those of Perfetto's
// public trace schema (trace_packet.proto, track_event.proto, track_descriptor.proto).
#include <cstring>
#include <string_view>
#include <vector>

#include "systemc/observe/output_file.h"
#include "systemc/observe/trace_encoder.h"

namespace cubist::observe {
namespace {

// Wire types.
constexpr uint32_t kVarint = 0, kFixed64 = 1, kBytes = 2;
constexpr uint32_t tag(uint32_t field, uint32_t wire) {
  return field << 3 | wire;
}

// Trace
constexpr uint32_t kTracePacket = tag(1, kBytes);
// TracePacket
constexpr uint32_t kTimestamp = tag(8, kVarint), kSequenceId = tag(10, kVarint),
                   kTrackEvent = tag(11, kBytes), kInternedData = tag(12, kBytes),
                   kSequenceFlags = tag(13, kVarint), kTrackDescriptor = tag(60, kBytes);
constexpr uint64_t kStateCleared = 1, kNeedsState = 2;
// InternedData
constexpr uint32_t kEventNames = tag(2, kBytes), kAnnotationNames = tag(3, kBytes);
// EventName, DebugAnnotationName
constexpr uint32_t kIid = tag(1, kVarint), kIidName = tag(2, kBytes);
// TrackEvent
constexpr uint32_t kAnnotation = tag(4, kBytes), kType = tag(9, kVarint),
                   kNameIid = tag(10, kVarint), kTrackUuid = tag(11, kVarint),
                   kName = tag(23, kBytes), kCounterValue = tag(30, kVarint),
                   kFlowIds = tag(47, kFixed64);
// TrackEvent.Type
constexpr uint64_t kTypeBegin = 1, kTypeEnd = 2, kTypeInstant = 3, kTypeCounter = 4;
// DebugAnnotation
constexpr uint32_t kAnnotationNameIid = tag(1, kVarint), kAnnotationUint = tag(3, kVarint);
// TrackDescriptor
constexpr uint32_t kUuid = tag(1, kVarint), kTrackName = tag(2, kBytes), kProcess = tag(3, kBytes),
                   kThread = tag(4, kBytes), kParentUuid = tag(5, kVarint),
                   kCounter = tag(8, kBytes);
// ProcessDescriptor, ThreadDescriptor
constexpr uint32_t kPid = tag(1, kVarint), kProcessName = tag(6, kBytes), kTid = tag(2, kVarint),
                   kThreadName = tag(5, kBytes);

// Annotation names of our own come before those of the bus.
constexpr uint64_t kCommandIid = 1, kBeganIid = 2, kFirstNameIid = 3;
// Track numbers: lanes count from 1, processes from here.
constexpr uint64_t kProcessUuid = 1 << 24;
// Perfetto takes a thread whose number is its process's for the main one; none of ours is.
constexpr uint64_t kFirstTid = 100'000;

/// Writes protobuf fields to memory that is known to suffice.
class Fields {
 public:
  explicit Fields(char* at) : at_(reinterpret_cast<uint8_t*>(at)), start_(at_) {}

  void varint(uint64_t value) {
    while (value >= 0x80) {
      *at_++ = static_cast<uint8_t>(value | 0x80);
      value >>= 7;
    }
    *at_++ = static_cast<uint8_t>(value);
  }
  void number(uint32_t field, uint64_t value) {
    varint(field);
    varint(value);
  }
  void fixed64(uint32_t field, uint64_t value) {
    varint(field);
    for (int i = 0; i < 8; ++i) *at_++ = static_cast<uint8_t>(value >> (8 * i));
  }
  void text(uint32_t field, std::string_view value) {
    varint(field);
    varint(value.size());
    std::memcpy(at_, value.data(), value.size());
    at_ += value.size();
  }
  /// Opens a nested message; its length, at most 2^21 - 1, takes three bytes and is filled in by
  /// close().
  uint8_t* open(uint32_t field) {
    varint(field);
    at_ += 3;
    return at_;
  }
  void close(uint8_t* body) {
    const auto size = static_cast<size_t>(at_ - body);
    body[-3] = static_cast<uint8_t>(size | 0x80);
    body[-2] = static_cast<uint8_t>(size >> 7 | 0x80);
    body[-1] = static_cast<uint8_t>(size >> 14);
  }
  size_t size() const { return static_cast<size_t>(at_ - start_); }

 private:
  uint8_t *at_, *start_;
};

// A name longer than this is cut: nobody can read it, and records must fit into the buffer's room.
constexpr size_t kLongestName = 4096;
std::string_view bounded(std::string_view name) {
  return name.substr(0, kLongestName);
}
// The largest record: six annotations with new names of their own, and an event name.
constexpr size_t kLargestPacket = 8 * (kLongestName + 64);
static_assert(kLargestPacket <= OutputFile::kRoom);

class PerfettoEncoder : public TraceEncoder {
 public:
  PerfettoEncoder(const base::EventBus& bus, const std::string& path, base::Time unit)
      : bus_(bus), file_(path, "trace"), unit_(unit) {
    Fields out(file_.reserve(kLargestPacket));
    uint8_t* packet = out.open(kTracePacket);
    out.number(kSequenceId, 1);
    out.number(kSequenceFlags, kStateCleared);
    uint8_t* interned = out.open(kInternedData);
    intern(out, kAnnotationNames, kCommandIid, "command");
    intern(out, kAnnotationNames, kBeganIid, "began before the window, at fs");
    out.close(interned);
    out.close(packet);
    file_.commit(out.size());
  }

  uint32_t add_process(const std::string& name) override {
    const uint32_t process = ++processes_;
    describe(kProcessUuid + process, [&](Fields& out) {
      uint8_t* body = out.open(kProcess);
      out.number(kPid, process);
      out.text(kProcessName, bounded(name));
      out.close(body);
    });
    return process;
  }

  uint32_t add_thread(uint32_t process, const std::string& name) override {
    const uint32_t lane = ++lanes_;
    describe(lane, [&](Fields& out) {
      uint8_t* body = out.open(kThread);
      out.number(kPid, process);
      out.number(kTid, kFirstTid + lane);
      out.text(kThreadName, bounded(name));
      out.close(body);
    });
    return lane;
  }

  uint32_t add_counter(uint32_t process, const std::string& name) override {
    const uint32_t lane = ++lanes_;
    describe(lane, [&](Fields& out) {
      out.text(kTrackName, bounded(name));
      out.number(kParentUuid, kProcessUuid + process);
      out.close(out.open(kCounter));
    });
    return lane;
  }

  void add(const TraceItem& item) override {
    Fields out(file_.reserve(kLargestPacket));
    uint8_t* packet = open_packet(out, item.time);
    intern_names(out, item);
    uint8_t* event = out.open(kTrackEvent);
    out.number(kTrackUuid, item.lane);
    switch (item.kind) {
      case base::EventKind::begin:
        out.number(kType, kTypeBegin);
        out.number(kNameIid, item.name + uint64_t{1});
        break;
      case base::EventKind::end:
        out.number(kType, kTypeEnd);
        break;
      case base::EventKind::instant:
        out.number(kType, kTypeInstant);
        out.number(kNameIid, item.name + uint64_t{1});
        break;
      case base::EventKind::counter:
        out.number(kType, kTypeCounter);
        out.number(kCounterValue, item.arg_count ? item.args[0].value : 0);
        break;
    }
    if (item.kind != base::EventKind::counter) {
      if (item.flow && item.kind != base::EventKind::end) annotate(out, kCommandIid, item.flow);
      if (item.began != base::kNever) annotate(out, kBeganIid, item.began);
      for (unsigned i = 0; i < item.arg_count; ++i) {
        annotate(out, item.args[i].key + kFirstNameIid, item.args[i].value);
      }
      if (item.linked) out.fixed64(kFlowIds, item.flow);
    }
    out.close(event);
    out.close(packet);
    file_.commit(out.size());
  }

  void add_note(uint32_t lane, base::Time time, const std::string& text) override {
    Fields out(file_.reserve(kLargestPacket));
    uint8_t* packet = open_packet(out, time);
    uint8_t* event = out.open(kTrackEvent);
    out.number(kTrackUuid, lane);
    out.number(kType, kTypeInstant);
    out.text(kName, bounded(text));
    out.close(event);
    out.close(packet);
    file_.commit(out.size());
  }

  void finish() override { file_.close(); }
  uint64_t bytes() const override { return file_.bytes(); }

 private:
  uint8_t* open_packet(Fields& out, base::Time time) const {
    uint8_t* packet = out.open(kTracePacket);
    out.number(kTimestamp, time / unit_);
    out.number(kSequenceId, 1);
    out.number(kSequenceFlags, kNeedsState);
    return packet;
  }

  template <typename Body>
  void describe(uint64_t uuid, Body body) {
    Fields out(file_.reserve(kLargestPacket));
    uint8_t* packet = out.open(kTracePacket);
    out.number(kSequenceId, 1);
    uint8_t* descriptor = out.open(kTrackDescriptor);
    out.number(kUuid, uuid);
    body(out);
    out.close(descriptor);
    out.close(packet);
    file_.commit(out.size());
  }

  static void annotate(Fields& out, uint64_t iid, uint64_t value) {
    uint8_t* annotation = out.open(kAnnotation);
    out.number(kAnnotationNameIid, iid);
    out.number(kAnnotationUint, value);
    out.close(annotation);
  }

  static void intern(Fields& out, uint32_t field, uint64_t iid, std::string_view name) {
    uint8_t* entry = out.open(field);
    out.number(kIid, iid);
    out.text(kIidName, bounded(name));
    out.close(entry);
  }

  static bool first_use(std::vector<bool>& known, base::NameId name) {
    if (name >= known.size()) known.resize(name + 64);
    if (known[name]) return false;
    known[name] = true;
    return true;
  }

  // Adds to the packet what it is the first to mention.
  void intern_names(Fields& out, const TraceItem& item) {
    if (item.kind == base::EventKind::counter) return;
    uint8_t* interned = nullptr;
    const auto section = [&] {
      if (!interned) interned = out.open(kInternedData);
    };
    if (item.kind != base::EventKind::end && first_use(event_names_, item.name)) {
      section();
      intern(out, kEventNames, item.name + uint64_t{1}, bus_.text(item.name));
    }
    for (unsigned i = 0; i < item.arg_count; ++i) {
      const base::NameId key = item.args[i].key;
      if (first_use(annotation_names_, key)) {
        section();
        intern(out, kAnnotationNames, key + kFirstNameIid, bus_.text(key));
      }
    }
    if (interned) out.close(interned);
  }

  const base::EventBus& bus_;
  OutputFile file_;
  base::Time unit_;
  uint32_t processes_ = 0, lanes_ = 0;
  std::vector<bool> event_names_, annotation_names_;
};

}  // namespace

std::unique_ptr<TraceEncoder> make_perfetto_encoder(const base::EventBus& bus,
                                                    const std::string& path, base::Time unit) {
  return std::make_unique<PerfettoEncoder>(bus, path, unit);
}

}  // namespace cubist::observe
