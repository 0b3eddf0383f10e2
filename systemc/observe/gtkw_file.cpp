// SPDX-License-Identifier: Apache-2.0
#include "systemc/observe/gtkw_file.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <filesystem>

#include "systemc/base/error.h"
#include "systemc/observe/output_file.h"

namespace cubist::observe {
namespace {

namespace fs = std::filesystem;

// GTKWave's trace flags, as its save files show them.
constexpr unsigned kHex = 0x2, kDecimal = 0x4, kBinary = 0x8, kRightAligned = 0x20, kBlank = 0x200,
                   kSigned = 0x400, kAscii = 0x800, kClosed = 0x400000, kGroupBegin = 0x800000,
                   kGroupEnd = 0x1000000;
// The wave pane's share of the window; GTKWave counts time in frames of 200 pixels.
constexpr double kPanePixels = 1000, kFramePixels = 200;

unsigned flags_of(const GtkwSignal& signal) {
  switch (signal.radix) {
    case Radix::hexadecimal:
      return (signal.bits == 1 ? kBinary : kHex) | kRightAligned;
    case Radix::decimal:
      return kDecimal | kRightAligned;
    case Radix::signed_decimal:
      return kSigned | kRightAligned;
    case Radix::binary:
      return kBinary | kRightAligned;
    case Radix::text:
      return kAscii | kRightAligned;
  }
  return kHex | kRightAligned;
}

std::string flag_line(unsigned flags) {
  char text[16];
  std::snprintf(text, sizeof text, "@%x\n", flags);
  return text;
}

std::string one_line(std::string text) {
  std::replace_if(
      text.begin(), text.end(), [](char c) { return c == '\n' || c == '\r'; }, ' ');
  return text;
}

std::string signal_lines(const GtkwSignal& signal) {
  std::string name = one_line(signal.path);
  if (signal.bits > 1) name += "[" + std::to_string(signal.bits - 1) + ":0]";
  std::string text = flag_line(flags_of(signal));
  if (!signal.alias.empty()) text += "+{" + one_line(signal.alias) + "} ";
  return text + name + "\n";
}

// Zoom is the negative binary logarithm of the time that a frame shows.
std::string zoom_line(const GtkwView& view) {
  std::array<std::string, 27> markers;
  markers.fill("-1");
  for (const GtkwMarker& marker : view.markers) {
    const bool primary = marker.letter == '\0';
    if (!primary && (marker.letter < 'A' || marker.letter > 'Z')) {
      throw base::InternalError("GTKWave marker letters run from A to Z");
    }
    markers[primary ? 0 : static_cast<size_t>(marker.letter - 'A') + 1] =
        std::to_string(marker.time);
  }
  const double span = view.to > view.from ? static_cast<double>(view.to - view.from) : 1e9;
  char zoom[32];
  std::snprintf(zoom, sizeof zoom, "*%.6f", -std::log2(span * kFramePixels / kPanePixels));
  std::string line = zoom;
  for (const std::string& marker : markers) line += " " + marker;
  return line + "\n";
}

std::string relative_path(const std::string& gtkw_path, const std::string& wave_path) {
  std::error_code error;
  const fs::path folder = fs::absolute(gtkw_path, error).lexically_normal().parent_path();
  return fs::absolute(wave_path, error).lexically_normal().lexically_relative(folder).string();
}

// GTKWave looks for the waveform where it lies relative to the save file, but computes that from
// two absolute names. These are made up, so that the files can be moved together.
std::string anchor_lines(const std::string& gtkw_path, const std::string& dump) {
  fs::path folder = "/";
  for (const fs::path& part : fs::path(dump)) {
    if (part == "..") folder /= "folder";
  }
  const fs::path save = folder / fs::path(gtkw_path).filename();
  return "[dumpfile] \"" + (folder / dump).lexically_normal().string() + "\"\n[savefile] \"" +
         save.string() + "\"\n";
}

}  // namespace

GtkwView view_of(const std::vector<DeclaredSignal>& signals, size_t open_up_to) {
  struct Scope {
    std::string path;
    bool has_text = false;
    std::vector<GtkwSignal> signals;
  };
  std::vector<Scope> scopes;
  for (const DeclaredSignal& signal : signals) {
    auto scope = std::find_if(scopes.begin(), scopes.end(),
                              [&](const Scope& s) { return s.path == signal.scope; });
    if (scope == scopes.end()) scope = scopes.insert(scopes.end(), {signal.scope, false, {}});
    scope->has_text |= signal.bits == 0;
    const Radix radix = signal.bits == 0    ? Radix::text
                        : signal.bits == 64 ? Radix::decimal
                                            : Radix::hexadecimal;
    scope->signals.push_back({signal.scope.empty() ? signal.name : signal.scope + "." + signal.name,
                              signal.bits, radix, ""});
  }
  std::stable_sort(scopes.begin(), scopes.end(),
                   [](const Scope& a, const Scope& b) { return a.has_text && !b.has_text; });
  GtkwView view;
  for (Scope& scope : scopes) {
    const bool closed = scope.signals.size() > open_up_to;
    view.groups.push_back(
        {scope.path.empty() ? "run" : scope.path, std::move(scope.signals), closed});
  }
  return view;
}

void write_gtkw(const std::string& gtkw_path, const std::string& wave_path, const GtkwView& view) {
  const std::string dump = relative_path(gtkw_path, wave_path);
  std::string text = "[*] Written by Cubist\n" + anchor_lines(gtkw_path, dump);
  text += "[timestart] " + std::to_string(view.from) + "\n[size] 1600 900\n[pos] -1 -1\n";
  text += zoom_line(view);
  text += "[sst_width] 250\n[signals_width] 320\n[sst_expanded] 1\n";
  for (const GtkwGroup& group : view.groups) {
    const std::string title = one_line(group.title);
    const unsigned closed = group.closed ? kClosed : 0;
    text += flag_line(kGroupBegin | kBlank | closed) + "-" + title + "\n";
    for (const GtkwSignal& signal : group.signals) text += signal_lines(signal);
    text += flag_line(kGroupEnd | kBlank | closed) + "-" + title + "\n";
  }
  write_text_file(gtkw_path, "GTKWave view", text);
}

}  // namespace cubist::observe
