# SPDX-License-Identifier: Apache-2.0
# Cubist: everything a user does, by name. `make help` lists it.
BUILD ?= build
JOBS  ?= $(shell nproc)
IMAGES ?= 240
ARGS  ?=
CMAKE_FLAGS ?=
NINJA = ninja -C $(BUILD) -j $(JOBS)
CUBIST = $(BUILD)/tools/cubist

.DEFAULT_GOAL := help
.PHONY: help deps configure build demo test test-full soak lint bench bench-chip bench-cube bench-hbm bench-noc bench-riscv bench-vector tb-cube \
        coverage-cube area-cube validate install format check-format reference clean

help: ## list what can be made
	@awk 'BEGIN { FS = ":.*## " } /^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@echo "Variables: IMAGES=$(IMAGES) (demo), ARGS= (more options for demo, benches, tb-cube), PREFIX=/usr/local (install),"
	@echo "  JOBS=$(JOBS), BUILD=$(BUILD) (build folder), CMAKE_FLAGS= (options when that folder is first configured)"

deps: ## install the Debian packages that are missing (root or sudo)
	@scripts/install-deps

configure: deps
	@[ -f $(BUILD)/build.ninja ] || cmake -G Ninja -S . -B $(BUILD) $(CMAKE_FLAGS) --log-level=WARNING

build: configure ## build everything (a changed line of rtl/ is picked up too)
	@$(NINJA)

demo: build ## classify Fashion-MNIST images on the simulated chip; results in out/
	@mkdir -p out
	@$(CUBIST) run examples/models/fashion.onnx \
	  --input /usr/share/datasets/fashion-mnist/t10k-images-idx3-ubyte.gz \
	  --labels /usr/share/datasets/fashion-mnist/t10k-labels-idx1-ubyte.gz \
	  --images $(IMAGES) --cube=check:8 --trace out/demo.perfetto-trace --wave out/demo.fst \
	  --report out/demo.html --json out/demo.json $(ARGS)

test: build ## build and run the tests
	@cd $(BUILD) && ctest --output-on-failure -j $(JOBS) -LE 'full|soak'

test-full: test ## also the slow tests, and all unit tests under the address and undefined-behaviour sanitizers
	@cd $(BUILD) && ctest --output-on-failure -j $(JOBS) -L full --no-tests=ignore
	@cmake -G Ninja -S . -B $(BUILD)-sanitize -DCUBIST_SANITIZE=ON --log-level=WARNING
	@ninja -C $(BUILD)-sanitize -j $(JOBS) unit-tests
	@cd $(BUILD)-sanitize && ctest --output-on-failure -j $(JOBS) -R '^test_' -LE soak

soak: build ## 10^8 random dot products of each type of the matrix engine against MPFR, for hours: ARGS="--first 5 --pieces 10"
	@$(BUILD)/tests/cube/soak_cube $(ARGS)

lint: build ## clang-tidy on what changed since it passed; ROOM=systemc/base for one folder; .clang-tidy says what it asks for
	@scripts/lint --build $(BUILD) --jobs $(JOBS) $(ARGS) $(ROOM)

bench: bench-riscv bench-chip bench-cube bench-vector bench-noc bench-hbm ## all benchmarks: lines BENCH <name> <value> <unit>

bench-riscv: build ## speed of the RISC-V hart
	@$(BUILD)/tools/bench_riscv $(ARGS)

bench-cube: build ## speed of the matrix engine, RTL and model
	@$(BUILD)/testbench/cube/bench_cube $(ARGS)

bench-hbm: build ## speed of the HBM channel's model
	@$(BUILD)/testbench/hbm/bench_hbm $(ARGS)

bench-vector: build ## speed of the vector unit's model
	@$(BUILD)/testbench/vector/bench_vector $(ARGS)

bench-noc: build ## speed of the interconnect's models
	@$(BUILD)/testbench/noc/bench_noc $(ARGS)

bench-chip: build ## speed of the whole chip: a matmul of 4096^3 on all cube cores; ARGS="--size 8192 --timing-only"
	@$(BUILD)/tools/bench_chip $(ARGS)

validate: build ## published measurements beside ours: lines VALID, TREND; ARGS="--row 'vector_add.*'"
	@$(BUILD)/tools/cubist-validate $(ARGS)

coverage-cube: build ## line, branch and toggle coverage of rtl/cube under tb_cube, merged over seeds
	@$(or $(PYTHON),/usr/bin/python3) testbench/cube/run_coverage.py --work $(BUILD)/coverage-cube \
	  --settings $(BUILD)/testbench/cube/tb_build.json $(ARGS)

area-cube: ## gates and depth of one unit of each array of the matrix engine, with Yosys: ARGS="--units int8"
	@$(or $(PYTHON),/usr/bin/python3) testbench/cube/run_area.py $(ARGS)

tb-cube: build ## random instruction streams on the matrix engine's RTL: ARGS="--seed 7 --n 1000"
	@$(BUILD)/testbench/cube/tb_cube $(ARGS)

install: build ## install to PREFIX (default /usr/local)
	@cmake --install $(BUILD) --prefix $(or $(PREFIX),/usr/local)

format: ## format the C++ sources in place
	@git ls-files '*.cpp' '*.h' | xargs clang-format -i

check-format: ## say which C++ sources are not formatted
	@git ls-files '*.cpp' '*.h' | xargs clang-format --dry-run -Werror

reference: configure ## regenerate docs/reference/ from firmware/abi/abi.toml
	@$(NINJA) cubist_reference

clean: ## remove the build folder and out/
	rm -rf $(BUILD) $(BUILD)-sanitize out
