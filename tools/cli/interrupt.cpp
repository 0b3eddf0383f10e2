// SPDX-License-Identifier: Apache-2.0
#include "tools/cli/interrupt.h"

#include <atomic>
#include <csignal>

#include "tools/simulator/simulator.h"

namespace cubist::tool {
namespace {

std::atomic<Simulator*> running{nullptr};
std::atomic<bool> stopped{false};

extern "C" void on_signal(int number) {
  stopped = true;
  if (Simulator* simulator = running) simulator->request_stop();
  std::signal(number, SIG_DFL);  // a second one is not caught
}

}  // namespace

InterruptGuard::InterruptGuard(Simulator& simulator) {
  stopped = false;
  running = &simulator;
  std::signal(SIGINT, on_signal);
  std::signal(SIGTERM, on_signal);
}

InterruptGuard::~InterruptGuard() {
  std::signal(SIGINT, SIG_DFL);
  std::signal(SIGTERM, SIG_DFL);
  running = nullptr;
}

bool InterruptGuard::interrupted() {
  return stopped;
}

}  // namespace cubist::tool
