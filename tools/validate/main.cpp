// SPDX-License-Identifier: Apache-2.0
// cubist-validate: runs the kernels behind published measurements on the simulated chip and prints
// ours beside the published figures.
//
// Exit codes: 0 every row was measured; 1 a row is missing; 2 the input is wrong; 130 interrupted.
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <iostream>
#include <sstream>

#include "systemc/base/error.h"
#include "systemc/chip/in_process.h"
#include "tools/simulator/home.h"
#include "tools/validate/processes.h"
#include "tools/validate/published.h"
#include "tools/validate/report.h"
#include "tools/validate/workload.h"

namespace {

using namespace cubist;
using namespace cubist::validate;

constexpr const char* kFooter =
    "Lines: ROW name and traffic; VALID row.column published ours error%; NOTE likewise, not "
    "counted;\n"
    "  ALSO row.column ours; TREND a < b ok|WRONG; SUMMARY. All is explained in docs/accuracy.md.\n"
    "Examples:\n"
    "  cubist-validate --row 'vector_add.*'\n"
    "  cubist-validate --row matmul.8192 --set core.max_outstanding=64 --arg panel=8\n"
    "Exit code: 0 every row was measured, 1 a row is missing, 2 bad input, 130 interrupted.";

struct Options {
  std::vector<std::string> rows, settings, arguments;
  std::string chip, values, precondition, data, json, markdown, trace, sweep;
  unsigned scale = 1, jobs = 1;
  bool list = false, brief = false;
};

void write_file(const std::string& path, const std::string& text) {
  if (path == "-") {
    std::cout << text;
    return;
  }
  std::ofstream file(path, std::ios::binary);
  file << text;
  file.flush();
  if (!file) throw base::UserError(path + ": cannot be written: " + std::strerror(errno));
}

void print_list(const std::vector<Row>& rows) {
  for (const Row& row : rows) {
    std::string columns;
    for (const auto& [name, value] : row.published) columns += " " + name;
    std::cout << row.name << ":" << (columns.empty() ? " (nothing published)" : columns) << " - "
              << row.what << "\n";
  }
}

// --arg name=value over what the rows say.
void override_arguments(const std::vector<std::string>& arguments, std::vector<Row>& rows) {
  for (const std::string& argument : arguments) {
    const size_t equals = argument.find('=');
    const std::string value = equals == std::string::npos ? "" : argument.substr(equals + 1);
    if (value.empty() || value.size() > 15 ||
        value.find_first_not_of("0123456789") != std::string::npos) {
      throw base::UserError("--arg " + argument + ": expected name=number, such as tile=4096");
    }
    for (Row& row : rows) row.arguments[argument.substr(0, equals)] = std::stoull(value);
  }
}

/// Runs `rows` and prints each as it is done; false when interrupted.
bool measure(const std::vector<Row>& rows, const RunOptions& options, unsigned jobs, bool brief,
             Report& report) {
  const bool terminal = isatty(STDERR_FILENO) != 0;
  size_t number = 0;
  const auto progress = [&] {
    if (!terminal) return;
    std::cerr << "\r\033[K";
    if (number < rows.size()) {
      std::cerr << "row " << number + 1 << " of " << rows.size() << ": " << rows[number].name;
    }
    std::cerr << std::flush;
  };
  progress();
  const bool complete = run_rows(rows, options, jobs, [&](const Row& row, const RowResult& result) {
    ++number;
    if (terminal) std::cerr << "\r\033[K" << std::flush;
    report.add(row, result);
    std::cout << (brief ? report.brief(row, result) : report.lines(row, result)) << std::flush;
    progress();
  });
  if (terminal) std::cerr << "\r\033[K" << std::flush;
  if (!complete) {
    std::cerr << "cubist-validate: interrupted after " << number << " of " << rows.size()
              << " rows\n";
  }
  return complete;
}

/// "path=a,b,c" as "path=a", "path=b", "path=c".
std::vector<std::string> sweep_settings(const std::string& sweep) {
  const size_t equals = sweep.find('=');
  if (equals == std::string::npos || equals + 1 == sweep.size()) {
    throw base::UserError("--sweep " + sweep + ": expected path=value,value,... such as " +
                          "core.max_outstanding=32,64,128");
  }
  std::vector<std::string> settings;
  std::istringstream values(sweep.substr(equals + 1));
  for (std::string value; std::getline(values, value, ',');) {
    settings.push_back(sweep.substr(0, equals + 1) + value);
  }
  return settings;
}

/// The rows once for each value of a parameter. Returns the exit code.
int sweep(const Published& published, const std::vector<Row>& rows, const Options& options,
          const RunOptions& run_options, const std::string& home) {
  unsigned missing = 0;
  const std::vector<std::string> settings = sweep_settings(options.sweep);
  for (const std::string& setting : settings) {  // All are right before the first runs.
    chip::load_parameters(configs_folder(home), run_options.chip, {setting});
  }
  for (const std::string& setting : settings) {
    RunOptions here = run_options;
    here.settings.push_back(setting);
    Report report(published, here);
    std::cout << "SWEEP " << setting << "\n";
    if (!measure(rows, here, options.jobs, true, report)) return 130;
    std::cout << report.errors_line() << std::flush;
    missing += report.missing();
  }
  return missing != 0 ? 1 : 0;
}

int run(Options options) {
  const std::string home = find_home();
  if (options.data.empty()) options.data = home + "/calibration/published_910b1.json";
  const Published published = read_published(options.data);
  std::vector<Row> rows = select_rows(published, options.rows);
  if (options.list) {
    print_list(rows);
    return 0;
  }
  override_arguments(options.arguments, rows);
  RunOptions run_options;
  run_options.chip = options.chip.empty() ? published.chip : options.chip;
  run_options.settings = options.settings;
  run_options.precondition = parse_precondition(
      options.precondition.empty() ? published.precondition : options.precondition);
  run_options.scale = options.scale;
  run_options.trace = options.trace;
  if (!options.trace.empty() && (rows.size() != 1 || !options.sweep.empty())) {
    throw base::UserError("--trace shows one row; choose it with --row");
  }
  // Checks the settings before a row runs.
  const std::string values = options.values.empty() ? "off" : options.values;
  run_options.settings.insert(run_options.settings.begin(), "sim.values=" + values);
  chip::load_parameters(configs_folder(home), run_options.chip, run_options.settings);
  if (!options.sweep.empty()) return sweep(published, rows, options, run_options, home);

  Report report(published, run_options);
  const bool complete = measure(rows, run_options, options.jobs, options.brief, report);
  std::cout << report.summary();
  if (!options.markdown.empty()) write_file(options.markdown, report.markdown());
  if (!options.json.empty()) write_file(options.json, report.json());
  if (!complete) return 130;
  return report.missing() != 0 ? 1 : 0;
}

int fail(const std::string& line) {
  std::cout.flush();
  std::cerr << "cubist-validate: error: " << line << std::endl;
  return 2;
}

}  // namespace

