// SPDX-License-Identifier: Apache-2.0
#include "systemc/observe/svg_charts.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

#include "systemc/observe/number_text.h"

namespace cubist::observe {
namespace {

// Line charts and histograms have their own coordinates; narrow screens scroll them.
constexpr double kWidth = 760, kHeight = 280;
constexpr double kLeft = 64, kRight = 16, kTop = 12, kBottom = 46;
// More points than pixels only make the page larger.
constexpr size_t kMostPoints = 1500;

std::string fixed(double value) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.2f", value);
  return text.data();
}

std::string with_unit(const std::string& text, const std::string& unit) {
  return unit.empty() || text.empty() ? text + unit : text + " " + unit;
}

std::string named(const std::string& name, const std::string& unit) {
  return unit.empty() ? name : name + " (" + unit + ")";
}

std::string figure(const std::string& caption, const std::string& body) {
  return "<figure><figcaption>" + escaped(caption) + "</figcaption>\n" + body + "</figure>\n";
}

std::string no_data(const std::string& caption) {
  return figure(caption, "<p class=\"quiet\">No data.</p>\n");
}

std::string series_class(const std::string& name, size_t index) {
  if (name == "idle" || name == "other") return "rest";
  return "s" + std::to_string(index % 8);
}

std::string legend(const std::vector<Series>& series) {
  if (series.size() < 2) return "";
  std::string out = "<ul class=\"legend\">";
  for (size_t i = 0; i < series.size(); ++i) {
    out +=
        "<li><svg width=\"12\" height=\"12\" aria-hidden=\"true\"><rect width=\"12\" "
        "height=\"12\" rx=\"2\" class=\"" +
        series_class(series[i].name, i) + "\"/></svg>" + escaped(series[i].name) + "</li>";
  }
  return out + "</ul>\n";
}

/// A round distance between marks, so that about `count` of them cover `span`.
double tick_step(double span, double count) {
  const double raw = span / count;
  const double power = std::pow(10, std::floor(std::log10(raw)));
  for (const double factor : {1.0, 2.0, 2.5, 5.0}) {
    if (raw <= factor * power * 1.0001) return factor * power;
  }
  return 10 * power;
}

double at_or_zero(const std::vector<double>& values, size_t index) {
  return index < values.size() && std::isfinite(values[index]) ? values[index] : 0;
}

// --- horizontal bars: labels and values are HTML text, so that they never shrink --------------

struct Bar {
  std::string label, value;
  std::vector<double> parts;
};

std::string bar_rows(const std::vector<Bar>& bars, const std::vector<Series>& series, double scale,
                     const std::string& unit, const std::string& value_name) {
  std::string out = "<div class=\"bars\">\n";
  for (const Bar& bar : bars) {
    out += "<div class=\"label\">" + escaped(bar.label) +
           "</div><svg class=\"bar\" viewBox=\"0 0 1000 10\" preserveAspectRatio=\"none\" "
           "role=\"img\" aria-label=\"" +
           escaped(bar.label) + "\"><rect width=\"1000\" height=\"10\" class=\"track\"/>";
    double x = 0;
    for (size_t i = 0; i < bar.parts.size(); ++i) {
      // Bars start at zero; what is negative has no length.
      const double width = std::clamp(bar.parts[i] / scale * 1000, 0.0, 1000 - x);
      if (width <= 0) continue;
      out += "<rect x=\"" + fixed(x) + "\" width=\"" + fixed(width) + "\" height=\"10\" class=\"" +
             series_class(series[i].name, i) + "\"><title>" +
             escaped(series[i].name.empty() ? bar.label : series[i].name) + ": " +
             escaped(with_unit(short_text(bar.parts[i]), unit)) + "</title></rect>";
      x += width;
    }
    out += "</svg><div class=\"value\">" + escaped(bar.value) + "</div>\n";
  }
  // The axis.
  const double step = tick_step(scale, 4);
  out += "<div class=\"label\"></div><div class=\"axis\">";
  for (double mark = 0; mark <= scale * 1.0001; mark += step) {
    out += "<span style=\"left:" + fixed(mark / scale * 100) + "%\">" +
           escaped(tick_text(mark, step)) + "</span>";
  }
  return out + "</div><div class=\"value quiet\">" + escaped(with_unit(value_name, unit)) +
         "</div>\n</div>\n";
}

std::string draw(const StackedBars& chart) {
  double largest = 0;
  std::vector<Bar> bars;
  for (size_t b = 0; b < chart.labels.size(); ++b) {
    Bar bar{chart.labels[b], "", {}};
    double sum = 0;
    for (const Series& series : chart.series) {
      bar.parts.push_back(at_or_zero(series.values, b));
      sum += std::max(bar.parts.back(), 0.0);
    }
    largest = std::max(largest, sum);
    // Shares of a whole are compared by their first part, amounts by their sum.
    if (!bar.parts.empty()) bar.value = short_text(chart.full_scale > 0 ? bar.parts[0] : sum);
    bars.push_back(std::move(bar));
  }
  const double scale = chart.full_scale > 0 ? chart.full_scale : largest;
  if (bars.empty() || chart.series.empty() || !(scale > 0)) return no_data(chart.caption);
  const std::string shown =
      chart.full_scale > 0 && chart.series.size() > 1 ? chart.series[0].name : std::string();
  return figure(chart.caption,
                legend(chart.series) + bar_rows(bars, chart.series, scale, chart.unit, shown));
}

std::string draw(const Bars& chart) {
  double largest = 0;
  std::vector<Bar> bars;
  for (size_t b = 0; b < chart.labels.size(); ++b) {
    const double value = at_or_zero(chart.values, b);
    largest = std::max(largest, value);
    bars.push_back({chart.labels[b], short_text(value), {value}});
  }
  if (bars.empty() || !(largest > 0)) return no_data(chart.caption);
  return figure(chart.caption, bar_rows(bars, {{"", {}}}, largest, chart.unit, ""));
}

// --- plots with two axes -----------------------------------------------------------------------

struct Axis {
  double low, high, step;
  /// From a value to a share of the axis.
  double at(double value) const { return (value - low) / (high - low); }
};

Axis axis_for(double low, double high, double marks, bool from_zero) {
  if (from_zero && low > 0) low = 0;
  if (!(high > low)) {
    const double room = low == 0 ? 1 : std::fabs(low) * 0.5;
    high = low + room;
    if (!from_zero) low -= room;
  }
  const double step = tick_step(high - low, marks);
  return {std::floor(low / step + 1e-9) * step, std::ceil(high / step - 1e-9) * step, step};
}

double pixel_x(const Axis& axis, double value) {
  return kLeft + axis.at(value) * (kWidth - kLeft - kRight);
}
double pixel_y(const Axis& axis, double value) {
  return kHeight - kBottom - axis.at(value) * (kHeight - kTop - kBottom);
}

std::string text_at(double x, double y, const char* anchor, const std::string& text,
                    const char* extra = "") {
  return "<text x=\"" + fixed(x) + "\" y=\"" + fixed(y) + "\" text-anchor=\"" + anchor + "\"" +
         extra + ">" + escaped(text) + "</text>";
}

std::string line_between(double x1, double y1, double x2, double y2, const char* kind) {
  return "<line x1=\"" + fixed(x1) + "\" y1=\"" + fixed(y1) + "\" x2=\"" + fixed(x2) + "\" y2=\"" +
         fixed(y2) + "\" class=\"" + kind + "\"/>";
}

std::string frame(const Axis& x, const Axis& y, const std::string& x_name,
                  const std::string& y_name) {
  std::string out;
  const auto marks = [](const Axis& axis) {
    return static_cast<int>(std::lround((axis.high - axis.low) / axis.step));
  };
  for (int i = 0; i <= marks(y); ++i) {
    const double value = y.low + i * y.step, at = pixel_y(y, value);
    out += line_between(kLeft, at, kWidth - kRight, at, "grid");
    out += text_at(kLeft - 8, at + 4, "end", tick_text(value, y.step));
  }
  for (int i = 0; i <= marks(x); ++i) {
    const double value = x.low + i * x.step, at = pixel_x(x, value);
    out += line_between(at, kHeight - kBottom, at, kHeight - kBottom + 4, "edge");
    out += text_at(at, kHeight - kBottom + 18, "middle", tick_text(value, x.step));
  }
  out += line_between(kLeft, kHeight - kBottom, kWidth - kRight, kHeight - kBottom, "edge");
  out += text_at((kLeft + kWidth - kRight) / 2, kHeight - 8, "middle", x_name, " class=\"name\"");
  const double middle = (kTop + kHeight - kBottom) / 2;
  out += text_at(14, middle, "middle", y_name,
                 (" class=\"name\" transform=\"rotate(-90 14 " + fixed(middle) + ")\"").c_str());
  return out;
}

std::string plot(const std::string& caption, const std::string& before, const std::string& body) {
  return figure(caption, before +
                             "<div class=\"scroll\" tabindex=\"0\"><svg class=\"plot\" viewBox=\"0 "
                             "0 760 280\" role=\"img\" aria-label=\"" +
                             escaped(caption) + "\">" + body + "</svg></div>\n");
}

/// Points of one unbroken line; of each group of neighbours only the lowest and highest remain.
std::vector<std::pair<double, double>> thinned(
    const std::vector<std::pair<double, double>>& points) {
  if (points.size() <= kMostPoints) return points;
  std::vector<std::pair<double, double>> kept;
  const size_t group = (points.size() * 2 + kMostPoints - 1) / kMostPoints;
  for (size_t first = 0; first < points.size(); first += group) {
    const auto begin = points.begin() + static_cast<std::ptrdiff_t>(first);
    const auto end =
        points.begin() + static_cast<std::ptrdiff_t>(std::min(first + group, points.size()));
    auto [low, high] = std::minmax_element(
        begin, end, [](const auto& a, const auto& b) { return a.second < b.second; });
    if (high < low) std::swap(low, high);
    kept.push_back(*low);
    if (high != low) kept.push_back(*high);
  }
  return kept;
}

std::string polyline(const std::vector<std::pair<double, double>>& points, const Axis& x,
                     const Axis& y, const std::string& color) {
  if (points.empty()) return "";
  if (points.size() == 1) {
    return "<circle cx=\"" + fixed(pixel_x(x, points[0].first)) + "\" cy=\"" +
           fixed(pixel_y(y, points[0].second)) + "\" r=\"3\" class=\"" + color + "\"/>";
  }
  std::string out = "<polyline class=\"line " + color + "\" points=\"";
  for (const auto& [px, py] : thinned(points)) {
    out += fixed(pixel_x(x, px)) + "," + fixed(pixel_y(y, py)) + " ";
  }
  out.back() = '"';
  return out + "/>";
}

std::string draw(const Lines& chart) {
  double low_x = INFINITY, high_x = -INFINITY, low_y = INFINITY, high_y = -INFINITY;
  const auto usable = [&](const Series& series, size_t i) {
    return i < series.values.size() && std::isfinite(series.values[i]) && std::isfinite(chart.x[i]);
  };
  for (const Series& series : chart.series) {
    for (size_t i = 0; i < chart.x.size(); ++i) {
      if (!usable(series, i)) continue;
      low_x = std::min(low_x, chart.x[i]), high_x = std::max(high_x, chart.x[i]);
      low_y = std::min(low_y, series.values[i]), high_y = std::max(high_y, series.values[i]);
    }
  }
  if (!(low_x <= high_x)) return no_data(chart.caption);
  const Axis x = axis_for(low_x, high_x, 8, false);
  const Axis y = axis_for(low_y, high_y, 5, low_y < 0.6 * high_y);
  std::string body =
      frame(x, y, named(chart.x_name, chart.x_unit), named(chart.y_name, chart.y_unit));
  for (size_t s = 0; s < chart.series.size(); ++s) {
    const Series& series = chart.series[s];
    std::vector<std::pair<double, double>> points;
    for (size_t i = 0; i <= chart.x.size(); ++i) {
      if (i < chart.x.size() && usable(series, i)) {
        points.emplace_back(chart.x[i], series.values[i]);
      } else {
        body += polyline(points, x, y, series_class(series.name, s));
        points.clear();
      }
    }
  }
  return plot(chart.caption, legend(chart.series), body);
}

std::string draw(const Histogram& chart) {
  std::vector<double> values;
  for (const double value : chart.values) {
    if (std::isfinite(value)) values.push_back(value);
  }
  if (values.empty()) return no_data(chart.caption);
  const auto [lowest, highest] = std::minmax_element(values.begin(), values.end());
  const double low = *lowest, high = *highest;
  const size_t bins = high > low ? std::clamp(chart.bins, 1u, 200u) : 1;
  const double width = high > low ? (high - low) / static_cast<double>(bins) : 1;
  const double start = high > low ? low : low - 0.5;
  std::vector<size_t> counts(bins);
  for (const double value : values) {
    ++counts[std::min(static_cast<size_t>((value - start) / width), bins - 1)];
  }
  const auto most = static_cast<double>(*std::max_element(counts.begin(), counts.end()));
  const Axis x = axis_for(start, start + width * static_cast<double>(bins), 8, false);
  Axis y = axis_for(0, most, 5, true);
  if (y.step < 1) y = {0, most, 1};  // There are no half occurrences.
  std::string body = frame(x, y, named(chart.x_name, chart.x_unit), "count");
  for (size_t b = 0; b < bins; ++b) {
    if (counts[b] == 0) continue;
    const double from = start + width * static_cast<double>(b);
    const double left = pixel_x(x, from), right = pixel_x(x, from + width);
    const double top = pixel_y(y, static_cast<double>(counts[b]));
    body += "<rect x=\"" + fixed(left + 0.5) + "\" y=\"" + fixed(top) + "\" width=\"" +
            fixed(std::max(right - left - 1, 0.5)) + "\" height=\"" +
            fixed(kHeight - kBottom - top) + "\" class=\"s0\"><title>" +
            escaped(with_unit(short_text(from) + " to " + short_text(from + width), chart.x_unit)) +
            ": " + std::to_string(counts[b]) + "</title></rect>";
  }
  std::string note = "<p class=\"quiet\">" + std::to_string(values.size()) + " values";
  if (values.size() != chart.values.size()) {
    note +=
        ", without " + std::to_string(chart.values.size() - values.size()) + " that are not finite";
  }
  return plot(chart.caption, note + "</p>\n", body);
}

}  // namespace

