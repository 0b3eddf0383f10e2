// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <cstdio>
#include <filesystem>
#include <fstream>

#include "systemc/base/error.h"
#include "systemc/base/parameters.h"

using namespace cubist::base;
using Catch::Matchers::Contains;

namespace {

ParameterTable table() {
  ParameterTable t;
  t.declare_int("core.l1_bytes", "bytes", 512 << 10, 1 << 10, 16 << 20, "L1 buffer");
  t.declare_real("core.hertz", "Hz", 1.85e9, 1e6, 1e10, "Clock of the AI cores");
  t.declare_bool("sim.trace", false, "Whether to trace");
  t.declare_choice("sim.timing", "full", {"none", "fast", "full"}, "Level of timing");
  return t;
}

std::string failure(ParameterTable& t, const std::string& assignment) {
  try {
    t.set_assignment(assignment);
  } catch (const UserError& error) {
    return error.what();
  }
  return "";
}

struct TempFolder {
  std::filesystem::path path;
  TempFolder() {
    path =
        std::filesystem::temp_directory_path() / ("cubist_presets_" + std::to_string(::getpid()));
    std::filesystem::create_directory(path);
  }
  ~TempFolder() { std::filesystem::remove_all(path); }
  std::string write(const std::string& name, const std::string& text) const {
    std::ofstream(path / name) << text;
    return (path / name).string();
  }
};

}  // namespace

TEST_CASE("values are set from text with their type") {
  ParameterTable t = table();
  t.set_assignment("core.l1_bytes=64K");
  t.set_assignment("core.hertz=1.5e9");
  t.set_assignment("sim.trace=true");
  t.set_assignment("sim.timing=none");
  REQUIRE(t.get_int("core.l1_bytes") == 65536);
  REQUIRE(t.get_real("core.hertz") == 1.5e9);
  t.set_assignment("core.hertz=1.5G");
  REQUIRE(t.get_real("core.hertz") == 1.5e9);
  REQUIRE(t.get_bool("sim.trace"));
  REQUIRE(t.get_string("sim.timing") == "none");
  REQUIRE(t.all().at("core.hertz").origin == "--set");
}

TEST_CASE("mistakes are answered with what was expected") {
  ParameterTable t = table();
  REQUIRE_THAT(failure(t, "core.l1_byte=1"), Contains("did you mean 'core.l1_bytes'?"));
  REQUIRE_THAT(failure(t, "core.l1_bytes=1"), Contains("out of range") && Contains("1024"));
  REQUIRE_THAT(failure(t, "core.l1_bytes=1e99"), Contains("out of range"));
  REQUIRE_THAT(failure(t, "core.l1_bytes=nan"), Contains("not a number"));
  REQUIRE_THAT(failure(t, "core.l1_bytes=2000.5"), Contains("whole number"));
  REQUIRE_THAT(failure(t, "core.l1_bytes=lots"), Contains("not a number"));
  REQUIRE_THAT(failure(t, "core.l1_bytes=64X"), Contains("not a number"));
  REQUIRE_THAT(failure(t, "sim.timing=exact"), Contains("none, fast, full"));
  REQUIRE_THAT(failure(t, "sim.trace=maybe"), Contains("true or false"));
  REQUIRE_THAT(failure(t, "core.l1_bytes"), Contains("path=value"));
  REQUIRE(t.get_int("core.l1_bytes") == 512 << 10);
}

TEST_CASE("a preset sets leaves and may rest on another") {
  const TempFolder folder;
  folder.write("big.json", R"({"description": "x", "core": {"l1_bytes": 1048576, "hertz": 2e9}})");
  const std::string file =
      folder.write("bigger.json", R"({"based_on": "big", "core": {"l1_bytes": "2M"}})");
  ParameterTable t = table();
  t.load_preset(file, "bigger");
  REQUIRE(t.get_int("core.l1_bytes") == 2 << 20);
  REQUIRE(t.get_real("core.hertz") == 2e9);
  REQUIRE(t.all().at("core.hertz").origin == "big");

  ParameterTable u = table();
  const std::string wrong = folder.write("wrong.json", R"({"core": {"l2_bytes": 1}})");
  REQUIRE_THROWS_WITH(u.load_preset(wrong, "wrong"),
                      Contains("wrong.json") && Contains("core.l2_bytes"));
  const std::string broken = folder.write("broken.json", "{");
  REQUIRE_THROWS_WITH(u.load_preset(broken, "broken"), Contains("not a JSON object"));
  const std::string self = folder.write("self.json", R"({"based_on": "self"})");
  REQUIRE_THROWS_WITH(u.load_preset(self, "self"), Contains("another preset"));
  REQUIRE_THROWS_WITH(u.load_preset("/nonexistent/x.json", "x"), Contains("cannot read"));
}

TEST_CASE("the effective configuration is written out") {
  ParameterTable t = table();
  t.set_assignment("core.l1_bytes=64K");
  REQUIRE_THAT(t.to_json(), Contains("\"core.l1_bytes\": 65536"));
}