int main(int argc, char** argv) {
  Options o;
  CLI::App app{"Runs the kernels behind published measurements and prints ours beside them.",
               "cubist-validate"};
  app.footer(kFooter);
  app.add_option("--row", o.rows, "Only rows that match (* and ?); may be repeated")
      ->allow_extra_args(false);
  app.add_flag("--list", o.list, "List the rows and their published columns");
  app.add_option("--chip", o.chip, "Preset or preset file (default: the one that was measured)");
  app.add_option("--set", o.settings, "Parameter of the chip, path=value; may be repeated")
      ->allow_extra_args(false);
  app.add_option("--arg", o.arguments,
                 "Argument of the rows' kernels, name=number; may be repeated")
      ->allow_extra_args(false);
  app.add_option("--precondition", o.precondition,
                 "State of the L2: cold, host_copied, host_clean, filled, warm:N, in steps "
                 "separated by commas (default: what the data file says)");
  app.add_option("--values", o.values, "on: data are moved and computed; off: timing alone")
      ->check(CLI::IsMember({"on", "off"}));
  app.add_option("--scale", o.scale, "Divide the tensors' rows; nothing is compared then")
      ->check(CLI::Range(1, 1024));
  app.add_flag("--brief", o.brief, "A line for each row: errors in percent");
  app.add_option("--sweep", o.sweep, "Rows once for each value: path=value,value,...");
  app.add_option("--jobs", o.jobs, "Rows at a time, each in a process of its own")
      ->check(CLI::Range(1, 64));
  app.add_option("--data", o.data, "Published measurements instead of those that ship");
  app.add_option("--json", o.json, "Write results and configuration; - is standard output");
  app.add_option("--markdown", o.markdown, "Write the table of docs/accuracy.md; - likewise");
  app.add_option("--trace", o.trace, "Write a Perfetto trace of the one row chosen");
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& success) {
    return app.exit(success);
  } catch (const CLI::ParseError& error) {
    return fail(std::string(error.what()) + "; see cubist-validate --help");
  }
  try {
    return run(o);
  } catch (const base::UserError& error) {
    return fail(error.what());
  } catch (const std::exception& error) {
    std::cerr << "cubist-validate: internal error: " << error.what() << std::endl;
    return 1;
  }
}
