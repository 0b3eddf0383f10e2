// SPDX-License-Identifier: Apache-2.0
// The one source of libcubist.so's own; everything else comes from the rooms' libraries.
extern "C" const char* cubist_version() {
  return CUBIST_VERSION;
}
