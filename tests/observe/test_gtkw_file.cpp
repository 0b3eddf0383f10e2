// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <cmath>
#include <filesystem>
#include <sstream>

#include "systemc/observe/gtkw_file.h"
#include "tests/observe/support.h"

namespace {

using namespace cubist;
using namespace cubist::observe;

std::vector<std::string> lines_of(const std::string& text) {
  std::istringstream in(text);
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

TEST_CASE("a GTKWave view lists groups, signals with ranges and radixes, markers and zoom") {
  test::TemporaryFile file(".gtkw");
  const std::filesystem::path folder = std::filesystem::path(file.path()).parent_path();
  GtkwView view;
  view.groups = {{"core 0", {{"chip.core0.aic.m", 0, Radix::text, ""}}, false},
                 {"cube",
                  {{"chip.cube.valid", 1, Radix::hexadecimal, ""},
                   {"chip.cube.a[2]", 256, Radix::hexadecimal, "A row 2"},
                   {"chip.cube.m", 6, Radix::decimal, ""},
                   {"chip.cube.e", 6, Radix::signed_decimal, ""},
                   {"chip.cube.f", 6, Radix::binary, ""}},
                  true}};
  view.markers = {{'\0', 500}, {'B', 700}};
  view.from = 1000;
  view.to = 1000 + 5 * 1024;
  write_gtkw(file.path(), (folder / "waves" / "run.fst").string(), view);
  CHECK(lines_of(test::read_file(file.path())) ==
        std::vector<std::string>{
            "[*] Written by Cubist", "[dumpfile] \"/waves/run.fst\"",
            "[savefile] \"/" + std::filesystem::path(file.path()).filename().string() + "\"",
            "[timestart] 1000", "[size] 1600 900", "[pos] -1 -1",
            // NOLINTNEXTLINE(bugprone-suspicious-missing-comma): one line of the file.
            "*-10.000000 500 -1 700 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1 "
            "-1 -1 -1",
            "[sst_width] 250", "[signals_width] 320", "[sst_expanded] 1", "@800200", "-core 0",
            "@820", "chip.core0.aic.m", "@1000200", "-core 0", "@c00200", "-cube", "@28",
            "chip.cube.valid", "@22", "+{A row 2} chip.cube.a[2][255:0]", "@24", "chip.cube.m[5:0]",
            "@420", "chip.cube.e[5:0]", "@28", "chip.cube.f[5:0]", "@1400200", "-cube"});
}

TEST_CASE("a view of everything shows transactions first and folds long groups") {
  std::vector<DeclaredSignal> signals{
      {"chip.cube", "valid", 1}, {"chip", "mte2", 0}, {"chip.queue", "depth", 64}, {"", "note", 0}};
  for (unsigned i = 0; i < 30; ++i) signals.push_back({"chip.cube", "d" + std::to_string(i), 8});
  const GtkwView view = view_of(signals);
  REQUIRE(view.groups.size() == 4);
  CHECK(view.groups[0].title == "chip");
  CHECK(view.groups[0].signals[0].path == "chip.mte2");
  CHECK(view.groups[0].signals[0].radix == Radix::text);
  CHECK_FALSE(view.groups[0].closed);
  CHECK(view.groups[1].title == "run");
  CHECK(view.groups[1].signals[0].path == "note");
  CHECK(view.groups[2].title == "chip.cube");
  CHECK(view.groups[2].signals.size() == 31);
  CHECK(view.groups[2].closed);
  CHECK(view.groups[3].signals[0].radix == Radix::decimal);
}

TEST_CASE("a waveform beside the view is named without a folder") {
  test::TemporaryFile file(".gtkw");
  const std::string wave = (std::filesystem::path(file.path()).parent_path() / "x.fst").string();
  write_gtkw(file.path(), wave, {});
  CHECK_THAT(test::read_file(file.path()), Catch::Contains("[dumpfile] \"/x.fst\"\n"));
  write_gtkw(file.path(), "/cubist-a/x.fst", {});
  CHECK_THAT(test::read_file(file.path()), Catch::Contains("/folder/"));
  CHECK_THROWS_WITH(write_gtkw("/nonexistent/x.gtkw", wave, {}), Catch::Contains("GTKWave view"));
}

}  // namespace
