// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cctype>
#include <cstring>

#include "abi/core_isa.h"
#include "abi/cubist_abi.h"
#include "runtime/cubist.h"

namespace cubist {

static_assert(static_cast<unsigned>(ErrorCode::bad_entry) == CUBIST_ERROR_BAD_ENTRY);
static_assert(static_cast<unsigned>(ErrorCode::bad_kernel) == CUBIST_ERROR_BAD_KERNEL);
static_assert(static_cast<unsigned>(ErrorCode::bus) == CUBIST_ERROR_BUS);
static_assert(static_cast<unsigned>(ErrorCode::illegal_instruction) ==
              CUBIST_ERROR_ILLEGAL_INSTRUCTION);
static_assert(static_cast<unsigned>(ErrorCode::misaligned) == CUBIST_ERROR_MISALIGNED);
static_assert(static_cast<unsigned>(ErrorCode::buffer_overrun) == CUBIST_ERROR_BUFFER_OVERRUN);
static_assert(static_cast<unsigned>(ErrorCode::bad_config) == CUBIST_ERROR_BAD_CONFIG);
static_assert(static_cast<unsigned>(ErrorCode::timeout) == CUBIST_ERROR_TIMEOUT);
static_assert(static_cast<unsigned>(ErrorCode::deadlock) == CUBIST_ERROR_DEADLOCK);
static_assert(static_cast<unsigned>(ErrorCode::trap) == CUBIST_ERROR_TRAP);
static_assert(static_cast<unsigned>(ErrorCode::flag_overflow) == CUBIST_ERROR_FLAG_OVERFLOW);
static_assert(static_cast<unsigned>(ErrorCode::breakpoint) == CUBIST_ERROR_BREAKPOINT);
static_assert(static_cast<unsigned>(ErrorCode::stack_overflow) == CUBIST_ERROR_STACK_OVERFLOW);
static_assert(static_cast<unsigned>(ErrorCode::cross_core_overflow) ==
              CUBIST_ERROR_CROSS_CORE_OVERFLOW);
static_assert(static_cast<unsigned>(ErrorCode::ecc) == CUBIST_ERROR_ECC);
static_assert(static_cast<unsigned>(ErrorCode::not_resident) == CUBIST_ERROR_NOT_RESIDENT);
static_assert(static_cast<unsigned>(ErrorCode::out_of_memory) == CUBIST_ERROR_OUT_OF_MEMORY);
static_assert(static_cast<unsigned>(ErrorCode::invalid_value) == CUBIST_ERROR_INVALID_VALUE);
static_assert(static_cast<unsigned>(ErrorCode::not_ready) == CUBIST_ERROR_NOT_READY);
static_assert(static_cast<unsigned>(ErrorCode::invalid_elf) == CUBIST_ERROR_INVALID_ELF);
static_assert(static_cast<unsigned>(ErrorCode::no_such_kernel) == CUBIST_ERROR_NO_SUCH_KERNEL);
static_assert(static_cast<unsigned>(ErrorCode::firmware) == CUBIST_ERROR_FIRMWARE);
static_assert(static_cast<unsigned>(ErrorCode::hang) == CUBIST_ERROR_HANG);
static_assert(static_cast<unsigned>(ErrorCode::interrupted) == CUBIST_ERROR_INTERRUPTED);

ErrorText error_text(unsigned code) {
  // The tables hold string literals, so data() is zero-terminated.
  if (const abi::ErrorInfo* info = abi::find_error(uint64_t{code})) {
    return {info->name.data(), info->text.data(), info->hint.data()};
  }
  return {"UNKNOWN", "no error has this code", ""};
}

std::optional<unsigned> error_code(std::string_view name) {
  std::string upper(name);
  std::transform(upper.begin(), upper.end(), upper.begin(),
                 [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  const abi::ErrorInfo* info = abi::find_error(std::string_view(upper));
  return info ? std::optional<unsigned>(info->code) : std::nullopt;
}

std::vector<unsigned> error_codes() {
  std::vector<unsigned> codes;
  codes.reserve(abi::kErrors.size());
  for (const abi::ErrorInfo& info : abi::kErrors) codes.push_back(info.code);
  std::sort(codes.begin(), codes.end());
  return codes;
}

namespace {
ErrorBit public_bit(const abi::ErrorBitInfo& info) {
  return {info.bit, info.group.data(), info.name.data(), info.doc.data()};
}
}  // namespace

std::optional<ErrorBit> error_bit(unsigned bit) {
  const abi::ErrorBitInfo* info = abi::find_error_bit(uint64_t{bit});
  return info ? std::optional<ErrorBit>(public_bit(*info)) : std::nullopt;
}

std::optional<ErrorBit> error_bit(std::string_view name) {
  std::string upper(name);
  std::transform(upper.begin(), upper.end(), upper.begin(),
                 [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  const abi::ErrorBitInfo* info = abi::find_error_bit(std::string_view(upper));
  return info ? std::optional<ErrorBit>(public_bit(*info)) : std::nullopt;
}

std::vector<ErrorBit> error_bits(const std::array<uint64_t, 6>& words) {
  std::vector<ErrorBit> set;
  for (const abi::ErrorBitInfo& info : abi::kErrorBits) {
    if ((words[info.bit / 64] >> info.bit % 64 & 1) != 0) set.push_back(public_bit(info));
  }
  return set;
}

Error::Error(ErrorCode code, const std::string& message, std::string hint)
    : std::runtime_error(message), code_(code), hint_(std::move(hint)) {}

Error::Error(ErrorCode code, const std::string& message, Fault fault)
    : std::runtime_error(message),
      code_(code),
      hint_(error_text(static_cast<unsigned>(code)).hint),
      fault_(std::move(fault)) {}

}  // namespace cubist
