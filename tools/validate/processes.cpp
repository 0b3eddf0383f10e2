// SPDX-License-Identifier: Apache-2.0
#include "tools/validate/processes.h"

#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "runtime/cubist.h"
#include "systemc/base/error.h"

namespace cubist::validate {
namespace {

std::atomic<bool> stopped{false};

extern "C" void on_signal(int number) {
  stopped = true;
  std::signal(number, SIG_DFL);  // a second one is not caught
}

std::string to_text(const RowResult& r) {
  return nlohmann::json{{"error", r.error},
                        {"columns", r.columns},
                        {"l2_hit_percent", r.l2_hit_percent},
                        {"gm_mb", r.gm_mb},
                        {"hbm_read_mb", r.hbm_read_mb},
                        {"hbm_write_mb", r.hbm_write_mb},
                        {"row_hit_percent", r.row_hit_percent},
                        {"requests", r.requests},
                        {"simulated_us", r.simulated_us},
                        {"cpu_s", r.cpu_s}}
      .dump();
}

RowResult from_text(const std::string& text) {
  RowResult r;
  const auto json = nlohmann::json::parse(text, nullptr, false);
  if (json.is_discarded()) {
    r.error = "its process ended without a result";
    return r;
  }
  r.error = json.at("error").get<std::string>();
  r.columns = json.at("columns").get<std::map<std::string, double>>();
  json.at("l2_hit_percent").get_to(r.l2_hit_percent);
  json.at("gm_mb").get_to(r.gm_mb);
  json.at("hbm_read_mb").get_to(r.hbm_read_mb);
  json.at("hbm_write_mb").get_to(r.hbm_write_mb);
  json.at("row_hit_percent").get_to(r.row_hit_percent);
  json.at("requests").get_to(r.requests);
  json.at("simulated_us").get_to(r.simulated_us);
  json.at("cpu_s").get_to(r.cpu_s);
  return r;
}

struct Child {
  pid_t pid = -1;
  int pipe = -1;
};

[[noreturn]] void be_child(const Row& row, const RunOptions& options, int out) {
  std::signal(SIGINT, SIG_DFL);
  std::signal(SIGTERM, SIG_DFL);
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  RowResult result;
  try {
    result = run_row(row, options);
  } catch (const Error& error) {
    result.error = error.what();
  } catch (const std::exception& error) {
    result.error = error.what();
  }
  const std::string text = to_text(result);
  for (size_t at = 0; at < text.size();) {
    const ssize_t written = write(out, text.data() + at, text.size() - at);
    if (written <= 0) break;
    at += static_cast<size_t>(written);
  }
  std::fflush(stdout);
  _exit(0);
}

Child start(const Row& row, const RunOptions& options) {
  std::fflush(stdout);
  int ends[2];
  if (pipe(ends) != 0) throw base::UserError("the host has no more pipes; run fewer --jobs");
  const pid_t pid = fork();
  if (pid < 0) throw base::UserError("the host cannot start another process; run fewer --jobs");
  if (pid == 0) {
    close(ends[0]);
    be_child(row, options, ends[1]);
  }
  close(ends[1]);
  return {pid, ends[0]};
}

/// What the child wrote, once it has ended; empty when it died or we were interrupted.
std::string collect(Child& child) {
  std::string text;
  char bytes[4096];
  for (;;) {
    const ssize_t got = read(child.pipe, bytes, sizeof bytes);
    if (got > 0) text.append(bytes, static_cast<size_t>(got));
    if (got == 0 || (got < 0 && (errno != EINTR || stopped))) break;
  }
  close(child.pipe);
  if (stopped) kill(child.pid, SIGKILL);
  while (waitpid(child.pid, nullptr, 0) < 0 && errno == EINTR) {
  }
  child.pid = -1;
  return text;
}

}  // namespace

bool run_rows(const std::vector<Row>& rows, const RunOptions& options, unsigned jobs,
              const std::function<void(const Row&, const RowResult&)>& done) {
  stopped = false;
  struct sigaction action {};
  action.sa_handler = on_signal;  // without SA_RESTART: a signal ends read()
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
  std::vector<Child> children(rows.size());
  size_t started = 0;
  for (size_t i = 0; i < rows.size() && !stopped; ++i) {
    for (; started < rows.size() && started < i + jobs; ++started) {
      children[started] = start(rows[started], options);
    }
    const std::string text = collect(children[i]);
    if (!stopped) done(rows[i], from_text(text));
  }
  for (Child& child : children) {
    if (child.pid >= 0) collect(child);
  }
  std::signal(SIGINT, SIG_DFL);
  std::signal(SIGTERM, SIG_DFL);
  return !stopped;
}

}  // namespace cubist::validate
