# The commands of this repository; each is a line or a script under tools/.
.PHONY: help setup setup-test build demo test bench fmt lint clean
.NOTPARALLEL:

help: ## what there is
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' Makefile | expand -t 14

setup: ## install what building and the demo need (Debian 12, Ubuntu 24.04)
	tools/setup build demo

setup-test: ## the same for the tests
	tools/setup build demo test

build: ## build/release/octo
	@command -v cmake >/dev/null || { echo "cmake is missing: run 'make setup' first" >&2; exit 1; }
	cmake --preset release
	cmake --build --preset release

demo: setup build ## fetch sample deliveries from a private vendor into a folder
	tools/demo

test: setup-test ## every test
	tools/test

bench: ## compare with the original's stack; BENCH="--help" for choices
	tools/setup build bench
	$(MAKE) build
	cmake --build --preset release --target delay_proxy
	build/bench-venv/bin/python bench/run.py $(BENCH)

fmt: ## lay out the code as .clang-format says
	tools/lint --fix

lint: ## layout, clang-tidy and layers; CHANGED=1 for what differs from main
	tools/lint $(if $(CHANGED),--changed)

clean: ## remove everything that was built
	rm -rf build
