// SPDX-License-Identifier: Apache-2.0
#include "systemc/observe/fst_writer.h"

#include <algorithm>
#include <filesystem>

#include "gtkwave/fstapi.h"
#include "systemc/base/error.h"
#include "systemc/base/simulation.h"

namespace cubist::observe {
namespace {

constexpr size_t kLeastWorthWriting = 1 << 16;

// Viewers take a blank for the end of a name.
std::string viewable(std::string_view name) {
  std::string text(name);
  for (char& c : text) {
    if (c <= ' ' || c == 0x7f) c = '_';
  }
  return text;
}

std::vector<std::string> parts_of(std::string_view scope) {
  std::vector<std::string> parts;
  while (!scope.empty()) {
    const size_t dot = std::min(scope.find('.'), scope.size());
    if (dot > 0) parts.push_back(viewable(scope.substr(0, dot)));
    scope.remove_prefix(std::min(dot + 1, scope.size()));
  }
  return parts;
}

bool is_logic(std::string_view value) {
  return std::all_of(value.begin(), value.end(),
                     [](char c) { return c == '0' || c == '1' || c == 'x' || c == 'z'; });
}

}  // namespace

FstWaveWriter::FstWaveWriter(const std::string& path)
    : path_(path), write_threshold_(kLeastWorthWriting) {
  // The library deletes what bears the name; it must not be a device or a pipe.
  std::error_code ignored;
  const bool foreign =
      std::filesystem::exists(path, ignored) && !std::filesystem::is_regular_file(path, ignored);
  if (!foreign) fst_ = fstWriterCreate(path.c_str(), 1);
  if (!fst_) {
    throw base::UserError(
        "cannot write the waveform '" + path +
        "'; check that it is no folder or device, and that its folder exists and may "
        "be written");
  }
  fstWriterSetTimescaleFromString(fst_, "1fs");
  fstWriterSetVersion(fst_, "Cubist");
  fstWriterSetDate(fst_, "");  // Equal runs shall write equal files.
  fstWriterSetPackType(fst_, FST_WR_PT_LZ4);
  fstWriterSetRepackOnClose(fst_, 0);
}

FstWaveWriter::~FstWaveWriter() {
  try {
    finish();
  } catch (const base::UserError&) {
    // A destructor has nobody to tell; whoever wants to know calls finish().
  }
}

base::WaveHandle FstWaveWriter::declare(std::string_view scope, std::string_view name,
                                        unsigned bits, base::WaveKind kind) {
  const bool is_text = kind == base::WaveKind::text;
  if (!is_text && bits == 0) {
    throw base::InternalError("waveform: signal '" + std::string(scope) + "." + std::string(name) +
                              "' has no bits");
  }
  std::string key(scope);
  key += '\n';
  key += name;
  key += is_text ? "\ntext" : "\n" + std::to_string(bits);
  const auto [entry, is_new] = known_.emplace(key, static_cast<uint32_t>(signals_.size()));
  if (is_new) {
    undeclared_.push_back(entry->second);
    signals_.push_back({std::string(scope), viewable(name), kind, is_text ? 0 : bits, 0, 0, {}});
  }
  return entry->second;
}

void FstWaveWriter::drop(base::WaveHandle handle, base::Time time, const char* why) {
  if (dropped_++ > 0) return;
  first_drop_ = handle < signals_.size() ? signals_[handle].scope + "." + signals_[handle].name
                                         : "handle " + std::to_string(handle);
  first_drop_ += " at " + std::to_string(time) + " fs: " + why;
}

void FstWaveWriter::change(base::WaveHandle handle, base::Time time, std::string_view value) {
  if (handle >= signals_.size()) return drop(handle, time, "no such signal");
  if (!fst_) return drop(handle, time, "the waveform is closed");
  if (time < flushed_) return drop(handle, time, "it came after its time had been written");
  if (time == base::kNever) return drop(handle, time, "it would never happen");
  const Signal& signal = signals_[handle];
  if (signal.kind == base::WaveKind::bits && (value.size() != signal.bits || !is_logic(value))) {
    return drop(handle, time, "the value does not have exactly the signal's bits, each 0, 1, x, z");
  }
  pending_.push_back(
      {time, ++sequence_, handle, static_cast<uint32_t>(value.size()), values_.size()});
  values_ += value;
}

void FstWaveWriter::flush(base::Time now) {
  if (now <= flushed_) return;
  flushed_ = now;
  if (fst_ && pending_.size() >= write_threshold_) write_before(now);
}

void FstWaveWriter::enter_scope(std::string_view scope) {
  const std::vector<std::string> parts = parts_of(scope);
  size_t shared = 0;
  while (shared < parts.size() && shared < open_scopes_.size() &&
         parts[shared] == open_scopes_[shared]) {
    ++shared;
  }
  for (; open_scopes_.size() > shared; open_scopes_.pop_back()) fstWriterSetUpscope(fst_);
  for (; open_scopes_.size() < parts.size(); open_scopes_.push_back(parts[open_scopes_.size()])) {
    fstWriterSetScope(fst_, FST_ST_VCD_MODULE, parts[open_scopes_.size()].c_str(), nullptr);
  }
}

void FstWaveWriter::write_declarations() {
  // One visit of each scope: in order of the first signal declared in it or below it.
  struct Branch {
    std::map<std::string, size_t> index;
    std::vector<Branch> children;
    std::vector<uint32_t> signals;
  };
  Branch root;
  for (const uint32_t id : undeclared_) {
    Branch* branch = &root;
    for (const std::string& part : parts_of(signals_[id].scope)) {
      const auto [entry, is_new] = branch->index.emplace(part, branch->children.size());
      if (is_new) branch->children.emplace_back();
      branch = &branch->children[entry->second];
    }
    branch->signals.push_back(id);
  }
  const auto visit = [this](const auto& self, const Branch& branch) -> void {
    for (const uint32_t id : branch.signals) {
      Signal& signal = signals_[id];
      enter_scope(signal.scope);
      const bool is_text = signal.kind == base::WaveKind::text;
      std::string name = signal.name;
      if (signal.bits > 1) name += " [" + std::to_string(signal.bits - 1) + ":0]";
      signal.fst = fstWriterCreateVar(fst_, is_text ? FST_VT_GEN_STRING : FST_VT_VCD_WIRE,
                                      FST_VD_IMPLICIT, signal.bits, name.c_str(), 0);
      // An empty text from now on; sequence 0 lets any real change at this time win.
      if (is_text) pending_.push_back({file_time_, 0, id, 0, 0});
    }
    for (const Branch& child : branch.children) self(self, child);
  };
  visit(visit, root);
  enter_scope("");
  undeclared_.clear();
}

void FstWaveWriter::write_change(const Change& change) {
  Signal& signal = signals_[change.signal];
  const std::string_view value(values_.data() + change.offset, change.size);
  if (signal.current == value && !(signal.kind == base::WaveKind::text && !signal.shown)) return;
  if (change.time != file_time_) {
    fstWriterEmitTimeChange(fst_, change.time);
    file_time_ = change.time;
  }
  signal.shown = true;
  signal.current = value;
  if (signal.kind == base::WaveKind::text) {
    fstWriterEmitVariableLengthValueChange(fst_, signal.fst, value.data(), change.size);
  } else {
    fstWriterEmitValueChange(fst_, signal.fst, value.data());
  }
  ++written_;
}

void FstWaveWriter::write_before(base::Time limit) {
  write_declarations();
  if (!started_) {
    fstWriterEmitTimeChange(fst_, 0);
    started_ = true;
  }
  const auto ahead = std::partition(pending_.begin(), pending_.end(),
                                    [limit](const Change& c) { return c.time < limit; });
  std::sort(pending_.begin(), ahead, [](const Change& a, const Change& b) {
    return a.time != b.time ? a.time < b.time : a.sequence < b.sequence;
  });
  for (auto first = pending_.begin(); first != ahead;) {
    auto last = first;
    for (; last != ahead && last->time == first->time; ++last) {
      signals_[last->signal].last_in_instant = last->sequence;
    }
    for (; first != last; ++first) {
      if (signals_[first->signal].last_in_instant == first->sequence) write_change(*first);
    }
  }
  pending_.erase(pending_.begin(), ahead);
  std::string values;
  for (Change& change : pending_) {
    const size_t offset = values.size();
    values.append(values_, change.offset, change.size);
    change.offset = offset;
  }
  values_.swap(values);
  write_threshold_ = std::max(kLeastWorthWriting, 2 * pending_.size());
}

void FstWaveWriter::finish() {
  if (!fst_) return;
  write_before(base::kNever);
  if (written_ == 0) {
    // Readers take a file without a single change for a broken one.
    change(declare("", "note", 0, base::WaveKind::text), flushed_, "nothing was recorded");
    write_before(base::kNever);
  }
  // Let the time axis end where the simulation did.
  if (flushed_ > file_time_ && flushed_ != base::kNever) fstWriterEmitTimeChange(fst_, flushed_);
  fstWriterClose(fst_);
  fst_ = nullptr;
  // The library does not report failed writes; a file that is cut off cannot be opened.
  void* reader = fstReaderOpen(path_.c_str());
  if (!reader) {
    throw base::UserError("the waveform '" + path_ + "' is incomplete; is the disk full?");
  }
  fstReaderClose(reader);
}

std::vector<DeclaredSignal> FstWaveWriter::declared() const {
  std::vector<DeclaredSignal> list;
  for (const Signal& signal : signals_) list.push_back({signal.scope, signal.name, signal.bits});
  return list;
}

void FstWaveWriter::report_to(base::Simulation& simulation) const {
  if (dropped_ == 0) return;
  simulation.report(
      {0, "observe.wave",
       std::to_string(dropped_) + " waveform changes are missing, the first: " + first_drop_,
       true});
}

}  // namespace cubist::observe
