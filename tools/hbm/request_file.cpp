// SPDX-License-Identifier: Apache-2.0
#include "tools/hbm/request_file.h"

#include <algorithm>
#include <charconv>
#include <cinttypes>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <memory>

#include "systemc/base/error.h"

namespace cubist::tool {
namespace {

constexpr const char* kHeader = "id,rw,pc,sid,bg,ba,row,col,arrival_ns";
constexpr unsigned kFields = 9;
constexpr double kLatest = 1e12;  // ns; a thousand seconds.

struct Line {
  const std::string& file;
  size_t number;
  std::vector<std::string> fields;

  [[noreturn]] void fail(const std::string& what) const {
    throw base::UserError(file + ":" + std::to_string(number) + ": " + what);
  }
  unsigned whole(unsigned field, const char* name, unsigned limit) const {
    const std::string& text = fields[field];
    unsigned value = 0;
    const auto end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, value);
    if (text.empty() || error != std::errc() || stop != end || value >= limit) {
      fail(std::string(name) + " is '" + text + "', expected a whole number from 0 to " +
           std::to_string(limit - 1));
    }
    return value;
  }
};

std::string trimmed(const std::string& text) {
  const size_t first = text.find_first_not_of(" \t\r");
  if (first == std::string::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r") - first + 1);
}

std::vector<std::string> split(const std::string& line) {
  std::vector<std::string> fields;
  size_t from = 0;
  for (;;) {
    const size_t comma = line.find(',', from);
    fields.push_back(trimmed(line.substr(from, comma - from)));
    if (comma == std::string::npos) return fields;
    from = comma + 1;
  }
}

FileRequest parse(const Line& line, const hbm::DramTiming& t) {
  FileRequest r;
  r.id = line.fields[0];
  const std::string& rw = line.fields[1];
  if (rw == "W" || rw == "w") {
    r.request.write = true;
  } else if (rw != "R" && rw != "r") {
    line.fail("rw is '" + rw + "', expected R or W");
  }
  r.request.pseudo_channel =
      static_cast<uint8_t>(line.whole(2, "pc", hbm::DramTiming::kPseudoChannels));
  const unsigned sid = line.whole(3, "sid", t.stack_ids);
  const unsigned group = line.whole(4, "bg", t.bank_groups);
  const unsigned bank = line.whole(5, "ba", t.banks_per_group);
  r.request.set = static_cast<uint8_t>((sid * t.bank_groups + group) * t.banks_per_group + bank);
  r.request.row = line.whole(6, "row", 1u << 30);
  r.request.column = static_cast<uint16_t>(line.whole(7, "col", t.atoms_per_row()));
  const std::string& arrival = line.fields[8];
  char* stop = nullptr;
  r.arrival_ns = std::strtod(arrival.c_str(), &stop);
  if (arrival.empty() || *stop != 0 || !(r.arrival_ns >= 0) || r.arrival_ns > kLatest) {
    line.fail("arrival_ns is '" + arrival + "', expected nanoseconds from 0 to 1e12");
  }
  r.request.made = static_cast<hbm::Tick>(std::ceil(r.arrival_ns / t.clock_ns() * 2 - 1e-6));
  return r;
}

struct Closer {
  void operator()(std::FILE* f) const { std::fclose(f); }
};
using File = std::unique_ptr<std::FILE, Closer>;

File open_for_writing(const std::string& file) {
  File out(std::fopen(file.c_str(), "w"));
  if (!out) throw base::UserError(file + ": cannot be written; is the folder there?");
  return out;
}

void close(File out, const std::string& file) {
  const bool bad = std::ferror(out.get()) != 0;
  if (std::fclose(out.release()) != 0 || bad) {
    throw base::UserError(file + ": writing failed; is the disk full?");
  }
}

}  // namespace

std::vector<FileRequest> read_requests(const std::string& file, const hbm::DramTiming& timing) {
  std::ifstream in(file);
  if (!in) throw base::UserError(file + ": cannot read the requests");
  std::vector<FileRequest> requests;
  std::string text;
  for (size_t number = 1; std::getline(in, text); ++number) {
    text = trimmed(text);
    if (text.empty() || text[0] == '#') continue;
    const Line line{file, number, split(text)};
    if (requests.empty() && line.fields[0] == "id") {
      if (text != kHeader) line.fail("the first line is '" + text + "', expected " + kHeader);
      continue;
    }
    if (line.fields.size() != kFields) {
      line.fail(std::to_string(line.fields.size()) + " fields, expected 9: " + kHeader);
    }
    requests.push_back(parse(line, timing));
  }
  if (in.bad()) throw base::UserError(file + ": cannot read the requests");
  if (requests.empty()) {
    throw base::UserError(file + ": no requests; expected lines of " + kHeader);
  }
  return requests;
}

void check_writable(const std::string& file) {
  if (!File(std::fopen(file.c_str(), "a"))) {
    throw base::UserError(file + ": cannot be written; is the folder there?");
  }
}

void write_requests(const std::string& file, const std::vector<FileRequest>& requests,
                    const hbm::DramTiming& t) {
  File out = open_for_writing(file);
  std::fprintf(out.get(), "%s,accepted_ns,done_ns\n", kHeader);
  for (const FileRequest& r : requests) {
    const unsigned group = r.request.set / t.banks_per_group;
    std::fprintf(out.get(), "%s,%c,%u,%u,%u,%u,%u,%u,%.10g,%.4f,%.4f\n", r.id.c_str(),
                 r.request.write ? 'W' : 'R', unsigned{r.request.pseudo_channel},
                 group / t.bank_groups, group % t.bank_groups, r.request.set % t.banks_per_group,
                 r.request.row, unsigned{r.request.column}, r.arrival_ns, r.accepted_ns, r.done_ns);
  }
  close(std::move(out), file);
}

void write_commands(const std::string& file, std::vector<hbm::IssuedCommand> commands) {
  std::stable_sort(commands.begin(), commands.end(),
                   [](const auto& a, const auto& b) { return a.tick < b.tick; });
  File out = open_for_writing(file);
  std::fprintf(out.get(), "clock,command,pc,sid,bg,ba,row,col\n");
  for (const hbm::IssuedCommand& c : commands) {
    std::fprintf(out.get(), "%" PRIu64 "%s,%s,%u,%u,%u,%u,%u,%u\n", c.tick / 2,
                 c.tick % 2 != 0 ? ".5" : "", name_of(c.command), unsigned{c.pseudo_channel},
                 unsigned{c.stack_id}, unsigned{c.bank_group}, unsigned{c.bank}, c.row,
                 unsigned{c.column});
  }
  close(std::move(out), file);
}

}  // namespace cubist::tool
