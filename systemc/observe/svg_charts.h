// SPDX-License-Identifier: Apache-2.0
// Draws the charts of a report as HTML figures with inline SVG.
#pragma once

#include <string>
#include <string_view>

#include "systemc/observe/report_document.h"

namespace cubist::observe {

/// Escapes text for HTML and drops control characters.
std::string escaped(std::string_view text);

/// A <figure> with caption, legend and plot. Colours come from the page's style sheet (classes s0
/// to s7, and `rest` for a series named "idle" or "other").
std::string chart_html(const Chart& chart);

/// The part of the style sheet that charts need.
std::string_view chart_style();

}  // namespace cubist::observe
