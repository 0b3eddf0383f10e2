// SPDX-License-Identifier: Apache-2.0
#include "systemc/core/mover_pipe.h"

#include <algorithm>
#include <cmath>

#include "systemc/core/data_cache.h"
#include "systemc/core/error_report.h"
#include "systemc/core/fixpipe.h"
#include "systemc/core/mte1.h"
#include "systemc/core/mte2.h"
#include "systemc/core/mte3.h"
#include "systemc/memory/memory_port.h"

namespace cubist::core {
namespace {

bool has_path(abi::Pipe pipe, MoverPath path, bool cube_core) {
  switch (pipe) {
    case abi::Pipe::MTE1:
      return path >= MoverPath::l1_to_l0a && path <= MoverPath::l1_to_bt;
    case abi::Pipe::MTE2:
      return path == (cube_core ? MoverPath::gm_to_l1 : MoverPath::gm_to_ub);
    case abi::Pipe::MTE3:
      return path == (cube_core ? MoverPath::l1_to_gm : MoverPath::ub_to_gm);
    default:
      return path == MoverPath::l0c_to_gm || path == MoverPath::l0c_to_l1 ||
             path == MoverPath::l1_to_fb;
  }
}

}  // namespace

MoverPipe::MoverPipe(CoreContext& context, abi::Pipe pipe) : Pipe(context, pipe) {
  if (pipe == abi::Pipe::MTE2) {
    context.simulation.add_statistic(context.path + ".mte2.stale_reads", "", &stale_reads_);
  }
  const bool cube_core = context.buffers.size(abi::Region::L1) != 0;
  for (unsigned i = 0; i < kMoverPaths; ++i) {
    const auto path = static_cast<MoverPath>(i);
    if (!has_path(pipe, path, cube_core)) continue;
    context.simulation.add_statistic(context.path + "." + path_name(path) + "_bytes", "bytes",
                                     &bytes_[i]);
  }
}

unsigned MoverPipe::channel() const {
  return number() == abi::Pipe::MTE2 ? 0 : number() == abi::Pipe::MTE3 ? 1 : 2;
}

CoreError MoverPipe::prepare(const QueueEntry& entry, MoverJob& job) {
  switch (number()) {
    case abi::Pipe::MTE1:
      return prepare_mte1(entry, context_.buffers, job);
    case abi::Pipe::MTE2:
      return prepare_mte2(entry, context_.buffers, context_.memory, job);
    case abi::Pipe::MTE3:
      return prepare_mte3(entry, context_.buffers, context_.memory, job);
    default:
      return prepare_fixpipe(entry, context_.buffers, context_.memory, job);
  }
}

void MoverPipe::sample(const QueueEntry& entry, MoverJob& job) {
  if (!context_.config.values) return;
  switch (number()) {
    case abi::Pipe::MTE1:
      return sample_mte1(entry, context_.buffers, job);
    case abi::Pipe::MTE2:
      return read_segments(context_.memory, job.gm, job.staging);
    case abi::Pipe::MTE3:
      return sample_mte3(entry, context_.buffers, job);
    default:
      return sample_fixpipe(entry, context_.buffers, job);
  }
}

void MoverPipe::publish(const QueueEntry& entry, MoverJob& job) {
  if (!context_.config.values) return;
  if (number() == abi::Pipe::MTE1) {
    publish_mte1(entry, context_.buffers, job);
  } else if (number() == abi::Pipe::MTE2) {
    publish_mte2(entry, context_.buffers, job);
  } else if (writes_gm(job.path)) {
    write_segments(context_.memory, job.gm, job.staging);
  } else {
    publish_fixpipe(entry, context_.buffers, job);
  }
}

void MoverPipe::check_stale(const QueueEntry& entry, const MoverJob& job) {
  if (context_.dirty == nullptr || context_.dirty->empty() || !reads_gm(job.path)) return;
  if (!context_.config.stale_check) return;
  for (const GmSegment& s : job.gm) {
    const auto found = context_.dirty->find(s.address, s.bytes, std::nullopt);
    if (!found) continue;
    ++stale_reads_;
    context_.simulation.report(
        {0, context_.path,
         std::string(abi::pipe_name(number())) + " " + std::string(entry.info->name) + " at pc " +
             hex(entry.pc) + " would read a stale value at " + hex(found->address) +
             ": the data cache of " + found->path +
             " has not written it back; it must clean the line (data_cache_clean_invalidate)",
         false});
    return;
  }
}

std::vector<UnitFlags::Piece> MoverPipe::pieces_of(const QueueEntry& entry, uint64_t bytes) const {
  std::vector<UnitFlags::Piece> pieces;
  if (entry.info->id != abi::Insn::fix_fixpipe) return pieces;
  const auto c = abi::fix::Fixpipe::unpack(entry.config);
  if (c.unit_flag < 2 || entry.src < CUBIST_REGION_L0C_BASE) return pieces;
  constexpr uint64_t kRowBytes = 64, kFractal = UnitFlags::kFractalBytes;
  const auto nd = abi::csr::FixpipeNd::unpack(entry.csr(abi::csr_number::FIXPIPE_ND));
  const uint64_t matrices = c.layout == 0 || nd.nd_num == 0 ? 1 : nd.nd_num;
  const uint64_t blocks = (c.n_size + 15u) / 16, size = context_.buffers.size(abi::Region::L0C);
  const auto place = [&](uint64_t matrix, uint64_t block, uint64_t row) {
    return entry.src - CUBIST_REGION_L0C_BASE + matrix * nd.src_nd_stride * kFractal +
           (block * c.src_stride + row) * kRowBytes;
  };
  // Of the bytes that its port carries, a piece has its share of the elements.
  const uint64_t all = matrices * c.m_size * c.n_size;
  uint64_t elements = 0;
  const auto add = [&](uint64_t at, uint64_t block, uint64_t rows) {
    if (at >= size) return;  // The instruction's own checks will say so.
    const uint64_t before = elements;
    elements += rows * std::min<uint64_t>(16, c.n_size - block * 16);
    pieces.push_back(
        {static_cast<uint32_t>(at / kFractal), bytes * elements / all - bytes * before / all});
  };
  const auto rows_left = [&](uint64_t at, uint64_t row) {  // Of the fractal, or of the matrix.
    return std::min<uint64_t>(c.m_size - row,
                              std::max<uint64_t>(1, (kFractal - at % kFractal) / kRowBytes));
  };
  // Column block by column block; results that are row-major take rows first.
  for (uint64_t matrix = 0; matrix < matrices; ++matrix) {
    const uint64_t outer = c.layout == 0 ? blocks : 1, inner = c.layout == 0 ? 1 : blocks;
    for (uint64_t i = 0; i < outer; ++i) {
      for (uint64_t row = 0; row < c.m_size;) {
        const uint64_t rows = rows_left(place(matrix, i, row), row);
        for (uint64_t j = i; j < i + inner; ++j) add(place(matrix, j, row), j, rows);
        row += rows;
      }
    }
  }
  return pieces;
}

uint64_t MoverPipe::first_cycle(const QueueEntry& entry, const MoverJob& job, unsigned setup) {
  const uint64_t earliest = context_.cycle() + setup;
  const auto pieces = pieces_of(entry, job.bytes);
  if (pieces.empty()) return earliest;
  const bool clear = abi::fix::Fixpipe::unpack(entry.config).unit_flag == 3;
  const uint64_t begin = context_.unit_flags.drain(
      pieces, earliest, bytes_per_cycle(job.path, context_.config), clear);
  if (clear) context_.services.unit_flags_changed();
  return context_.timed() ? begin : earliest;
}

std::string MoverPipe::describe_held() const {
  return transfers_.empty() ? "waits for results that unit flags announce" : Pipe::describe_held();
}

bool MoverPipe::may_start(const QueueEntry& entry) const {
  if (!context_.unit_flags.readable(pieces_of(entry, 0))) return false;
  if (transfers_.empty()) return true;
  switch (entry.info->id) {
    case abi::Insn::barrier:
    case abi::Insn::mte2_fill:
      return false;
    default:
      return number() != abi::Pipe::FIX || in_gm(entry.dst);
  }
}

CoreError MoverPipe::start(const QueueEntry& entry) {
  if (!spare_.empty()) {
    job_ = std::move(spare_.back());
    spare_.pop_back();
  }
  if (CoreError error = prepare(entry, job_)) return error;
  const auto hint = abi::csr::L2Hint::unpack(entry.csr(abi::csr_number::L2_HINT));
  job_.bypass_l2 = (writes_gm(job_.path) ? hint.bypass_writes : hint.bypass_reads) != 0;
  sample(entry, job_);
  check_stale(entry, job_);
  bytes_[static_cast<unsigned>(job_.path)] += job_.bytes;
  const uint64_t cycle = context_.cycle();
  if (context_.timed() && !job_.gm.empty()) {
    start_transfer(entry);
    return {};
  }
  open_span(entry, job_);
  if (!context_.timed()) {
    first_cycle(entry, job_, 0);
    run_until(cycle + 1);
  } else {
    const double cycles =
        static_cast<double>(job_.bytes) / bytes_per_cycle(job_.path, context_.config);
    run_until(first_cycle(entry, job_, context_.config.local_setup_cycles) +
              static_cast<uint64_t>(std::max(1.0, std::ceil(cycles))));
  }
  return {};
}

/// Rows that begin within a block of 32 bytes have to be shifted on their way in.
double MoverPipe::port_width(const MoverJob& job) const {
  const double width = bytes_per_cycle(job.path, context_.config);
  const double share = context_.config.unaligned_share;
  if (share == 1 || writes_gm(job.path)) return width;
  const bool aligned = std::all_of(job.gm.begin(), job.gm.end(),
                                   [](const GmSegment& s) { return s.address % 32 == 0; });
  return aligned ? width : width * share;
}

void MoverPipe::start_transfer(const QueueEntry& entry) {
  const uint64_t cycle = context_.cycle();
  if (transfers_.empty()) {
    busy_since_ = cycle;
    open_span(entry, job_);
  }
  GmTransfer& t = transfers_.emplace_back();
  t.entry = entry;
  t.job = std::move(job_);
  MemoryClient::Transfer transfer;
  transfer.segments = &t.job.gm;
  transfer.write = writes_gm(t.job.path);
  transfer.bypass_l2 = t.job.bypass_l2;
  transfer.bytes_per_cycle = port_width(t.job);
  transfer.first_cycle = first_cycle(entry, t.job, context_.config.dma_setup_cycles);
  const uint64_t number = context_.client.start(channel(), *this, transfer);
  if (transfers_.size() == 1) first_number_ = number;
}

/// Spans of one pipe follow one another: a transfer's begins when the one before has ended.
void MoverPipe::open_span(const QueueEntry& entry, const MoverJob& job) {
  if (!track_.active()) return;
  track_.begin(track_.event(base::EventKind::begin, context_.names.of(*entry.info))
                   .with(context_.names.bytes, job.bytes)
                   .with(context_.names.pc, entry.pc));
}

void MoverPipe::transfer_issued() {
  skip_until(context_.cycle() + 1);
}

void MoverPipe::transfer_done(uint64_t cycle) {
  transfers_[ended_++].done = cycle;
  wake_at(cycle, Reason::extra);
}

void MoverPipe::transfer_failed(uint64_t transfer, uint64_t address, bool uncorrectable) {
  CoreError error = failed_request(address, uncorrectable);
  fail_here(error, transfers_[transfer - first_number_].entry);
}

void MoverPipe::extra_wake() {
  const uint64_t cycle = context_.cycle();
  while (!transfers_.empty() && transfers_.front().done <= cycle) {
    track_.end();
    GmTransfer t = std::move(transfers_.front());
    transfers_.pop_front();
    ++first_number_;
    --ended_;
    publish(t.entry, t.job);
    if (transfers_.empty()) {
      busy_cycles_ += cycle - busy_since_;
    } else {
      open_span(transfers_.front().entry, transfers_.front().job);
    }
    spare_.push_back(std::move(t.job));
    for (const FlagToSet& f : t.flags) {
      if (!context_.services.set_flag(f.flag, f.pc, f.op)) return;
    }
  }
  if (!transfers_.empty()) return;
  show_wait();  // It may have begun while transfers were under way.
  retry();
  context_.services.settled();
}

void MoverPipe::start_set_flag(const Flag& flag, const QueueEntry& entry) {
  if (transfers_.empty()) return Pipe::start_set_flag(flag, entry);
  transfers_.back().flags.push_back({flag, entry.pc, entry.info->op});
  skip_until(context_.cycle() + 1);
}

void MoverPipe::complete() {
  publish(current_, job_);
}

void MoverPipe::clear() {
  transfers_.clear();
  ended_ = 0;
  Pipe::clear();
}

std::string MoverPipe::describe_running() const {
  std::string text(current_.info->name);
  if (number() == abi::Pipe::MTE1) return text;
  const std::string memory = context_.client.describe(channel());
  return memory.empty() ? text : text + ", " + memory;
}

}  // namespace cubist::core
