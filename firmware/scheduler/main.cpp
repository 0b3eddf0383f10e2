// SPDX-License-Identifier: Apache-2.0
// The task scheduler's firmware: boots, then serves queues for ever.
#include "scheduler/scheduler.h"

namespace {
constinit cubist::firmware::Scheduler scheduler;
}

extern "C" int main() {
  scheduler.boot();
  scheduler.run();
}
