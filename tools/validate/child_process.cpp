// SPDX-License-Identifier: Apache-2.0
#include "tools/validate/child_process.h"

#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdio>

#include "systemc/base/error.h"

namespace cubist::validate {
namespace {

std::atomic<bool> noted{false};

extern "C" void on_signal(int number) {
  noted = true;
  std::signal(number, SIG_DFL);  // a second one is not caught
}

[[noreturn]] void be_child(const std::function<std::string()>& work, int out) {
  std::signal(SIGINT, SIG_DFL);
  std::signal(SIGTERM, SIG_DFL);
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  const std::string text = work();
  for (size_t at = 0; at < text.size();) {
    const ssize_t written = write(out, text.data() + at, text.size() - at);
    if (written <= 0) break;
    at += static_cast<size_t>(written);
  }
  std::fflush(stdout);
  _exit(0);
}

}  // namespace

StopSignals::StopSignals() {
  noted = false;
  struct sigaction action {};
  action.sa_handler = on_signal;  // without SA_RESTART: a signal ends read()
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
}

StopSignals::~StopSignals() {
  std::signal(SIGINT, SIG_DFL);
  std::signal(SIGTERM, SIG_DFL);
}

bool StopSignals::stopped() {
  return noted;
}

ChildProcess::ChildProcess(const std::function<std::string()>& work) {
  std::fflush(stdout);
  int ends[2];
  if (pipe(ends) != 0) throw base::UserError("the host has no more pipes; run less at a time");
  pid_ = fork();
  if (pid_ < 0) {
    close(ends[0]);
    close(ends[1]);
    throw base::UserError("the host cannot start another process; run less at a time");
  }
  if (pid_ == 0) {
    close(ends[0]);
    be_child(work, ends[1]);
  }
  close(ends[1]);
  pipe_ = ends[0];
}

ChildProcess::ChildProcess(ChildProcess&& other) noexcept : pid_(other.pid_), pipe_(other.pipe_) {
  other.pid_ = other.pipe_ = -1;
}

ChildProcess::~ChildProcess() {
  if (pid_ < 0) return;
  kill(pid_, SIGKILL);
  collect();
}

std::string ChildProcess::collect() {
  std::string text;
  char bytes[4096];
  for (;;) {
    const ssize_t got = read(pipe_, bytes, sizeof bytes);
    if (got > 0) text.append(bytes, static_cast<size_t>(got));
    if (got == 0 || (got < 0 && (errno != EINTR || noted))) break;
  }
  close(pipe_);
  if (noted) kill(pid_, SIGKILL);
  while (waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
  }
  pid_ = pipe_ = -1;
  return text;
}

}  // namespace cubist::validate
