// SPDX-License-Identifier: Apache-2.0
#include "tools/validate/precondition.h"

#include <sstream>

#include "systemc/base/error.h"

namespace cubist::validate {

Precondition parse_precondition(const std::string& text) {
  constexpr size_t kDigits = 3;
  Precondition precondition;
  precondition.text = text;
  std::istringstream stream(text);
  std::string step;
  bool any = false;
  while (std::getline(stream, step, ',')) {
    any = true;
    const std::string number = step.rfind("warm:", 0) == 0 ? step.substr(5) : std::string();
    if (step == "cold") {
      precondition.steps.clear();
    } else if (step == "host_copied") {
      precondition.steps.push_back({Preparation::host_copied});
    } else if (step == "host_clean") {
      precondition.steps.push_back({Preparation::host_clean});
    } else if (step == "filled") {
      precondition.steps.push_back({Preparation::filled});
    } else if (!number.empty() && number.size() <= kDigits &&
               number.find_first_not_of("0123456789") == std::string::npos) {
      precondition.steps.push_back({Preparation::warm, static_cast<unsigned>(std::stoul(number))});
    } else {
      throw base::UserError("precondition '" + step +
                            "' is unknown; expected cold, host_copied, host_clean, filled or "
                            "warm:N, several separated by commas");
    }
  }
  if (!any) throw base::UserError("the precondition is empty; expected cold, host_copied, ...");
  return precondition;
}

}  // namespace cubist::validate
