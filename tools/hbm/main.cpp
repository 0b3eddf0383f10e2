// SPDX-License-Identifier: Apache-2.0
// cubist-hbm: one HBM channel by itself, on requests from a file or of a pattern.
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <atomic>
#include <cinttypes>
#include <cmath>
#include <csignal>
#include <cstdio>
#include <limits>
#include <numeric>
#include <random>

#include "systemc/base/error.h"
#include "systemc/base/parameters.h"
#include "systemc/hbm/trace_checker.h"
#include "systemc/hbm/traffic.h"
#include "tools/hbm/channel_report.h"
#include "tools/hbm/request_file.h"
#include "tools/simulator/home.h"

namespace {

using namespace cubist;

constexpr int kDone = 0, kCheckFailed = 1, kBadInput = 2, kInterrupted = 130;
constexpr uint64_t kMostCommands = 50'000'000;  // A trace that fits into memory.

struct Options {
  std::string timing = "hbm2e_3600";
  std::string refresh = "all-bank";
  std::string page = "open";
  std::string requests, out, commands;
  std::string pattern, load = "sat";
  std::vector<std::string> settings;
  double read_fraction = 1;
  uint64_t n = 1'000'000;
  uint64_t seed = 1;
  unsigned queue_depth = 64;
  unsigned write_depth = 0;
  double write_high = 0.8, write_low = 0.2;
  unsigned hit_limit = 16;
  unsigned postpone = 0;
  bool check = false, list = false;
};

std::atomic<bool> interrupted{false};

extern "C" void on_signal(int number) {
  interrupted = true;
  std::signal(number, SIG_DFL);  // A second one is not caught.
}

hbm::DramTiming timing_of(const Options& o, const std::string& folder) {
  base::ParameterTable table;
  hbm::declare_timing_parameters(table);
  table.set("hbm.timing", o.timing, "--timing");
  for (const std::string& setting : o.settings) table.set_assignment(setting);
  hbm::apply_timing_file(table, folder);
  return hbm::dram_timing(table);
}

hbm::ChannelOptions channel_options(const Options& o) {
  hbm::ChannelOptions c;
  c.read_depth = o.queue_depth;
  c.write_depth = o.write_depth == 0 ? o.queue_depth : o.write_depth;
  c.write_high = o.write_high;
  c.write_low = o.write_low;
  if (o.write_low >= o.write_high) {
    throw base::UserError("--write-low must be less than --write-high");
  }
  c.hit_limit = o.hit_limit;
  c.page = hbm::page_mode(o.page);
  c.refresh = hbm::refresh_mode(o.refresh);
  c.postpone = o.postpone;
  return c;
}

/// Share of the peak that --load asks for; 0 for "sat".
double load_of(const std::string& text) {
  if (text == "sat") return 0;
  char* end = nullptr;
  const double percent = std::strtod(text.c_str(), &end);
  if (text.empty() || *end != 0 || !(percent > 0 && percent <= 1000)) {
    throw base::UserError("--load '" + text +
                          "' is neither sat nor a percentage of the peak above 0, at most 1000");
  }
  return percent / 100;
}

/// Requests of a pattern. Under a load, they arrive at random (exponential gaps).
class PatternSource {
 public:
  PatternSource(const Options& o, const hbm::DramTiming& t)
      : stream_(t, hbm::pattern_of(o.pattern), o.read_fraction, o.seed),
        left_(o.n),
        random_(o.seed + 0x9e3779b97f4a7c15),
        // The peak is one atom a clock: two pseudo-channels, two clocks each.
        gap_(load_of(o.load) == 0 ? 0
                                  : 2.0 * hbm::DramTiming::kBurst /
                                        hbm::DramTiming::kPseudoChannels / load_of(o.load)) {}

  bool next(hbm::ChannelRequest& request) {
    if (left_ == 0) return false;
    --left_;
    request = stream_.next();
    if (gap_ > 0) {
      const double u = static_cast<double>((random_() >> 11) + 1) * 0x1p-53;
      time_ -= gap_ * std::log(u);
      request.made = static_cast<hbm::Tick>(std::ceil(time_));
    }
    return true;
  }
  uint64_t left() const { return left_; }

