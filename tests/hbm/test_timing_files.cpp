// SPDX-License-Identifier: Apache-2.0
// Timing files: what they say, what the parameters become, and what is wrong with bad ones.
#include <filesystem>
#include <fstream>

#include "systemc/base/error.h"
#include "tests/hbm/channel_bench.h"

using namespace cubist;
using test::timing_set;

TEST_CASE("every timing file loads and names its source") {
  const auto infos = hbm::list_timings(std::string(CUBIST_CONFIGS) + "/hbm");
  REQUIRE(infos.size() >= 7);
  for (const auto& info : infos) {
    INFO(info.name);
    CHECK(!info.description.empty());
    CHECK(!info.source.empty());
    const hbm::DramTiming t = timing_set(info.name);
    CHECK(t.rl > 0);
    CHECK(t.refi > t.rfc_ab);
  }
}

TEST_CASE("nanoseconds become the clocks that the sources print") {
  const hbm::DramTiming a = timing_set("hbm2_2000");
  CHECK(a.clock_ns() == Approx(1.0));
  CHECK(a.rl == 14);
  CHECK(a.wl == 5);
  CHECK(a.rc == 48);
  CHECK(a.faw == 15);
  CHECK(a.refi == 3900);
  CHECK(a.peak() == Approx(32e9));
  const hbm::DramTiming b = timing_set("hbm2_2400");
  CHECK(b.rl == 17);
  CHECK(b.rfc_ab == 313);
  CHECK(b.refi == 4682);
  const hbm::DramTiming c = timing_set("hbm2e_3200");
  CHECK(c.rl == 23);
  CHECK(c.rfc_ab == 560);
  CHECK(c.rtw == 19);
  const hbm::DramTiming d = timing_set("hbm3_6400");
  CHECK(d.rcd_rd == 31);
  CHECK(d.ppd == 2);
  CHECK(d.banks() == 32);
  CHECK(d.activate_halves == 3);
  CHECK(d.peak() == Approx(51.2e9));
  // Re-quantised: 14.375 ns at 1.8 GHz are 25.875 clocks.
  const hbm::DramTiming e = timing_set("hbm2e_3600");
  CHECK(e.rl == 26);
  CHECK(e.refi == 7020);
  CHECK(e.peak() * 32 == Approx(1.8432e12));
}

TEST_CASE("the defaults are hbm2e_3600, settings win over the file") {
  base::ParameterTable plain;
  hbm::declare_timing_parameters(plain);
  base::ParameterTable filled = plain;
  hbm::apply_timing_file(filled, std::string(CUBIST_CONFIGS) + "/hbm");
  for (const auto& [path, parameter] : plain.all()) {
    INFO(path);
    CHECK(parameter.value == filled.all().find(path)->second.value);
  }
  CHECK(timing_set("hbm2_2000", {"hbm.trp_ns=20"}).rp == 20);
  CHECK(timing_set("hbm2_2000", {"hbm.gbps=4"}).rp == 28);
}

TEST_CASE("mistakes in names and files are named") {
  CHECK_THROWS_WITH(timing_set("hbm2_200"), Catch::Contains("did you mean 'hbm2_2000'"));
  CHECK_THROWS_WITH(timing_set("/nowhere/x.json"), Catch::Contains("cannot read"));
  CHECK_THROWS_WITH(timing_set("hbm2_2000", {"hbm.trc_ns=10"}), Catch::Contains("trc_ns"));
  CHECK_THROWS_WITH(timing_set("hbm2_2000", {"hbm.trfc_ab_ns=3900"}), Catch::Contains("trefi"));
  CHECK_THROWS_WITH(timing_set("hbm2_2000", {"hbm.banks_per_group=3"}), Catch::Contains("power"));
  CHECK_THROWS_WITH(timing_set("hbm2_2000", {"hbm.activate_clocks=1.7"}),
                    Catch::Contains("half a clock"));
  const auto folder = std::filesystem::temp_directory_path() / "cubist-hbm-timing-test";
  std::filesystem::create_directories(folder);
  const std::string file = (folder / "bad.json").string();
  std::ifstream good(std::string(CUBIST_CONFIGS) + "/hbm/hbm2_2000.json");
  const std::string text{std::istreambuf_iterator<char>(good), {}};
  const auto with = [&](const std::string& from, const std::string& to) {
    std::string changed = text;
    changed.replace(changed.find(from), from.size(), to);
    std::ofstream(file) << changed;
    return file;
  };
  CHECK_THROWS_WITH(timing_set(with("tRP_ns", "tRPP_ns")), Catch::Contains("'tRP_ns' is missing"));
  CHECK_THROWS_WITH(timing_set(with("\"tRP_ns\"", "\"tRPP_ns\": 3, \"tRP_ns\"")),
                    Catch::Contains("did you mean 'tRP_ns'"));
  CHECK_THROWS_WITH(timing_set(with("\"tRP_ns\": 14.0", "\"tRP_ns\": \"x\"")),
                    Catch::Contains("not a number"));
  CHECK_THROWS_WITH(timing_set(with("\"tRP_ns\": 14.0", "\"tRP_ns\": 1e9")),
                    Catch::Contains("out of range"));
  CHECK_THROWS_WITH(timing_set(with("{", "[")), Catch::Contains("not a JSON object"));
  std::filesystem::remove_all(folder);
}
