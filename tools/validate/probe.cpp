// SPDX-License-Identifier: Apache-2.0
#include "tools/validate/probe.h"

#include <algorithm>

namespace cubist::validate {
namespace {

bool starts_with(std::string_view text, std::string_view prefix) {
  return text.substr(0, prefix.size()) == prefix;
}
bool ends_with(std::string_view text, std::string_view suffix) {
  return text.size() >= suffix.size() && text.substr(text.size() - suffix.size()) == suffix;
}

double microseconds(base::Time time) {
  return static_cast<double>(time) / static_cast<double>(base::kMicrosecond);
}

}  // namespace

KernelProbe::KernelProbe(base::Simulation& simulation)
    : simulation_(simulation),
      block_(simulation.bus().name("block")),
      kernel_(simulation.bus().name("command KERNEL")),
      start_(simulation.bus().name("start")) {
  simulation.bus().attach(*this);
}

KernelProbe::~KernelProbe() {
  simulation_.bus().detach(*this);
}

void KernelProbe::on_track(base::TrackId track, std::string_view path) {
  if (track >= tracks_.size()) tracks_.resize(track + 1);
  Lane& lane = tracks_[track].lane;
  if (path == "chip.control.firmware") {
    lane = Lane::firmware;
  } else if (starts_with(path, "chip.core")) {
    const std::string_view last = path.substr(path.rfind('.') + 1);
    if (starts_with(last, "ai")) lane = Lane::core;
    if (last == "s") lane = Lane::scalar;
  } else if (path.find(".queue") != std::string_view::npos) {
    lane = Lane::queue;
  }
}

void KernelProbe::on_event(const base::Event& event) {
  Track& track = tracks_[event.track];
  switch (track.lane) {
    case Lane::other:
      return;
    case Lane::firmware:
      // The last command that begins before blocks do is the kernel.
      if (event.kind == base::EventKind::begin && event.name == start_) taken_ = event.time;
      return;
    case Lane::queue:
      if (event.kind == base::EventKind::end && event.name == kernel_) completed_ = event.time;
      return;
    case Lane::core:
    case Lane::scalar:
      break;
  }
  if (event.kind == base::EventKind::begin) {
    if (track.depth++ == 0) track.begun = event.time;
  } else if (event.kind == base::EventKind::end && track.depth != 0 && --track.depth == 0) {
    const base::Time length = event.time - track.begun;
    if (track.lane == Lane::scalar) {
      scalar_wait_ += length;
    } else {
      block_time_ += length;
      ++track.blocks;
      ++blocks_;
    }
  }
}

void KernelProbe::begin() {
  taken_ = base::kNever;
  completed_ = block_time_ = scalar_wait_ = 0;
  blocks_ = 0;
  for (Track& track : tracks_) {
    track.depth = 0;
    track.blocks = 0;
  }
  const auto& statistics = simulation_.statistics();
  zero_.resize(statistics.size());
  std::transform(statistics.begin(), statistics.end(), zero_.begin(),
                 [](const base::Statistic& s) { return *s.value; });
}

double KernelProbe::task_us() const {
  return completed_ > taken_ ? microseconds(completed_ - taken_) : 0;
}
double KernelProbe::block_us() const {
  return blocks_ == 0 ? 0 : microseconds(block_time_) / static_cast<double>(blocks_);
}
double KernelProbe::scalar_us() const {
  return blocks_ == 0 ? 0 : microseconds(block_time_ - scalar_wait_) / static_cast<double>(blocks_);
}

unsigned KernelProbe::cores() const {
  return static_cast<unsigned>(
      std::count_if(tracks_.begin(), tracks_.end(), [](const Track& t) { return t.blocks != 0; }));
}

uint64_t KernelProbe::since(std::string_view prefix, std::string_view suffix) const {
  uint64_t sum = 0;
  const auto& statistics = simulation_.statistics();
  for (size_t i = 0; i < zero_.size(); ++i) {
    const std::string_view path = statistics[i].path;
    if (starts_with(path, prefix) && ends_with(path, suffix)) {
      sum += *statistics[i].value - zero_[i];
    }
  }
  return sum;
}

}  // namespace cubist::validate
