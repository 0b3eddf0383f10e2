// SPDX-License-Identifier: Apache-2.0
// cubist: run networks and kernels on a simulated chip.
//
// Exit codes: 0 success; 1 something failed on the chip or a check did; 2 the input is wrong;
// 130 interrupted.
#include <CLI/CLI.hpp>
#include <cstring>
#include <iostream>

#include "runtime/cubist.h"
#include "runtime/graph/graph.h"
#include "systemc/base/error.h"
#include "systemc/base/parameters.h"
#include "tools/cli/commands.h"

namespace {

using namespace cubist;

constexpr const char* kFooter =
    "Examples:\n"
    "  cubist run model.onnx --input images.idx.gz --labels labels.idx.gz --images 200\n"
    "  cubist launch add.elf --blocks 8 --arg a.npy --arg b.npy --out c.npy:float32:1024\n"
    "  cubist params l1        every parameter whose path contains l1\n"
    "Documentation: docs/command-line.md";

std::string one_line(std::string text) {
  while (!text.empty() && text.back() == '\n') text.pop_back();
  for (char& c : text) {
    if (c == '\n') c = ' ';
  }
  return text;
}

int fail(const std::string& line, int code) {
  std::cout.flush();
  std::cerr << "cubist: error: " << one_line(line) << std::endl;
  return code;
}

bool is_input_error(ErrorCode code) {
  return code == ErrorCode::out_of_memory || code == ErrorCode::invalid_elf ||
         code == ErrorCode::no_such_kernel || code == ErrorCode::invalid_value;
}

void add_chip_options(CLI::App& app, tool::ChipArguments& a) {
  app.add_option("--chip,--preset", a.chip, "Preset (see cubist chips) or preset file")
      ->capture_default_str();
  app.add_option("--set", a.settings, "Parameter, path=value; may be repeated (see cubist params)")
      ->allow_extra_args(false);
}

// Validators for CLI11: an empty string is "fine", else what is wrong.
std::string whole_number(const std::string& text) {
  const bool digits = !text.empty() && text.find_first_not_of("0123456789") == std::string::npos;
  if (digits && text.find_first_not_of('0') != std::string::npos && text.size() <= 9) return {};
  return "'" + text + "' is not a whole number from 1 to 999999999";
}
std::string a_path(const std::string& text) {
  return text.empty() ? "the file name is empty" : std::string();
}

void add_simulation_options(CLI::App& app, tool::ChipArguments& a) {
  add_chip_options(app, a);
  app.add_option("--firmware", a.firmware, "Scheduler firmware ELF instead of the one that ships");
  app.add_option(
      "--cube", a.cube,
      "Matrix engine: model, rtl, check[:N] (model, every N-th instruction also in RTL)");
  app.add_option("--timing", a.timing, "Level of timing: none, fast, full");
  app.add_option("--values", a.values,
                 "on or off; off: timing only, instructions neither move nor compute");
  app.add_option("--trace", a.trace, "Write a Perfetto trace (*.json: Chrome's format)")
      ->check(a_path);
  app.add_option("--wave", a.wave, "Write an FST waveform and a GTKWave save file")->check(a_path);
  app.add_option("--wave-window", a.wave_window,
                 "Simulated time in the waveform, such as 10us:25us");
  app.add_option("--report", a.report, "Write a report as one HTML page")->check(a_path);
  app.add_option("--json", a.json, "Write the results as JSON")->check(a_path);
  app.add_flag("--hash", a.hash, "Print a hash of everything that happened");
}

// The option or subcommand that the user may have meant.
std::string suggestion(const CLI::App& app, const std::string& word) {
  std::vector<std::string> known;
  for (const CLI::App* sub : app.get_subcommands([](const CLI::App*) { return true; })) {
    known.push_back(sub->get_name());
  }
  for (const CLI::Option* option : app.get_options()) {
    for (const std::string& name : option->get_lnames()) known.push_back("--" + name);
  }
  const std::string near = base::did_you_mean(word.substr(0, word.find('=')), known);
  return near.empty() ? "; see cubist --help" : "; did you mean '" + near + "'?";
}

int usage_error(const CLI::App& app, const CLI::ParseError& error) {
  const CLI::App* inner = &app;
  for (const CLI::App* sub : app.get_subcommands()) inner = sub;
  const std::vector<std::string> extras = app.remaining(true);
  // What is unknown comes first: it often is the misspelt form of what is missing.
  if (!extras.empty()) {
    const std::string& word = extras.front();
    const char* what = word[0] == '-' ? "unknown option '" : "unexpected argument '";
    return fail(what + word + "'" + suggestion(*inner, word), 2);
  }
  return fail(std::string(error.what()) + "; see cubist " +
                  (inner == &app ? "" : inner->get_name() + " ") + "--help",
              2);
}

int dispatch(int argc, char** argv) {
  CLI::App app{"Cubist: a virtual platform of an AI chip"};
  app.footer(kFooter);
  app.require_subcommand(1);
  app.set_version_flag("--version", std::string("cubist ") + CUBIST_VERSION);

  tool::RunArguments run;
  CLI::App* run_app = app.add_subcommand("run", "Run an ONNX network on the chip");
  run_app->add_option("model", run.model, "ONNX file")->required();
  run_app->add_option("--input", run.inputs, "[NAME=]x.npy or images.idx[.gz]; one per input")
      ->required()
      ->allow_extra_args(false);
  run_app->add_option("--labels", run.labels, "Right answers, .npy or .idx[.gz]");
  run_app->add_option("--images", run.images, "How many rows of the input, from the first")
      ->check(whole_number);
  run_app->add_option("--batch", run.batch, "Rows the chip gets at once")->check(whole_number);
  run_app->add_option("--output", run.output, "Write the first output as .npy")->check(a_path);
  run_app->add_option("--max-cores", run.max_cores, "Use at most this many cores of each kind")
      ->check(whole_number);
  run_app->add_flag("!--no-check", run.check, "Do not compare with float64");
  add_simulation_options(*run_app, run);

  tool::LaunchArguments launch;
  CLI::App* launch_app = app.add_subcommand("launch", "Run a kernel of one's own");
  launch_app->add_option("kernel", launch.elf, "Kernel ELF, built with cubist_add_kernels")
      ->required();
  launch_app->add_option("--kernel", launch.kernel, "Kernel's name, where the ELF has several");
  launch_app->add_option("--blocks", launch.blocks, "Number of blocks (default: one a core)")
      ->check(CLI::Range(1, 65535));
  launch_app
      ->add_option("--arg", launch.args,
                   "Next word of the launch block: x.npy (its address) or a number")
      ->allow_extra_args(false);
  launch_app
      ->add_option("--out", launch.outs,
                   "Next word: an output, file.npy:TYPE:SHAPE (float32:4x8) or file.npy:like=0")
      ->allow_extra_args(false);
  launch_app->add_option("--timeout-us", launch.timeout_us, "Simulated time a block may take");
  add_simulation_options(*launch_app, launch);

  tool::ChipArguments params;
  std::string filter;
  bool json = false;
  CLI::App* params_app = app.add_subcommand("params", "List parameters");
  params_app->add_option("filter", filter, "Only paths that contain this");
  params_app->add_flag("--json", json, "As JSON");
  add_chip_options(*params_app, params);

  CLI::App* chips_app = app.add_subcommand("chips", "List presets");

  std::string code;
  CLI::App* decode_app = app.add_subcommand("decode-error", "Explain an error code");
  decode_app
      ->add_option("code", code,
                   "Number or name of an error code; bit:N or the name of an error bit")
      ->required();

  const auto is_command = [&](const std::string& word) {
    return !app.get_subcommands([&](const CLI::App* sub) { return sub->get_name() == word; })
                .empty();
  };
  if (argc > 1 && argv[1][0] != '-' && !is_command(argv[1])) {
    return fail(std::string("unknown command '") + argv[1] + "'" + suggestion(app, argv[1]), 2);
  }
  try {
    // --arg and --out share one sequence of words: CLI11 keeps them apart, so note the order.
    launch.order.clear();
    for (int i = 1; i < argc; ++i) {
      const std::string word = argv[i];
      if (word == "--arg" || word.rfind("--arg=", 0) == 0) launch.order += 'a';
      if (word == "--out" || word.rfind("--out=", 0) == 0) launch.order += 'o';
    }
    app.parse(argc, argv);
  } catch (const CLI::Success& success) {
    return app.exit(success);
  } catch (const CLI::ParseError& error) {
    return usage_error(app, error);
  }
  if (*run_app) return tool::run(run);
  if (*launch_app) return tool::launch(launch);
  if (*params_app) return tool::show_parameters(params, filter, json);
  if (*chips_app) return tool::show_chips();
  if (*decode_app) return tool::decode_error(code);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return dispatch(argc, argv);
  } catch (const Error& error) {
    if (error.code() == ErrorCode::interrupted) return fail(error.what(), 130);
    return fail(error.what() + (error.hint().empty() ? "" : "; hint: " + error.hint()),
                is_input_error(error.code()) ? 2 : 1);
  } catch (const base::UserError& error) {
    return fail(error.what(), 2);
  } catch (const graph::Error& error) {
    return fail(error.what(), 2);
  } catch (const std::bad_alloc&) {
    return fail("the host has not enough memory for this", 1);
  } catch (const std::exception& error) {
    return fail(std::string("internal error: ") + error.what(), 1);
  }
}
