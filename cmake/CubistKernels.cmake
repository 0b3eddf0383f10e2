# SPDX-License-Identifier: Apache-2.0
# Building firmware and kernels with the bare-metal RISC-V compiler.
#
# cubist_add_kernels(target OUTPUT x.elf SOURCES a.cpp ... [INCLUDES dir ...] [DEFINES NAME=value ...])
#   A custom target that builds the kernel image x.elf (in CMAKE_CURRENT_BINARY_DIR unless absolute);
#   the target property CUBIST_ELF holds its path. Sources are freestanding C++20 and include
#   "cubist_kernel.h".
include_guard()

find_program(CUBIST_PYTHON NAMES python3 PATHS /usr/bin NO_DEFAULT_PATH REQUIRED)
find_program(CUBIST_RISCV_CXX NAMES riscv64-unknown-elf-g++
             DOC "Bare-metal RISC-V compiler (Debian: gcc-riscv64-unknown-elf)" REQUIRED)

# Where the headers and run-time sources lie: set by the installed package, else the source tree.
if(NOT DEFINED CUBIST_KERNEL_DIR)
  get_filename_component(CUBIST_KERNEL_DIR "${CMAKE_CURRENT_LIST_DIR}/../firmware/kernels" ABSOLUTE)
  get_filename_component(firmware_dir "${CMAKE_CURRENT_LIST_DIR}/../firmware" ABSOLUTE)
  set(CUBIST_KERNEL_INCLUDES "${CUBIST_KERNEL_DIR}" "${firmware_dir}" "${CMAKE_BINARY_DIR}/generated")
endif()

set(CUBIST_RISCV_FLAGS
  -march=rv64imac_zicsr_zifencei -mabi=lp64 -mcmodel=medany -ffreestanding -nostdlib
  -std=c++20 -O2 -g -fno-exceptions -fno-rtti -fno-asynchronous-unwind-tables -fno-common
  -fno-threadsafe-statics -ffunction-sections -fdata-sections -msmall-data-limit=0
  -fno-stack-protector -Wall -Wextra -Werror)

# The compiler's own arithmetic helpers, from the folder of this instruction set.
execute_process(COMMAND ${CUBIST_RISCV_CXX} -print-file-name=rv64imac/lp64/libgcc.a
                OUTPUT_VARIABLE CUBIST_RISCV_LIBGCC OUTPUT_STRIP_TRAILING_WHITESPACE)

# cubist_riscv_elf(NAME n OUTPUT elf SCRIPT ld SOURCES ... [FLAGS ...] [LINK_FLAGS ...] [INCLUDES ...] [DEPENDS ...]
#   [CHECK script]) compiles each source to an object of its own and links them.
function(cubist_riscv_elf)
  cmake_parse_arguments(ARG "" "OUTPUT;SCRIPT;NAME;CHECK" "SOURCES;FLAGS;LINK_FLAGS;INCLUDES;DEPENDS" ${ARGN})
  set(objects)
  list(TRANSFORM ARG_INCLUDES PREPEND "-I")
  foreach(source IN LISTS ARG_SOURCES)
    get_filename_component(source "${source}" ABSOLUTE BASE_DIR "${CMAKE_CURRENT_SOURCE_DIR}")
    get_filename_component(stem "${source}" NAME)
    set(object "${CMAKE_CURRENT_BINARY_DIR}/${ARG_NAME}.dir/${stem}.o")
    set(language)
    if(source MATCHES "\\.S$")
      set(language -x assembler-with-cpp -Wno-error)
    endif()
    add_custom_command(
      OUTPUT "${object}"
      COMMAND ${CMAKE_COMMAND} -E make_directory "${CMAKE_CURRENT_BINARY_DIR}/${ARG_NAME}.dir"
      COMMAND ${CCACHE_PROGRAM} ${CUBIST_RISCV_CXX} ${CUBIST_RISCV_FLAGS} ${ARG_FLAGS} ${ARG_INCLUDES}
              ${language} -MD -MF "${object}.d" -c "${source}" -o "${object}"
      DEPENDS "${source}" ${ARG_DEPENDS}
      DEPFILE "${object}.d"
      COMMENT "Compiling ${stem} for RISC-V" VERBATIM)
    list(APPEND objects "${object}")
  endforeach()
  set(link ${CUBIST_RISCV_CXX} ${CUBIST_RISCV_FLAGS} ${ARG_LINK_FLAGS} -T "${ARG_SCRIPT}" -Wl,--gc-sections
      -Wl,--build-id=none -Wl,--no-warn-rwx-segments ${objects} ${CUBIST_RISCV_LIBGCC})
  set(check)
  if(ARG_CHECK)  # A second link that keeps its relocations, for the check alone.
    set(check COMMAND ${link} -Wl,--emit-relocs -o "${ARG_OUTPUT}.relocs"
              COMMAND ${CUBIST_PYTHON} "${ARG_CHECK}" "${ARG_OUTPUT}.relocs")
  endif()
  add_custom_command(
    OUTPUT "${ARG_OUTPUT}"
    ${check}
    COMMAND ${link} -o "${ARG_OUTPUT}"
    DEPENDS ${objects} "${ARG_SCRIPT}" ${ARG_CHECK}
    COMMENT "Linking ${ARG_NAME} for RISC-V" VERBATIM)
endfunction()

function(cubist_add_kernels target)
  cmake_parse_arguments(ARG "" "OUTPUT" "SOURCES;INCLUDES;DEFINES" ${ARGN})
  if(NOT ARG_OUTPUT OR NOT ARG_SOURCES)
    message(FATAL_ERROR "cubist_add_kernels(${target}): OUTPUT and SOURCES are needed")
  endif()
  get_filename_component(elf "${ARG_OUTPUT}" ABSOLUTE BASE_DIR "${CMAKE_CURRENT_BINARY_DIR}")
  list(TRANSFORM ARG_DEFINES PREPEND "-D")
  set(depends)
  if(TARGET cubist_abi_headers)
    set(depends cubist_abi_headers)
  endif()
  cubist_riscv_elf(NAME ${target} OUTPUT "${elf}" SCRIPT "${CUBIST_KERNEL_DIR}/kernel.ld"
    SOURCES "${CUBIST_KERNEL_DIR}/crt0.S" "${CUBIST_KERNEL_DIR}/support.cpp" ${ARG_SOURCES}
    # Relaxation would turn pc-relative addresses near 0 into absolute ones.
    FLAGS -fPIE -fvisibility=hidden -mno-relax ${ARG_DEFINES}
    LINK_FLAGS -Wl,--no-relax
    CHECK "${CUBIST_KERNEL_DIR}/check_image.py"
    INCLUDES ${CUBIST_KERNEL_INCLUDES} ${ARG_INCLUDES}
    DEPENDS ${depends})
  add_custom_target(${target} ALL DEPENDS "${elf}")
  set_target_properties(${target} PROPERTIES CUBIST_ELF "${elf}")
endfunction()
