# SPDX-License-Identifier: Apache-2.0
# Compiler settings and the helpers that every room's CMakeLists.txt uses.
include(GNUInstallDirs)
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
option(CUBIST_SANITIZE "Build with the address and undefined-behaviour sanitizers" OFF)
if(CUBIST_SANITIZE)
  set(CMAKE_CXX_FLAGS_RELEASE "-O1 -g1")  # Half the time to compile, and stack traces to trust.
  set(CMAKE_C_FLAGS_RELEASE "-O1 -g1")
else()
  set(CMAKE_CXX_FLAGS_RELEASE "-O2 -g1")
  set(CMAKE_C_FLAGS_RELEASE "-O2 -g1")
endif()

find_program(CCACHE_PROGRAM ccache)
if(CCACHE_PROGRAM AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_C_COMPILER_LAUNCHER ${CCACHE_PROGRAM})
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE_PROGRAM})
endif()
find_program(CUBIST_CLANGXX NAMES clang++ clang++-14 REQUIRED)
find_program(CUBIST_CLANG NAMES clang clang-14 REQUIRED)
find_program(CUBIST_PYTHON NAMES python3 PATHS /usr/bin NO_DEFAULT_PATH REQUIRED)

# Warnings are errors in our own code; third-party headers are SYSTEM.
# -ffp-contract=off: no compiler may fuse a multiply and an add behind our back.
add_library(cubist_options INTERFACE)
target_compile_options(cubist_options INTERFACE
  -Wall -Wextra -Wpedantic -Werror -ffp-contract=off)
target_compile_definitions(cubist_options INTERFACE
  SC_CPLUSPLUS=201703L SC_INCLUDE_DYNAMIC_PROCESSES ONNX_ML=1 ONNX_NAMESPACE=onnx)
target_include_directories(cubist_options INTERFACE ${CMAKE_SOURCE_DIR} ${CMAKE_BINARY_DIR}/generated)
if(CUBIST_SANITIZE)
  target_compile_options(cubist_options INTERFACE -fsanitize=address,undefined
    -fno-sanitize-recover=undefined -fno-omit-frame-pointer
    $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>)  # False alarms in instrumented code.
  # Instrumented programs keep libsystemc even when nothing of it is used; it wants base's sc_main.
  target_link_options(cubist_options INTERFACE -fsanitize=address,undefined -Wl,--undefined=sc_main)
endif()

# cubist_library(name SOURCES a.cpp ... [LIBS other ...])
# One room: a static library of position-independent objects.
function(cubist_library name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LIBS" ${ARGN})
  add_library(${name} STATIC ${ARG_SOURCES})
  target_link_libraries(${name} PUBLIC cubist_options ${ARG_LIBS})
endfunction()

# cubist_use_clang(target): compile this target's C++ with clang++ -O3, which is about three times
# faster on Verilated code and on the vector kernels; the objects link with g++'s.
function(cubist_use_clang target)
  set(launcher ${CMAKE_SOURCE_DIR}/cmake/with-clang)
  set_target_properties(${target} PROPERTIES
    CXX_COMPILER_LAUNCHER "${launcher};${CUBIST_CLANGXX};${CCACHE_PROGRAM}"
    C_COMPILER_LAUNCHER "${launcher};${CUBIST_CLANG};${CCACHE_PROGRAM}"
    DISABLE_PRECOMPILE_HEADERS ON)
  target_compile_options(${target} PRIVATE -O3)
  if(CUBIST_SANITIZE)  # CMake takes it for g++ and passes one of g++'s warnings.
    target_compile_options(${target} PRIVATE -Wno-unknown-warning-option)
  endif()
endfunction()

# cubist_test(name SOURCES a.cpp ... [LIBS ...] [ARGS per-test arguments])
# A Catch2 program; every test case becomes a ctest test of its own, in a process of its own,
# because SystemC elaborates once per process.
find_package(Catch2 2.13 REQUIRED)
include(${Catch2_DIR}/Catch.cmake)
# Catch2's main takes seconds to compile: once for all test programs.
add_library(cubist_catch_main STATIC ${CMAKE_SOURCE_DIR}/tests/catch_main.cpp)
if(CUBIST_SANITIZE)  # Not Catch2 itself: it takes minutes, and g++ 12 warns of its own <regex>.
  target_compile_options(cubist_catch_main PRIVATE -O0 -w)
else()
  target_link_libraries(cubist_catch_main PRIVATE cubist_options)
  target_compile_options(cubist_catch_main PRIVATE -Wno-maybe-uninitialized)
endif()
add_custom_target(unit-tests COMMENT "All unit tests are built")
function(cubist_test name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LIBS;LABELS" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE cubist_catch_main cubist_options ${ARG_LIBS})
  add_dependencies(unit-tests ${name})
  catch_discover_tests(${name} TEST_PREFIX "${name}: " DISCOVERY_MODE PRE_TEST
                       PROPERTIES TIMEOUT 600 LABELS "${ARG_LABELS}")
endfunction()
