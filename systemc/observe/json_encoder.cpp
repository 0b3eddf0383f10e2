// SPDX-License-Identifier: Apache-2.0
// Chrome's JSON trace format: larger and slower than Perfetto's, but readable by every script.
#include <array>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <unordered_map>
#include <vector>

#include "systemc/observe/output_file.h"
#include "systemc/observe/trace_encoder.h"

namespace cubist::observe {
namespace {

std::string quoted(const std::string& text) {
  return nlohmann::json(text).dump(-1, ' ', true, nlohmann::json::error_handler_t::replace);
}

class JsonEncoder : public TraceEncoder {
 public:
  JsonEncoder(const base::EventBus& bus, const std::string& path, base::Time unit)
      : bus_(bus), file_(path, "trace"), unit_(unit) {
    file_.write("{\"displayTimeUnit\":\"ns\",\"traceEvents\":[");
  }

  uint32_t add_process(const std::string& name) override {
    const uint32_t process = ++processes_;
    next();
    line_ += "\"ph\":\"M\",\"name\":\"process_name\",\"pid\":" + std::to_string(process) +
             ",\"args\":{\"name\":" + quoted(name) + "}}";
    flush_line();
    return process;
  }

  uint32_t add_thread(uint32_t process, const std::string& name) override {
    lanes_.push_back({process, {}});
    const auto lane = static_cast<uint32_t>(lanes_.size());
    next();
    line_ += "\"ph\":\"M\",\"name\":\"thread_name\",\"pid\":" + std::to_string(process) +
             ",\"tid\":" + std::to_string(lane) + ",\"args\":{\"name\":" + quoted(name) + "}}";
    flush_line();
    return lane;
  }

  uint32_t add_counter(uint32_t process, const std::string& name) override {
    lanes_.push_back({process, quoted(name)});
    return static_cast<uint32_t>(lanes_.size());
  }

  void add(const TraceItem& item) override {
    static constexpr std::array<char, 4> kPhases{'B', 'E', 'i', 'C'};
    start(kPhases[static_cast<size_t>(item.kind)], item.lane, item.time);
    switch (item.kind) {
      case base::EventKind::counter:
        line_ += ",\"name\":" + lanes_[item.lane - 1].counter + ",\"args\":{\"value\":";
        number(item.arg_count ? item.args[0].value : 0);
        line_ += "}}";
        flush_line();
        return;
      case base::EventKind::instant:
        line_ += ",\"s\":\"t\"";
        [[fallthrough]];
      case base::EventKind::begin:
        line_ += ",\"name\":" + name(item.name);
        break;
      case base::EventKind::end:
        break;
    }
    line_ += ",\"args\":{";
    bool first = true;
    const auto arg = [&](const std::string& key, uint64_t value) {
      if (!first) line_ += ',';
      first = false;
      line_ += key;
      line_ += ':';
      number(value);
    };
    if (item.flow && item.kind != base::EventKind::end) arg("\"command\"", item.flow);
    if (item.began != base::kNever) arg("\"began before the window, at fs\"", item.began);
    for (unsigned i = 0; i < item.arg_count; ++i) arg(name(item.args[i].key), item.args[i].value);
    line_ += "}}";
    flush_line();
    if (item.linked) link(item);
  }

  void add_note(uint32_t lane, base::Time time, const std::string& text) override {
    start('i', lane, time);
    line_ += ",\"s\":\"t\",\"name\":" + quoted(text) + "}";
    flush_line();
  }

  void finish() override {
    if (!finished_) file_.write("\n]}\n");
    finished_ = true;
    file_.close();
  }
  uint64_t bytes() const override { return file_.bytes(); }

 private:
  struct Lane {
    uint32_t process;
    std::string counter;
  };

  void next() {
    line_ = any_ ? ",\n{" : "\n{";
    any_ = true;
  }
  void flush_line() { file_.write(line_); }

  void start(char phase, uint32_t lane, base::Time time) {
    next();
    line_ += "\"ph\":\"";
    line_ += phase;
    line_ += "\",\"pid\":" + std::to_string(lanes_[lane - 1].process) +
             ",\"tid\":" + std::to_string(lane) + ",\"ts\":";
    // The format counts microseconds; the digits after the point keep every femtosecond.
    const base::Time microsecond = unit_ * 1000;
    char digits[40];
    std::snprintf(
        digits, sizeof digits, "%llu.%0*llu", static_cast<unsigned long long>(time / microsecond),
        unit_ == base::kNanosecond ? 9 : 6, static_cast<unsigned long long>(time % microsecond));
    line_ += digits;
  }

  // Beyond 2^53 readers that hold numbers as doubles would change them.
  void number(uint64_t value) {
    if (value <= uint64_t{1} << 53) {
      line_ += std::to_string(value);
    } else {
      line_ += '"' + std::to_string(value) + '"';
    }
  }

  void link(const TraceItem& item) {
    const bool first = linked_flows_.emplace(item.flow, true).second;
    start(first ? 's' : 't', item.lane, item.time);
    line_ += ",\"cat\":\"command\",\"name\":\"command\",\"id\":" + std::to_string(item.flow) +
             (first ? "}" : ",\"bp\":\"e\"}");
    flush_line();
  }

  const std::string& name(base::NameId id) {
    if (id >= names_.size()) names_.resize(id + 64);
    if (names_[id].empty()) names_[id] = quoted(bus_.text(id));
    return names_[id];
  }

  const base::EventBus& bus_;
  OutputFile file_;
  base::Time unit_;
  uint32_t processes_ = 0;
  std::vector<Lane> lanes_;
  std::vector<std::string> names_;
  std::unordered_map<uint64_t, bool> linked_flows_;
  std::string line_;
  bool any_ = false, finished_ = false;
};

}  // namespace

std::unique_ptr<TraceEncoder> make_json_encoder(const base::EventBus& bus, const std::string& path,
                                                base::Time unit) {
  return std::make_unique<JsonEncoder>(bus, path, unit);
}

}  // namespace cubist::observe
