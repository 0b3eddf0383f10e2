// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <nlohmann/json.hpp>

#include "systemc/observe/html_report.h"
#include "systemc/observe/number_text.h"
#include "tests/observe/support.h"

namespace {

using namespace cubist;
using namespace cubist::observe;

ReportDocument sample() {
  ReportDocument document;
  document.title = "A <run> & its \"figures\"";
  document.summary = {"200 images with `--cube=rtl`."};
  document.headlines = {{"accuracy", "91.4 %"}, {"cycles per image", "1,234,567"}};
  ReportSection section;
  section.heading = "Pipes";
  section.paragraphs = {"Where time goes, 1 < 2."};
  section.charts.emplace_back(
      StackedBars{"Shares",
                  "%",
                  {"m", "mte2"},
                  {{"busy", {60, 25}}, {"wait_flag", {30, 25}}, {"idle", {10, 50}}},
                  100});
  section.charts.emplace_back(Bars{"Traffic", "MB", {"read", "written"}, {200, 50}});
  section.charts.emplace_back(
      Lines{"Over time", "time", "us", "bandwidth", "GB/s", {0, 1, 2, 3}, {{"r", {1, NAN, 3, 5}}}});
  section.charts.emplace_back(Histogram{"Latency", "latency", "ns", {1, 2, 2, 3, 11}, 5});
  section.tables.push_back(
      Table{"Layers",
            {{"layer", ""}, {"error", "ulp"}, {"cycles", ""}},
            {{"conv1", Cell(0.125, 3), 1234567}, {"<fc>", "none", uint64_t{42}}}});
  document.sections.push_back(section);
  return document;
}

size_t count(const std::string& text, const std::string& part) {
  size_t found = 0;
  for (size_t at = text.find(part); at != text.npos; at = text.find(part, at + 1)) ++found;
  return found;
}

/// Every tag that opens is closed, in order, and its attributes are quoted.
void require_well_formed(const std::string& html) {
  std::vector<std::string> open;
  for (size_t at = html.find("<html"); at != html.npos; at = html.find('<', at + 1)) {
    // Texts are escaped, so that the next > ends the tag.
    const size_t end = html.find('>', at);
    REQUIRE(end != html.npos);
    std::string tag = html.substr(at + 1, end - at - 1);
    INFO(tag.substr(0, 100));
    REQUIRE(tag.find('<') == tag.npos);
    REQUIRE(std::count(tag.begin(), tag.end(), '"') % 2 == 0);
    const std::string name =
        tag.substr(tag[0] == '/', tag.find_first_of(" /", 1) - (tag[0] == '/'));
    REQUIRE_FALSE(name.empty());
    if (tag[0] == '/') {
      REQUIRE_FALSE(open.empty());
      REQUIRE(open.back() == name);
      open.pop_back();
    } else if (tag.back() != '/' && name != "meta") {
      open.push_back(name);
    }
  }
  REQUIRE(open.empty());
}

TEST_CASE("the page is well formed, self-contained and escapes every text") {
  const std::string html = to_html(sample());
  require_well_formed(html);
  CHECK(html.find("A &lt;run&gt; &amp; its &quot;figures&quot;") != html.npos);
  CHECK(html.find("<run>") == html.npos);
  CHECK(html.find("<fc>") == html.npos);
  CHECK(html.find("<code>--cube=rtl</code>") != html.npos);
  for (const char* foreign : {"http:", "https:", "<script", "<link", "@import", "url(", "src="}) {
    INFO(foreign);
    CHECK(html.find(foreign) == html.npos);
  }
}

TEST_CASE("bars are as long as their values") {
  const std::string html = to_html(sample());
  // Shares of the second bar: 25, 25 and 50 of 100, on a width of 1000.
  CHECK(
      html.find("<rect x=\"0.00\" width=\"250.00\" height=\"10\" class=\"s0\"><title>busy: 25 %") !=
      html.npos);
  CHECK(html.find("<rect x=\"250.00\" width=\"250.00\" height=\"10\" class=\"s1\">"
                  "<title>wait_flag: 25 %") != html.npos);
  CHECK(html.find("<rect x=\"500.00\" width=\"500.00\" height=\"10\" class=\"rest\">") !=
        html.npos);
  // A scale that fits the largest: 200 and 50.
  CHECK(html.find("width=\"1000.00\" height=\"10\" class=\"s0\"><title>read: 200 MB") != html.npos);
  CHECK(html.find("width=\"250.00\" height=\"10\" class=\"s0\"><title>written: 50 MB") !=
        html.npos);
}

TEST_CASE("a gap breaks a line and bins count what falls into them") {
  const std::string html = to_html(sample());
  CHECK(count(html, "<polyline") == 1);  // points 2 and 3
  CHECK(count(html, "<circle") == 1);    // point 0 alone
  CHECK(html.find("<title>1 to 3 ns: 3</title>") != html.npos);
  CHECK(html.find("<title>3 to 5 ns: 1</title>") != html.npos);
  CHECK(html.find("<title>9 to 11 ns: 1</title>") != html.npos);
  CHECK(html.find("5 values") != html.npos);
}

TEST_CASE("columns of numbers are right-aligned and grouped") {
  const std::string html = to_html(sample());
  CHECK(html.find("<th scope=\"col\" class=\"n\">error<small>ulp</small></th>") != html.npos);
  CHECK(html.find("<td class=\"n\">0.125</td><td class=\"n\">1,234,567</td>") != html.npos);
  CHECK(html.find("<td>&lt;fc&gt;</td><td class=\"n\">none</td><td class=\"n\">42</td>") !=
        html.npos);
}

TEST_CASE("charts without data, with strange data or of enormous size do no harm") {
  ReportDocument document{"t", {}, {}, {}};
  ReportSection section{"odd", {}, {}, {}};
  section.charts = {StackedBars{}, Bars{}, Lines{}, Histogram{}};
  section.charts.emplace_back(StackedBars{"short", "", {"a", "b"}, {{"x", {1}}}, 0});
  section.charts.emplace_back(Bars{"odd", "", {"a", "b", "c"}, {NAN, -5, INFINITY}});
  section.charts.emplace_back(Bars{"mixed", "", {"a", "b"}, {-5, 5}});
  section.charts.emplace_back(Lines{"one", "", "", "", "", {3}, {{"x", {7}}}});
  section.charts.emplace_back(Lines{"flat", "", "", "", "", {1, 2}, {{"x", {0, 0}}}});
  section.charts.emplace_back(Histogram{"same", "", "", {4, 4, 4}, 0});
  section.charts.emplace_back(Histogram{"not finite", "", "", {NAN, INFINITY}, 10});
  Lines large{"large", "", "", "", "", {}, {{"x", {}}}};
  for (unsigned i = 0; i < 100'000; ++i) {
    large.x.push_back(i);
    large.series[0].values.push_back(i == 77'777 ? 1e6 : i % 10);
  }
  section.charts.emplace_back(large);
  section.tables = {Table{}, Table{"ragged", {{"only", ""}}, {{1, 2, 3}, {}}}};
  document.sections = {section, section, section};
  const std::string html = to_html(document);
  require_well_formed(html);
  CHECK(html.size() < 400'000);
  CHECK(html.find("nan") == html.npos);
  CHECK(html.find("inf") == html.npos);
  CHECK(count(html, "No data.") == 3 * 6);
  // Thinning keeps the peak: it reaches the top of the plot.
  CHECK(count(html, ",12.00 ") == 3);
}

TEST_CASE("the JSON holds the same content with full precision") {
  ReportDocument document = sample();
  document.sections[0].tables[0].rows[0][1] = Cell(1.0 / 3, 2);
  document.sections[0].tables[0].rows[1][1] = Cell(NAN, 2);
  const auto json = nlohmann::json::parse(to_json(document));
  CHECK(json["title"] == document.title);
  CHECK(json["headlines"][0]["value"] == "91.4 %");
  const auto& section = json["sections"][0];
  CHECK(section["charts"][0]["series"][1]["values"][0] == 30);
  CHECK(section["charts"][2]["series"][0]["values"][1].is_null());
  CHECK(section["charts"][3]["type"] == "histogram");
  CHECK(section["tables"][0]["columns"][1]["unit"] == "ulp");
  CHECK(section["tables"][0]["rows"][0][1] == 1.0 / 3);
  CHECK(section["tables"][0]["rows"][0][2] == 1234567);
  CHECK(section["tables"][0]["rows"][1][1].is_null());
}

TEST_CASE("reports are written to files, and trouble is named") {
  test::TemporaryFile html(".html"), json(".json");
  write_html(html.path(), sample());
  write_json(json.path(), sample());
  CHECK(test::read_file(html.path()) == to_html(sample()));
  CHECK(test::read_file(json.path()) == to_json(sample()));
  CHECK_THROWS_WITH(write_html("/nonexistent/r.html", sample()),
                    Catch::Contains("cannot write the report '/nonexistent/r.html'"));
}

TEST_CASE("numbers are written for readers") {
  CHECK(group_thousands("1") == "1");
  CHECK(group_thousands("-123456.75") == "-123,456.75");
  CHECK(group_thousands("999") == "999");
  CHECK(number_text(1234.5, 2) == "1,234.50");
  CHECK(number_text(-0.25, 1) == "-0.2");
  CHECK(number_text(0.00012, 2) == "1.20e-04");
  CHECK(number_text(0, 2) == "0.00");
  CHECK(number_text(NAN, 2) == "\u2013");
  CHECK(number_text(1e20, 0) == "1.00e+20");
  CHECK(tick_text(0, 0.25) == "0.00");
  CHECK(tick_text(0.75, 0.25) == "0.75");
  CHECK(tick_text(1500, 500) == "1,500");
  CHECK(tick_text(2'500'000, 500'000) == "2.5 M");
  CHECK(tick_text(250'000, 50'000) == "250 k");
  CHECK(short_text(0.123456) == "0.12");
  CHECK(short_text(61.37) == "61.4");
  CHECK(short_text(1843) == "1,843");
}

}  // namespace
