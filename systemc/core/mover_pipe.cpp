// SPDX-License-Identifier: Apache-2.0
#include "systemc/core/mover_pipe.h"

#include <cmath>

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
      return path >= MoverPath::l1_to_l0a;
    case abi::Pipe::MTE2:
      return path == (cube_core ? MoverPath::gm_to_l1 : MoverPath::gm_to_ub);
    case abi::Pipe::MTE3:
      return path == (cube_core ? MoverPath::l1_to_gm : MoverPath::ub_to_gm);
    default:
      return path == MoverPath::l0c_to_gm || path == MoverPath::l0c_to_l1;
  }
}

}  // namespace

MoverPipe::MoverPipe(CoreContext& context, abi::Pipe pipe) : Pipe(context, pipe) {
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

CoreError MoverPipe::prepare(const QueueEntry& entry) {
  switch (number()) {
    case abi::Pipe::MTE1:
      return prepare_mte1(entry, context_.buffers, job_);
    case abi::Pipe::MTE2:
      return prepare_mte2(entry, context_.buffers, context_.memory, job_);
    case abi::Pipe::MTE3:
      return prepare_mte3(entry, context_.buffers, context_.memory, job_);
    default:
      return prepare_fixpipe(entry, context_.buffers, context_.memory, job_);
  }
}

CoreError MoverPipe::start(const QueueEntry& entry) {
  if (CoreError error = prepare(entry)) return error;
  bytes_[static_cast<unsigned>(job_.path)] += job_.bytes;
  if (track_.active()) {
    track_.begin(track_.event(base::EventKind::begin, context_.names.of(*entry.info))
                     .with(context_.names.bytes, job_.bytes)
                     .with(context_.names.pc, entry.pc));
  }
  const uint64_t cycle = context_.cycle();
  if (!context_.timed()) {
    run_until(cycle + 1);
  } else if (!job_.gm.empty()) {
    context_.client.start(channel(), *this, job_.gm, writes_gm(job_.path),
                          bytes_per_cycle(job_.path, context_.config),
                          cycle + context_.config.dma_setup_cycles);
  } else {
    const double cycles =
        static_cast<double>(job_.bytes) / bytes_per_cycle(job_.path, context_.config);
    run_until(cycle + context_.config.local_setup_cycles +
              static_cast<uint64_t>(std::max(1.0, std::ceil(cycles))));
  }
  return {};
}

void MoverPipe::transfer_done(uint64_t cycle) {
  run_until(cycle);
}

void MoverPipe::transfer_failed(uint64_t failed_address) {
  CoreError error;
  error.code = abi::error_code::BUS;
  error.address = failed_address;
  error.text = "the memory system refused the request to " + hex(failed_address);
  fail_here(error, current_);
}

void MoverPipe::complete() {
  switch (number()) {
    case abi::Pipe::MTE1:
      return publish_mte1(current_, context_.buffers, job_);
    case abi::Pipe::MTE2:
      return publish_mte2(current_, context_.buffers, job_);
    default:
      break;
  }
  if (writes_gm(job_.path)) {
    write_segments(context_.memory, job_.gm, job_.staging);
  } else {
    publish_fixpipe(current_, context_.buffers, job_);
  }
}

std::string MoverPipe::describe_running() const {
  std::string text(current_.info->name);
  if (number() == abi::Pipe::MTE1) return text;
  const std::string memory = context_.client.describe(channel());
  return memory.empty() ? text : text + ", " + memory;
}

}  // namespace cubist::core
