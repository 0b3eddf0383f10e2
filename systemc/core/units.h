// SPDX-License-Identifier: Apache-2.0
// The numbers of a core's units: who goes first when several act in one instant.
#pragma once

#include <cstdint>

#include "systemc/base/agenda.h"

namespace cubist::core {

enum class Unit : uint32_t {
  control = 0,  ///< Start.
  scalar = 1,
  pipes = 2,  ///< Plus the pipe's number: 3 (V) to 8 (FIX).
  memory = 9,
  finish = 10,    ///< Tells the listener.
  requests = 16,  ///< Plus the channel's number: the rank that requests carry.
};

constexpr base::Rank rank_of(uint32_t rank_core, Unit unit, unsigned pipe = 0) {
  return base::Rank::of(rank_core, static_cast<uint32_t>(unit) + pipe);
}

}  // namespace cubist::core
