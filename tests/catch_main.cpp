// SPDX-License-Identifier: Apache-2.0
// Catch2's main, shared by every test program. The simulation library defines sc_main.
#define CATCH_CONFIG_MAIN
#include <catch2/catch.hpp>
