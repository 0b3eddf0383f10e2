// SPDX-License-Identifier: Apache-2.0
#include "systemc/core/cube_pipe.h"

#include <algorithm>

#include "systemc/core/mover.h"
#include "systemc/core/unit_flags.h"

namespace cubist::core {

CubePipe::CubePipe(CoreContext& context, CubeUnit& cube)
    : Pipe(context, abi::Pipe::M), cube_(cube) {
  context.simulation.add_statistic(context.path + ".m.macs", "", &macs_);
}

/// Only what the unit flags need; start() checks the instruction.
bool CubePipe::may_start(const QueueEntry& e) const {
  if (e.info->id != abi::Insn::m_mmad) return true;
  const auto c = abi::m::Mmad::unpack(e.config);
  const abi::RegionInfo& l0c = abi::kRegions[static_cast<unsigned>(abi::Region::L0C)];
  if (c.unit_flag < 2 || e.dst < l0c.base || e.dst - l0c.base >= l0c.size) return true;
  CubeInstruction mmad;
  mmad.m = c.m;
  mmad.n = c.n;
  mmad.c = static_cast<uint32_t>(e.dst - l0c.base);
  return context_.unit_flags.writable(mmad);
}

CoreError CubePipe::start(const QueueEntry& e) {
  const auto c = abi::m::Mmad::unpack(e.config);
  LocalAddress a{}, b{}, out{};
  const LocalBuffers& buffers = context_.buffers;
  const auto region = [](abi::Region r) { return 1u << static_cast<unsigned>(r); };
  CoreError error =
      buffers.locate(e.src & 0xffffffff, region(abi::Region::L0A), 512, "source A", a);
  if (error) return error;
  error = buffers.locate(e.src >> 32, region(abi::Region::L0B), 512, "source B", b);
  if (error) return error;
  if ((error = buffers.locate(e.dst, e.info->dst, 1024, "destination", out))) return error;
  CubeInstruction mmad;
  mmad.m = c.m;
  mmad.k = c.k;
  mmad.n = c.n;
  mmad.type = static_cast<CubeType>(c.type);
  mmad.init = static_cast<CubeInit>(c.init);
  mmad.a = a.offset;
  mmad.b = b.offset;
  mmad.c = out.offset;
  mmad.bias = c.bias;
  const CubeFootprint need = footprint(mmad);
  if ((error = buffers.check_source(a, need.a, "source A"))) return error;
  if ((error = buffers.check_source(b, need.b, "source B"))) return error;
  if ((error = buffers.check_extent(out, need.c, "destination"))) return error;
  if (mmad.init == CubeInit::bias) {
    const uint64_t at = abi::kRegions[static_cast<unsigned>(abi::Region::BT)].base + c.bias;
    LocalAddress bias{};
    if ((error = buffers.locate(at, region(abi::Region::BT), 64, "bias", bias))) return error;
    if ((error = buffers.check_source(bias, need.bias, "bias"))) return error;
  }
  if (c.unit_flag == 1) return bad_config("unit_flag is 1, expected 0, 2 or 3");
  const std::string wrong = check_instruction(mmad, context_.config.cube);
  if (!wrong.empty()) return bad_config(wrong);

  const uint64_t cycle = context_.cycle();
  const CubeBuffers views{
      context_.buffers.buffer(abi::Region::L0A), context_.buffers.buffer(abi::Region::L0B),
      context_.buffers.buffer(abi::Region::L0C), context_.buffers.buffer(abi::Region::BT)};
  uint64_t offer = std::max(cycle, next_offer_);
  if (c.unit_flag != 0 && context_.timed()) {
    offer = std::max(offer, context_.unit_flags.earliest(mmad, context_.config.cube));
  }
  CubeTiming timing = cube_.execute(mmad, views, offer);
  next_offer_ = timing.accepted + 1;
  macs_ += uint64_t{mmad.m} * mmad.k * mmad.n;
  if (!context_.timed()) timing = {cycle, cycle + 1};
  if (c.unit_flag == 3) {
    context_.unit_flags.finish(mmad, context_.config.cube, timing);
    context_.services.unit_flags_changed();
  }
  ++mmads_;
  busy_cycles_ += timing.done - std::max(timing.accepted, std::min(last_done_, timing.done));
  last_done_ = std::max(last_done_, timing.done);
  add_pending({timing.accepted, Pending::Kind::begin, {}, e.pc, e.info, mmad, mmads_});
  add_pending({timing.done, Pending::Kind::done, {}, e.pc, e.info, mmad, mmads_});
  run_until(timing.accepted + 1);
  return {};
}

void CubePipe::start_set_flag(const Flag& flag, const QueueEntry& entry) {
  const uint64_t cycle = context_.cycle();
  if (last_done_ <= cycle + 1) return Pipe::start_set_flag(flag, entry);
  // It takes effect with the last result; the pipe itself goes on.
  add_pending({last_done_, Pending::Kind::flag, flag, entry.pc, entry.info, {}, 0});
  skip_until(cycle + 1);
}

/// Keeps `pending_` in the order of cycles, equal ones in the order of coming.
void CubePipe::add_pending(const Pending& p) {
  auto at = pending_.end();
  while (at != pending_.begin() && (at - 1)->cycle > p.cycle) --at;
  pending_.insert(at, p);
  wake_at(p.cycle, Reason::extra);
}

void CubePipe::extra_wake() {
  const uint64_t cycle = context_.cycle();
  while (!pending_.empty() && pending_.front().cycle <= cycle) {
    const Pending p = pending_.front();
    pending_.pop_front();
    switch (p.kind) {
      case Pending::Kind::begin:
        track_.end();  // The one before drains; its span ends where the next begins.
        open_mmad_ = p.serial;
        if (track_.active()) {
          track_.begin(track_.event(base::EventKind::begin, context_.names.of(*p.info))
                           .with(context_.names.m, p.instruction.m)
                           .with(context_.names.k, p.instruction.k)
                           .with(context_.names.n, p.instruction.n)
                           .with(context_.names.pc, p.pc));
        }
        break;
      case Pending::Kind::done:
        if (open_mmad_ == p.serial) {
          track_.end();
          open_mmad_ = 0;
          show_wait();  // It may have begun while the engine drained.
        }
        break;
      case Pending::Kind::flag:
        if (!context_.services.set_flag(p.flag, p.pc, p.info->op)) return;
        break;
    }
  }
  if (pending_.empty()) {
    if (last_done_ <= cycle) cube_.settle();
    context_.services.settled();
  }
}

void CubePipe::clear() {
  pending_.clear();
  cube_.reset();
  next_offer_ = last_done_ = 0;
  open_mmad_ = 0;
  Pipe::clear();
}

}  // namespace cubist::core
