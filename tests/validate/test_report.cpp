// SPDX-License-Identifier: Apache-2.0
// Errors, median, trends: from figures made up here.
#include <catch2/catch.hpp>

#include "tools/validate/report.h"

namespace cubist::test {
namespace {

using namespace cubist::validate;
using Catch::Matchers::Contains;

Row row(const std::string& name, double task, double mte2) {
  Row r;
  r.name = name;
  r.published = {{"task_us", task}, {"mte2_us", mte2}};
  return r;
}
RowResult result(double task, double mte2) {
  RowResult r;
  r.columns = {{"task_us", task}, {"mte2_us", mte2}};
  return r;
}

TEST_CASE("report: signed errors, median, worst, trends") {
  Published published;
  published.trends = {
      {"a.task_us", "b.task_us"}, {"a.mte2_us", "b.mte2_us"}, {"a.task_us", "unmeasured.task_us"}};
  RunOptions options;
  options.precondition.text = "cold";
  Report report(published, options);
  report.add(row("a", 100, 50), result(110, 49));  // +10, -2
  report.add(row("b", 200, 80), result(192, 40));  // -4, -50
  const std::string lines = report.lines(row("a", 100, 50), result(110, 49));
  CHECK_THAT(lines, Contains("VALID a.task_us 100 110.000 +10.0\n"));
  CHECK_THAT(lines, Contains("VALID a.mte2_us 50 49.000 -2.0\n"));
  const std::string summary = report.summary();
  CHECK_THAT(summary, Contains("columns 4 median 7.0 %"));
  CHECK_THAT(summary, Contains("worst -50.0 % (b.mte2_us)"));
  CHECK_THAT(summary, Contains("TREND a.task_us < b.task_us ok"));
  CHECK_THAT(summary, Contains("TREND a.mte2_us < b.mte2_us WRONG"));
  CHECK_THAT(summary, Contains("rows 2 missing 0 trends 2 wrong 1"));
  CHECK_THAT(report.markdown(), Contains("| a | mte2 | 50 | 49 | -2.0 |"));
}

TEST_CASE("report: a row that failed is missing") {
  Published published;
  RunOptions options;
  Report report(published, options);
  RowResult failed;
  failed.error = "the chip is on fire";
  report.add(row("a", 1, 1), failed);
  CHECK(report.missing() == 1);
  CHECK_THAT(report.lines(row("a", 1, 1), failed), Contains("MISSING a: the chip is on fire"));
}

TEST_CASE("report: scaled runs are not compared") {
  Published published;
  RunOptions options;
  options.scale = 4;
  Report report(published, options);
  report.add(row("a", 100, 50), result(25, 12));
  CHECK_THAT(report.lines(row("a", 100, 50), result(25, 12)), !Contains("VALID"));
  CHECK_THAT(report.summary(), !Contains("median"));
}

}  // namespace
}  // namespace cubist::test
