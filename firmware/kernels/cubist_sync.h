// SPDX-License-Identifier: Apache-2.0
// Meeting points of a launch's cores, made of cross-core flags. Ids 11 to 14 belong to them.
//
// A flag orders what the pipes did: results that were written to GM before the set can be read by
// movers after the wait. The scalar unit's data cache is not coherent: what it holds of lines that
// others wrote stays old until invalidated.
#pragma once

#include "abi/cubist_intrinsics.h"

namespace cubist {

namespace detail {
inline constexpr unsigned kAllAics = 11, kAllAivs = 12, kFromAic = 13, kFromAivs = 14;
}

/// Waits until every core of the launch has come here and all its pipes have drained. Every core of
/// the launch must call it equally often. The kernel must be declared with `at_once`.
inline void sync_all() {
  const bool mix = sub_block_num() != 0;
  drain();
  if (csr::core_kind() == 0) {
    set_cross_core<Pipe::FIX, 0>(detail::kAllAics);
    wait_cross_core<Pipe::S>(detail::kAllAics);
    if (!mix) return;
    // Its AIVs have met all others when they report here.
    wait_cross_core<Pipe::S>(detail::kFromAivs);
    set_cross_core<Pipe::FIX, 2>(detail::kFromAic);
  } else {
    set_cross_core<Pipe::MTE3, 0>(detail::kAllAivs);
    wait_cross_core<Pipe::S>(detail::kAllAivs);
    if (!mix) return;
    set_cross_core<Pipe::MTE3, 2>(detail::kFromAivs);
    wait_cross_core<Pipe::S>(detail::kFromAic);
  }
}

/// The same for the AIVs of this block alone.
inline void sync_block_aivs() {
  drain();
  set_cross_core<Pipe::MTE3, 1>(detail::kAllAivs);
  wait_cross_core<Pipe::S>(detail::kAllAivs);
}

/// The scalar unit's data cache is not coherent: what other cores or movers write to GM later is
/// not seen in lines it holds, and what it stores is not seen by others before the line is written
/// back (at the end of the block at the latest). Cleans and invalidates the lines of [address,
/// address + bytes).
inline void data_cache_clean_invalidate(uint64_t address, uint64_t bytes) {
  for (uint64_t line = address & ~uint64_t{63}; line < address + bytes; line += 64) {
    s::dcci(line, {.whole = 0, .action = 0});
  }
}
inline void data_cache_clean_invalidate_all() {
  s::dcci(0, {.whole = 1, .action = 0});
}

}  // namespace cubist
