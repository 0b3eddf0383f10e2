// SPDX-License-Identifier: Apache-2.0
#include "systemc/observe/html_report.h"

#include <algorithm>

#include "systemc/observe/number_text.h"
#include "systemc/observe/output_file.h"
#include "systemc/observe/svg_charts.h"

namespace cubist::observe {
namespace {

// Colours after Okabe and Ito, which people with any colour vision can tell apart; the dark scheme
// has them lighter.
constexpr const char* kStyle = R"(
:root{color-scheme:light dark;--page:#fff;--text:#1b1f24;--quiet:#59636e;--rule:#e3e7eb;--edge:#8c959f;--card:#f5f7f9;--track:#eef1f4;--rest:#c9d0d7;--link:#0b5cad;
--s0:#0072b2;--s1:#e69f00;--s2:#009e73;--s3:#d55e00;--s4:#cc79a7;--s5:#56b4e9;--s6:#8c6d1f;--s7:#6f5bb5}
@media (prefers-color-scheme:dark){:root{--page:#14181d;--text:#e4e8ec;--quiet:#9aa5b1;--rule:#2b323a;--edge:#6b7681;--card:#1c2229;--track:#222930;--rest:#4a545f;--link:#6cb6ff;
--s0:#3d9fe0;--s1:#f0b429;--s2:#2bbf91;--s3:#f0793a;--s4:#dd96bd;--s5:#86ccf2;--s6:#c2a24d;--s7:#a594e0}}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%}
body{margin:0 auto;padding:2.5rem 1.25rem 4rem;max-width:64rem;background:var(--page);color:var(--text);font:1rem/1.55 system-ui,-apple-system,"Segoe UI","Noto Sans","DejaVu Sans",sans-serif;overflow-wrap:break-word}
h1{font-size:1.9rem;line-height:1.2;margin:0 0 .75rem;font-weight:650;letter-spacing:-.01em}
h2{font-size:1.3rem;line-height:1.3;margin:3rem 0 .75rem;padding-top:1rem;border-top:1px solid var(--rule);font-weight:650}
p{margin:.5rem 0;max-width:46rem}
.lead{font-size:1.05rem}
.quiet{color:var(--quiet);font-size:.875rem}
code{font:0.9em ui-monospace,"Cascadia Mono","DejaVu Sans Mono",Menlo,monospace;background:var(--card);padding:.1em .3em;border-radius:3px}
a{color:var(--link)}
nav{margin:1.25rem 0;font-size:.925rem}
nav a{margin-right:1.1rem;display:inline-block}
.headlines{display:flex;flex-wrap:wrap;gap:.75rem;margin:1.5rem 0;padding:0}
.headlines div{flex:1 1 17rem;background:var(--card);border-radius:6px;padding:.75rem 1rem}
.headlines dt{color:var(--quiet);font-size:.85rem;line-height:1.3}
.headlines dd{margin:.15rem 0 0;font-size:1.35rem;line-height:1.25;font-weight:600;font-variant-numeric:tabular-nums}
.scroll{overflow-x:auto;margin:0 0 1.75rem}
.scroll:focus-visible{outline:2px solid var(--link);outline-offset:2px}
table{border-collapse:collapse;font-size:.9rem;min-width:min(100%,30rem)}
caption{text-align:left;font-weight:600;margin-bottom:.5rem;font-size:1rem}
th,td{padding:.35rem .8rem .35rem 0;text-align:left;vertical-align:top;border-bottom:1px solid var(--rule)}
th:last-child,td:last-child{padding-right:0}
thead th{vertical-align:bottom;border-bottom:1px solid var(--edge);font-weight:600}
thead small{display:block;color:var(--quiet);font-weight:400}
td.n,th.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
footer{margin-top:3.5rem;color:var(--quiet);font-size:.85rem}
@media (max-width:34rem){body{padding-top:1.5rem}h1{font-size:1.5rem}.headlines div{flex-basis:9rem;padding:.6rem .75rem}.headlines dd{font-size:1.1rem}}
@media print{:root{color-scheme:light;--page:#fff;--text:#000;--quiet:#444;--rule:#ccc;--edge:#777;--card:#f2f2f2;--track:#eee;--rest:#c4c4c4;--link:#000;--s0:#0072b2;--s1:#e69f00;--s2:#009e73;--s3:#d55e00;--s4:#cc79a7;--s5:#56b4e9;--s6:#8c6d1f;--s7:#6f5bb5}
*{-webkit-print-color-adjust:exact;print-color-adjust:exact}body{max-width:none;padding:0;font-size:10pt}nav{display:none}
h2{break-after:avoid}figure,tr,.headlines div{break-inside:avoid}.scroll{overflow:visible}.plot{min-width:0}}
)";

// Text between backquotes is set as code.
std::string with_code(const std::string& text) {
  std::string out;
  size_t at = 0;
  while (true) {
    const size_t open = text.find('`', at);
    const size_t close = open == text.npos ? text.npos : text.find('`', open + 1);
    if (close == text.npos) return out + escaped(text.substr(at));
    out += escaped(text.substr(at, open - at)) + "<code>" +
           escaped(text.substr(open + 1, close - open - 1)) + "</code>";
    at = close + 1;
  }
}

std::string cell_html(const Cell& cell, bool numeric) {
  const std::string content =
      cell.is_number ? number_text(cell.number, cell.digits) : with_code(cell.text);
  return (numeric ? "<td class=\"n\">" : "<td>") + content + "</td>";
}

std::string table_html(const Table& table) {
  size_t width = table.columns.size();
  for (const auto& row : table.rows) width = std::max(width, row.size());
  // A column that holds a number anywhere is right-aligned throughout.
  std::vector<bool> numeric(width);
  for (const auto& row : table.rows) {
    for (size_t i = 0; i < row.size(); ++i) numeric[i] = numeric[i] || row[i].is_number;
  }
  std::string out = "<div class=\"scroll\" tabindex=\"0\"><table>\n";
  if (!table.caption.empty()) out += "<caption>" + escaped(table.caption) + "</caption>\n";
  out += "<thead><tr>";
  for (size_t i = 0; i < width; ++i) {
    out += numeric[i] ? "<th scope=\"col\" class=\"n\">" : "<th scope=\"col\">";
    if (i < table.columns.size()) {
      out += escaped(table.columns[i].heading);
      if (!table.columns[i].unit.empty()) {
        out += "<small>" + escaped(table.columns[i].unit) + "</small>";
      }
    }
    out += "</th>";
  }
  out += "</tr></thead>\n<tbody>\n";
  for (const auto& row : table.rows) {
    out += "<tr>";
    for (size_t i = 0; i < width; ++i) {
      out += i < row.size() ? cell_html(row[i], numeric[i]) : "<td></td>";
    }
    out += "</tr>\n";
  }
  return out + "</tbody></table></div>\n";
}

}  // namespace

std::string to_html(const ReportDocument& document) {
  const std::string title = escaped(document.title);
  std::string out =
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n<title>" +
      title + "</title>\n<style>" + kStyle;
  out += chart_style();
  out += "</style>\n</head>\n<body>\n<header>\n<h1>" + title + "</h1>\n";
  for (const std::string& line : document.summary) {
    out += "<p class=\"lead\">" + with_code(line) + "</p>\n";
  }
  out += "</header>\n";
  if (!document.headlines.empty()) {
    out += "<dl class=\"headlines\">\n";
    for (const Headline& headline : document.headlines) {
      out += "<div><dt>" + escaped(headline.name) + "</dt><dd>" + escaped(headline.value) +
             "</dd></div>\n";
    }
    out += "</dl>\n";
  }
  const std::vector<ReportSection>& sections = document.sections;
  if (sections.size() > 2) {
    out += "<nav aria-label=\"Sections\">";
    for (size_t i = 0; i < sections.size(); ++i) {
      out +=
          "<a href=\"#part" + std::to_string(i + 1) + "\">" + escaped(sections[i].heading) + "</a>";
    }
    out += "</nav>\n";
  }
  out += "<main>\n";
  for (size_t i = 0; i < sections.size(); ++i) {
    out += "<section>\n<h2 id=\"part" + std::to_string(i + 1) + "\">" +
           escaped(sections[i].heading) + "</h2>\n";
    for (const std::string& paragraph : sections[i].paragraphs) {
      out += "<p>" + with_code(paragraph) + "</p>\n";
    }
    for (const Chart& chart : sections[i].charts) out += chart_html(chart);
    for (const Table& table : sections[i].tables) out += table_html(table);
    out += "</section>\n";
  }
  return out + "</main>\n<footer>Written by Cubist.</footer>\n</body>\n</html>\n";
}

void write_html(const std::string& path, const ReportDocument& document) {
  write_text_file(path, "report", to_html(document));
}

void write_json(const std::string& path, const ReportDocument& document) {
  write_text_file(path, "report", to_json(document));
}

}  // namespace cubist::observe
