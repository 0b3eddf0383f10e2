// SPDX-License-Identifier: Apache-2.0
// The data file, and what the tool makes of it.
#include <catch2/catch.hpp>
#include <set>

#include "bench_chip.h"
#include "systemc/base/error.h"
#include "tools/validate/precondition.h"
#include "tools/validate/published.h"
#include "tools/validate/row_run.h"
#include "tools/validate/workload.h"

namespace cubist::test {
namespace {

using namespace cubist::validate;
using Catch::Matchers::Contains;

const Row& row_named(const Published& published, const std::string& name) {
  for (const Row& row : published.rows) {
    if (row.name == name) return row;
  }
  FAIL("no row " << name);
  return published.rows.front();
}

TEST_CASE("data file: published figures obey their own trends") {
  const Published published = read_published(CUBIST_PUBLISHED);
  std::map<std::string, double> values;
  std::set<std::string> names;
  for (const Row& row : published.rows) {
    CHECK(names.insert(row.name).second);
    CHECK(row.name.find_first_of(" \t") == std::string::npos);
    for (const auto& [column, value] : row.published) {
      CHECK(value > 0);
      values[row.name + "." + column] = value;
    }
    for (const auto& [column, value] : row.noted) values[row.name + "." + column] = value;
  }
  CHECK(published.trends.size() > 20);
  for (const auto& [smaller, larger] : published.trends) {
    CAPTURE(smaller, larger);
    REQUIRE(values.count(smaller) == 1);
    REQUIRE(values.count(larger) == 1);
    CHECK(values[smaller] < values[larger]);
  }
}

TEST_CASE("data file: every row becomes a launch on the chip it names") {
  const Published published = read_published(CUBIST_PUBLISHED);
  Simulator simulator({.chip = published.chip});
  Device device = simulator.open();
  for (const Row& row : published.rows) {
    CAPTURE(row.name);
    const unsigned cores =
        kind_of(row) == CoreKind::cube ? device.cube_cores() : device.vector_cores();
    const Workload w = make_workload(row, row.blocks != 0 ? row.blocks : cores, 1, device);
    CHECK_FALSE(w.words.empty());
    CHECK(w.inputs <= w.buffers.size());
  }
}

TEST_CASE("a row runs and is measured") {
  const Published published = read_published(CUBIST_PUBLISHED);
  RunOptions options;
  options.chip = "tiny";
  options.precondition = parse_precondition("host_copied,warm:1");
  options.scale = 256;
  const Row& row = row_named(published, "vector_add.b4");
  const RowResult result = run_row(row, options);
  CHECK(result.error.empty());
  // 32 x 8192 elements three times; pipes are busy within blocks, blocks lie within the task.
  CHECK(result.gm_mb == Approx(3 * 32 * 8192 * 2 / 1e6));
  // Besides the data there are the kernel's code and its launch block.
  constexpr double kLines = 3 * 32 * 8192 * 2 / 512.0;
  CHECK(result.requests >= kLines);
  CHECK(result.requests < kLines * 1.02);
  const auto& c = result.columns;
  CHECK(c.at("vec_us") > 0);
  CHECK(c.at("mte2_us") > c.at("vec_us"));
  CHECK(c.at("aicore_us") > c.at("mte2_us"));
  CHECK(c.at("task_us") > c.at("aicore_us"));
}

TEST_CASE("host_clean leaves the inputs in L2 where they fit") {
  const Published published = read_published(CUBIST_PUBLISHED);
  RunOptions options;
  options.chip = "tiny";
  options.precondition = parse_precondition("host_clean");
  options.scale = 256;  // Two inputs of 512 KiB; L2 has 1 MiB.
  const RowResult result = run_row(row_named(published, "vector_add.b5"), options);
  // All loads hit, but for the kernel's code; the stores, a third of the requests, bypass.
  CHECK(result.l2_hit_percent == Approx(200.0 / 3).epsilon(0.05));
  CHECK(result.hbm_read_mb < 0.1);
}

TEST_CASE("cold: the first read of every line misses") {
  const Published published = read_published(CUBIST_PUBLISHED);
  RunOptions options;
  options.chip = "tiny";
  options.precondition = parse_precondition("cold");
  options.scale = 256;
  CHECK(run_row(row_named(published, "vector_add.b5"), options).l2_hit_percent < 3);
}

TEST_CASE("bad input gets one clear line") {
  CHECK_THROWS_WITH(parse_precondition("warmed"), Contains("unknown") && Contains("warm:N"));
  CHECK_THROWS_WITH(parse_precondition(""), Contains("empty"));
  const Published published = read_published(CUBIST_PUBLISHED);
  CHECK_THROWS_WITH(select_rows(published, {"matmul.8912"}),
                    Contains("did you mean 'matmul.8192'"));
  CHECK(select_rows(published, {"vector_add.*"}).size() == 6);
  CHECK_THROWS_WITH(read_published("/no/such/file.json"), Contains("/no/such/file.json"));
}

}  // namespace
}  // namespace cubist::test
