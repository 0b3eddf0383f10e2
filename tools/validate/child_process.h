// SPDX-License-Identifier: Apache-2.0
// Work in a process of its own, as SystemC elaborates once in a process: a text comes back.
#pragma once

#include <sys/types.h>

#include <functional>
#include <string>

namespace cubist::validate {

/// From construction to destruction SIGINT and SIGTERM are noted instead of ending this process; a
/// second one ends it. One at a time: a signal handler can only find a global.
class StopSignals {
 public:
  StopSignals();
  ~StopSignals();
  StopSignals(const StopSignals&) = delete;
  StopSignals& operator=(const StopSignals&) = delete;
  static bool stopped();
};

class ChildProcess {
 public:
  /// Begins `work`, which must not throw. Throws base::UserError when the host has no more
  /// processes.
  explicit ChildProcess(const std::function<std::string()>& work);
  /// Ends it if nobody has collected it.
  ~ChildProcess();
  ChildProcess(ChildProcess&& other) noexcept;
  ChildProcess& operator=(ChildProcess&&) = delete;

  /// Waits for what `work` returns; less, or nothing, when the child died or StopSignals noted a
  /// signal: then the child is ended.
  std::string collect();

 private:
  pid_t pid_ = -1;
  int pipe_ = -1;
};

}  // namespace cubist::validate