 private:
  hbm::TrafficStream stream_;
  uint64_t left_;
  std::mt19937_64 random_;
  double gap_;
  double time_ = 0;
};

class Trace final : public hbm::CommandListener {
 public:
  void issued(const hbm::IssuedCommand& command) override {
    if (commands.size() < kMostCommands) commands.push_back(command);
  }
  std::vector<hbm::IssuedCommand> commands;
};

/// On a terminal, how far a long run is.
class Progress {
 public:
  explicit Progress(uint64_t all) : all_(all), shown_(isatty(STDERR_FILENO) != 0) {}
  ~Progress() {
    if (written_) std::fprintf(stderr, "\r%20s\r", "");
  }
  void at(uint64_t left) {
    if (!shown_ || all_ < 5'000'000) return;
    std::fprintf(stderr, "\r%3.0f %%",
                 100 * static_cast<double>(all_ - left) / static_cast<double>(all_));
    written_ = true;
  }

 private:
  uint64_t all_;
  bool shown_, written_ = false;
};

int list_timings(const std::string& folder) {
  for (const hbm::TimingInfo& info : hbm::list_timings(folder)) {
    std::printf("%-14s %s\n%-14s source: %s\n", info.name.c_str(), info.description.c_str(), "",
                info.source.c_str());
  }
  return kDone;
}

/// Replays the trace against the rules; returns the number of violations.
uint64_t check(const Options& o, const hbm::DramTiming& t, const Trace& trace, hbm::Tick end) {
  auto found = hbm::check_trace(t, trace.commands);
  if (o.refresh != "none") {
    const auto late =
        hbm::check_refresh(t, trace.commands, {o.refresh == "per-bank", o.postpone, end});
    found.insert(found.end(), late.begin(), late.end());
  }
  for (const hbm::Violation& v : found) std::printf("violation %s\n", v.text.c_str());
  std::printf("check     %zu commands, %zu violations\n", trace.commands.size(), found.size());
  return found.size();
}

int run(const Options& o) {
  const std::string folder = configs_folder(find_home()) + "/hbm";
  if (o.list) return list_timings(folder);
  if (o.requests.empty() == o.pattern.empty()) {
    throw base::UserError("give either --requests FILE or --pattern PATTERN");
  }
  const hbm::DramTiming timing = timing_of(o, folder);
  for (const std::string& file : {o.out, o.commands}) {
    if (!file.empty()) tool::check_writable(file);
  }
  hbm::ChannelModel channel(timing, channel_options(o));
  Trace trace;
  const bool traced = o.check || !o.commands.empty();
  if (traced) channel.listen(&trace);

  std::vector<tool::FileRequest> file;
  std::vector<size_t> by_time;
  tool::ChannelReport report;
  const bool latency_from_made = !o.requests.empty() || o.load != "sat";
  const double tick_ns = timing.clock_ns() / 2;
  const bool keep = !o.requests.empty() || !o.out.empty();
  const auto sink = [&](const hbm::ChannelCompletion& c) {
    (c.write ? report.writes : report.reads).add(c.done - (latency_from_made ? c.made : c.arrival));
    if (!keep) return;
    tool::FileRequest& r = file[o.requests.empty() ? c.id : by_time[c.id]];
    r.accepted_ns = static_cast<double>(c.arrival) * tick_ns;
    r.done_ns = static_cast<double>(c.done) * tick_ns;
  };

  hbm::TrafficPlayer player(channel);
  const std::string set = o.timing + ", " + o.page + " page, refresh " + o.refresh;
  if (!o.requests.empty()) {
    file = tool::read_requests(o.requests, timing);
    by_time.resize(file.size());
    std::iota(by_time.begin(), by_time.end(), size_t{0});
    std::stable_sort(by_time.begin(), by_time.end(), [&](size_t a, size_t b) {
      return file[a].request.made < file[b].request.made;
    });
    size_t next = 0;
    report.end = player.play(
        [&](hbm::ChannelRequest& request) {
          if (next == file.size()) return false;
          request = file[by_time[next]].request;
          request.id = next++;
          return true;
        },
        sink, [] { return interrupted.load(); });
    print_report(report, channel, o.requests + ": " + set);
  } else {
    PatternSource source(o, timing);
    Progress progress(o.n);
    report.end = player.play(
        [&](hbm::ChannelRequest& request) {
          if (!source.next(request)) return false;
          if (keep) {
            file.push_back({std::to_string(request.id), request,
                            static_cast<double>(request.made) * tick_ns, 0, 0});
          }
          return true;
        },
        sink,
        [&] {
          progress.at(source.left());
          return interrupted.load();
        });
    char text[96];
    std::snprintf(text, sizeof text, "%s, %.3g reads, load %s%s: ", o.pattern.c_str(),
                  o.read_fraction, o.load.c_str(), o.load == "sat" ? "" : " %");
    print_report(report, channel, text + set);
  }
  if (interrupted)
    std::fprintf(stderr, "cubist-hbm: interrupted; the figures are of what was done\n");
  if (!o.out.empty()) tool::write_requests(o.out, file, timing);
  if (!o.commands.empty()) tool::write_commands(o.commands, trace.commands);
  if (trace.commands.size() >= kMostCommands) {
    std::fprintf(stderr, "cubist-hbm: only the first %" PRIu64 " commands were kept\n",
                 kMostCommands);
  }
  const bool legal = !o.check || check(o, timing, trace, report.end) == 0;
  if (interrupted) return kInterrupted;
  return legal ? kDone : kCheckFailed;
}

void declare(CLI::App& app, Options& o) {
  app.add_option("--timing", o.timing, "Timing file: a name (see --list) or a .json file")
      ->capture_default_str();
  app.add_flag("--list", o.list, "List the timing files and their sources");
  app.add_option("--set", o.settings, "One timing, hbm.trp_ns=15; may be repeated")
      ->allow_extra_args(false);
  app.add_option("--refresh", o.refresh, "none, all-bank or per-bank")->capture_default_str();
  app.add_option("--postpone", o.postpone, "Intervals tREFI by which refreshes may be postponed")
      ->check(CLI::Range(0u, 8u))
      ->capture_default_str();
  app.add_option("--page", o.page, "open, closed or adaptive")->capture_default_str();
  app.add_option("--requests", o.requests,
                 "CSV of id,rw,pc,sid,bg,ba,row,col,arrival_ns (col counts 32-byte atoms)");
  app.add_option("--out", o.out, "CSV of the same with accepted_ns,done_ns");
  app.add_option("--pattern", o.pattern, "seq, rand32, rand64, rand256, same-bank or same-group");
  app.add_option("--read-fraction", o.read_fraction, "Share of reads, 0 to 1")
      ->check(CLI::Range(0.0, 1.0))
      ->capture_default_str();
  app.add_option("--load", o.load, "Percent of the peak, or sat: as fast as the queues take them")
      ->capture_default_str();
  app.add_option("--n", o.n, "Requests of 32 bytes")
      ->check(CLI::Range(uint64_t{1}, uint64_t{1'000'000'000'000}))
      ->capture_default_str();
  app.add_option("--seed", o.seed, "Of the random patterns and arrivals")->capture_default_str();
  app.add_option("--queue-depth", o.queue_depth, "Reads a pseudo-channel holds (1 to 1024)")
      ->check(CLI::Range(1u, 1024u))
      ->capture_default_str();
  app.add_option("--write-depth", o.write_depth, "Writes it holds (1 to 1024; 0: as many as reads)")
      ->check(CLI::Range(0u, 1024u))
      ->capture_default_str();
  app.add_option("--write-high", o.write_high, "Turn to writes at this share of the write queue")
      ->check(CLI::Range(0.0, 1.0))
      ->capture_default_str();
  app.add_option("--write-low", o.write_low, "... and back to reads at this one")
      ->check(CLI::Range(0.0, 1.0))
      ->capture_default_str();
  app.add_option("--hit-limit", o.hit_limit,
                 "Row hits that may overtake an older request of their bank (1 to 255)")
      ->check(CLI::Range(1u, 255u))
      ->capture_default_str();
  app.add_option("--commands", o.commands, "CSV of the commands on the buses");
  app.add_flag("--check", o.check, "Replay the commands through the independent checker");
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{
      "One HBM channel (two pseudo-channels) by itself: requests of 32 bytes from a file or of a\n"
      "pattern; prints bandwidth, latencies, row hits and where the time went.\n\n"
      "Exit code: 0 done, 1 --check found violations, 2 bad input, 130 interrupted.",
      "cubist-hbm"};
  app.footer(
      "Examples:\n"
      "  cubist-hbm --pattern seq --timing hbm2_2000\n"
      "  cubist-hbm --pattern rand64 --read-fraction 0.67 --load 40 --page closed\n"
      "  cubist-hbm --requests in.csv --out out.csv --refresh none --check\n"
      "Conventions and results: docs/hbm.md");
  Options options;
  declare(app, options);
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    std::printf("%s", app.help().c_str());
    return kDone;
  } catch (const CLI::ParseError& error) {
    std::fprintf(stderr, "cubist-hbm: %s (see cubist-hbm --help)\n", error.what());
    return kBadInput;
  }
  std::signal(SIGINT, on_signal);
  std::signal(SIGTERM, on_signal);
  try {
    return run(options);
  } catch (const base::UserError& error) {
    std::fprintf(stderr, "cubist-hbm: %s\n", error.what());
    return kBadInput;
  } catch (const std::bad_alloc&) {
    std::fprintf(stderr, "cubist-hbm: not enough memory; give less to --n, or no --out\n");
    return kBadInput;
  }
}
