// SPDX-License-Identifier: Apache-2.0
// The smallest wave sink: keeps the changes of a short window and writes them as one VCD file.
#pragma once

#include <string>
#include <vector>

#include "systemc/base/wave.h"

namespace cubist::testbench {

class VcdFileSink final : public base::WaveSink {
 public:
  base::WaveHandle declare(std::string_view scope, std::string_view name, unsigned bits,
                           base::WaveKind kind) override;
  void change(base::WaveHandle handle, base::Time time, std::string_view value) override;

  size_t signals() const { return signals_.size(); }
  size_t changes() const { return changes_.size(); }

  struct Signal {
    std::string scope, name;
    unsigned bits;
  };
  struct Change {
    base::Time time;
    base::WaveHandle handle;
    std::string value;
  };
  const std::vector<Signal>& signal_list() const { return signals_; }
  const std::vector<Change>& change_list() const { return changes_; }

  /// False when the file cannot be written.
  bool write(const std::string& path) const;

 private:
  std::vector<Signal> signals_;
  std::vector<Change> changes_;
};

}  // namespace cubist::testbench
