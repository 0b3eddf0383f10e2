// SPDX-License-Identifier: Apache-2.0
// Writes a ReportDocument as one self-contained HTML page, and as JSON for machines.
#pragma once

#include <string>

#include "systemc/observe/report_document.h"

namespace cubist::observe {

/// The page: no scripts, no resources from elsewhere, plots as inline SVG, light and dark scheme,
/// fit for narrow screens and paper. All texts are escaped.
std::string to_html(const ReportDocument& document);

/// The same content with full precision; not-a-number and infinities become null.
std::string to_json(const ReportDocument& document);

/// Write to a file; throw base::UserError if that fails.
void write_html(const std::string& path, const ReportDocument& document);
void write_json(const std::string& path, const ReportDocument& document);

}  // namespace cubist::observe
