// SPDX-License-Identifier: Apache-2.0
// Errors that are written for the person who made the mistake.
#pragma once

#include <stdexcept>
#include <string>

namespace cubist::base {

/// Something the user gave us is wrong: a file, a parameter, an argument. The message says what,
/// where, what was expected and what to do, in one line. Thrown only outside simulation processes
/// (while reading input and building a chip); the command line prints it and exits with code 2.
class UserError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// The simulator contradicts itself; a defect of ours, never of the user's input.
class InternalError : public std::logic_error {
 public:
  using std::logic_error::logic_error;
};

}  // namespace cubist::base
