// SPDX-License-Identifier: Apache-2.0
#include "systemc/observe/html_report.h"
namespace cubist::observe { }
