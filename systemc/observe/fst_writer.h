// SPDX-License-Identifier: Apache-2.0
// The one waveform file of a run: RTL signals and transactions on one time axis, in FST format.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "systemc/base/wave.h"

namespace cubist::base {
class Simulation;
}

namespace cubist::observe {

/// A signal as it was declared.
struct DeclaredSignal {
  std::string scope, name;
  unsigned bits;  ///< 0 for a text lane.
};

/// Writes an FST file that GTKWave and Surfer open. The file's time unit is 1 fs, the unit of
/// base::Time, so every cycle boundary is exact.
///
/// Changes may come in any order; they are kept until flush() says that nothing earlier will come,
/// and written in order of time. Of several changes of one signal at one time the last one handed
/// in is written, as FST knows no delta cycles. Signals start as x, text lanes as empty text.
///
/// Declarations may come at any time. Those made before the first write are sorted into one tree in
/// order of declaration; a later one opens its scope again, which viewers merge by name. Declaring
/// the same scope, name and kind twice returns the same handle.
class FstWaveWriter : public base::WaveSink {
 public:
  /// Creates the file; throws base::UserError if that fails.
  explicit FstWaveWriter(const std::string& path);
  ~FstWaveWriter() override;
  FstWaveWriter(const FstWaveWriter&) = delete;
  FstWaveWriter& operator=(const FstWaveWriter&) = delete;

  base::WaveHandle declare(std::string_view scope, std::string_view name, unsigned bits,
                           base::WaveKind kind) override;
  void change(base::WaveHandle handle, base::Time time, std::string_view value) override;

  /// Promises that no change before `now` will be handed in any more. The writer writes the changes
  /// before `now` when enough have gathered for that to be worth it.
  void flush(base::Time now);

  /// Writes everything, however far ahead, and closes the file. Called by the destructor too; not
  /// to be called from a signal handler.
  void finish();

  /// Changes that are missing: too late (before the flushed time, after finish()) or malformed.
  uint64_t dropped() const { return dropped_; }
  uint64_t changes_written() const { return written_; }
  /// Changes that wait for their time.
  size_t pending() const { return pending_.size(); }

  /// All signals so far, in order of declaration.
  std::vector<DeclaredSignal> declared() const;

  /// Files a defect with the simulation if a change was dropped, naming the first one.
  void report_to(base::Simulation& simulation) const;

 private:
  struct Signal {
    std::string scope, name;
    base::WaveKind kind;
    uint32_t bits;
    uint32_t fst = 0;  ///< The library's handle, 0 until the declaration has been written.
    uint64_t last_in_instant = 0;  ///< Which change of an instant counts.
    std::string current = {};      ///< The value written last.
    bool shown = false;            ///< Whether one was written at all.
  };
  struct Change {
    base::Time time;
    uint64_t sequence;
    uint32_t signal;
    uint32_t size;
    size_t offset;
  };

  void write_before(base::Time limit);
  void write_declarations();
  void enter_scope(std::string_view scope);
  void write_change(const Change& change);
  void drop(base::WaveHandle handle, base::Time time, const char* why);

  void* fst_ = nullptr;
  std::string path_;
  std::vector<Signal> signals_;
  std::map<std::string, base::WaveHandle> known_;
  std::vector<uint32_t> undeclared_;
  std::vector<std::string> open_scopes_;
  std::vector<Change> pending_;
  std::string values_;  ///< The bytes of all pending changes.
  base::Time flushed_ = 0;
  base::Time file_time_ = 0;
  size_t write_threshold_;
  uint64_t sequence_ = 0;
  uint64_t written_ = 0;
  uint64_t dropped_ = 0;
  std::string first_drop_;
  bool started_ = false;
};

}  // namespace cubist::observe