std::string escaped(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        if (static_cast<unsigned char>(c) >= ' ' || c == '\n' || c == '\t') out += c;
    }
  }
  return out;
}

std::string chart_html(const Chart& chart) {
  return std::visit([](const auto& one) { return draw(one); }, chart);
}

std::string_view chart_style() {
  return R"(
figure{margin:1.25rem 0 2rem}
figcaption{font-weight:600;margin-bottom:.5rem}
.legend{list-style:none;display:flex;flex-wrap:wrap;gap:.25rem 1.1rem;margin:.25rem 0 .75rem;padding:0;font-size:.875rem}
.legend svg{margin-right:.4rem;vertical-align:-1px}
.bars{display:grid;grid-template-columns:minmax(4rem,max-content) minmax(6rem,1fr) max-content;gap:.3rem .75rem;align-items:center;font-size:.875rem}
.bars .label{overflow-wrap:anywhere;max-width:16rem}
.bars .value{text-align:right;font-variant-numeric:tabular-nums}
.bar{display:block;width:100%;height:1.05rem;border-radius:2px}
.bar rect+rect+rect{stroke:var(--page);stroke-width:1px;vector-effect:non-scaling-stroke}
.axis{position:relative;height:1.2rem;font-size:.75rem;color:var(--quiet);border-top:1px solid var(--edge);font-variant-numeric:tabular-nums}
.axis span{position:absolute;transform:translateX(-50%);padding-top:.1rem;white-space:nowrap}
.axis span:first-child{transform:none}
.axis span[style="left:100.00%"]{transform:translateX(-100%)}
.plot{display:block;width:100%;min-width:34rem;max-width:56rem;height:auto}
.plot text{font-size:12px;fill:var(--quiet);font-variant-numeric:tabular-nums}
.plot text.name{fill:var(--text)}
.plot .grid{stroke:var(--rule);stroke-width:1}
.plot .edge{stroke:var(--edge);stroke-width:1}
.plot .line{fill:none;stroke-width:1.75;stroke-linejoin:round}
@media (max-width:34rem){.bars{grid-template-columns:1fr max-content;row-gap:.15rem}.bars .label{grid-column:1/-1;max-width:none;margin-top:.3rem}.bars .label:empty{display:none}}
.track{fill:var(--track)}
.rest{fill:var(--rest)}.line.rest{stroke:var(--rest)}
.s0{fill:var(--s0)}.s1{fill:var(--s1)}.s2{fill:var(--s2)}.s3{fill:var(--s3)}
.s4{fill:var(--s4)}.s5{fill:var(--s5)}.s6{fill:var(--s6)}.s7{fill:var(--s7)}
.line.s0{fill:none;stroke:var(--s0)}.line.s1{fill:none;stroke:var(--s1)}.line.s2{fill:none;stroke:var(--s2)}.line.s3{fill:none;stroke:var(--s3)}
.line.s4{fill:none;stroke:var(--s4)}.line.s5{fill:none;stroke:var(--s5)}.line.s6{fill:none;stroke:var(--s6)}.line.s7{fill:none;stroke:var(--s7)}
.line.rest{fill:none}
)";
}

}  // namespace cubist::observe
