# The commands of everyday work; `make` alone lists them. What they run is
# plain CMake, CTest and scripts: CONTRIBUTING.md says how to go without make.

PREFIX ?= /usr/local
PYTHON ?= /usr/bin/python3
FUZZ_SECONDS ?= 60
# A Kubernetes node is made of namespaces, mounts and interfaces.
ifneq ($(shell id -u),0)
AS_ROOT ?= sudo --preserve-env=HOME,XDG_CACHE_HOME,ER_TEST_KUBECONFIG
endif
# In $(PREFIX).
INSTALLED = bin/reactorctl bin/eventreactor-* share/man/man1/reactorctl.1 \
  share/man/man1/reactorctl-*.1 share/bash-completion/completions/reactorctl \
  share/zsh/site-functions/_reactorctl share/fish/vendor_completions.d/reactorctl.fish
FUZZERS = $(patsubst tests/fuzz/%.cc,%,$(wildcard tests/fuzz/fuzz_*.cc))

# A clone in another folder, or another branch's worktree, finds the same cache.
export CCACHE_BASEDIR ?= $(CURDIR)
export CCACHE_NOHASHDIR ?= 1

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help deps build demo test unit integration cluster long chaos bench bench-check \
  bench-programs images cluster-up cluster-down check tidy asan asan-programs tsan fuzz install uninstall hooks clean

help: ## this list
	@sed -n 's/^\([a-z][a-z-]*\):[^#]*## /\1\t/p' $(MAKEFILE_LIST) | \
	  while IFS="$$(printf '\t')" read -r name text; do printf '  make %-12s %s\n' "$$name" "$$text"; done

deps:
	@scripts/install-deps build

build: deps ## install what is missing and build; the programs are in build/bin
	@test -f build/build.ninja || cmake --preset release
	cmake --build build --target programs

demo: build ## an event, real containers, their logs and a chained Pipeline, in one go
	@scripts/demo

unit: build ## the unit tests only
	cmake --build build --target unit-tests
	ctest --test-dir build -LE cluster --output-on-failure -j "$$(nproc)"

test: ## install, build, and everything that is tested: units, containers, a real Kubernetes
	@scripts/install-deps build test images cluster
	@$(MAKE) --no-print-directory unit integration cluster

integration: build
	@scripts/install-deps test
	$(PYTHON) tests/integration/run.py
	$(PYTHON) tests/integration/run_scenarios.py

cluster: images ## the tests on a real Kubernetes, which is built the first time (root)
	@scripts/install-deps test cluster
	$(PYTHON) tests/cluster/cluster build
	cmake --build build --target cluster-tests
	ctest --test-dir build -L cluster --output-on-failure
	cd tests/cluster && $(AS_ROOT) $(PYTHON) -m unittest discover --pattern '*_test.py'
	$(AS_ROOT) $(PYTHON) tests/integration/run.py --adapter kube

long: images ## what takes longer: more events and kills, a cluster that is full
	@scripts/install-deps test cluster
	$(PYTHON) tests/integration/run.py
	$(PYTHON) tests/integration/run_scenarios.py --long
	cd tests/cluster && $(AS_ROOT) $(PYTHON) -m unittest discover --pattern '*_long.py'

chaos: images ## 300 faults, 100,000 events, a sum of seeded runs; writes docs/chaos.md (root)
	@scripts/install-deps test cluster
	$(PYTHON) tests/cluster/cluster build
	$(AS_ROOT) $(PYTHON) tests/chaos/suite.py

images: build ## container images for Kubernetes, in build/images; ENGINE=podman loads them
	@scripts/install-deps images
	scripts/build-images --engine "$(or $(ENGINE),none)"

bench: bench-programs ## measure beside the limit of this machine, and write bench/RESULTS.md (root)
	$(AS_ROOT) $(PYTHON) bench/bench.py

bench-check: bench-programs ## measure less, and compare the ratios with those of bench/RESULTS.md
	$(PYTHON) bench/bench.py --check

bench-programs: build
	@scripts/install-deps test cluster images
	$(PYTHON) tests/cluster/cluster build
	cmake --build build --target er-bench er-bench-matching

cluster-up: ## a real Kubernetes on this machine, for tests (root; builds it the first time)
	@scripts/install-deps cluster
	@$(PYTHON) tests/cluster/cluster up

cluster-down: ## remove that Kubernetes, whatever became of it
	@$(PYTHON) tests/cluster/cluster down

check: ## formatting, the rules for protos and shell
	@scripts/install-deps build check
	scripts/check-format
	scripts/check-shell
	$(PYTHON) scripts/lint-protos-test
	scripts/lint-protos

tidy: ## clang-tidy over our sources; what was clean is remembered
	@scripts/install-deps build check
	@test -f build/build.ninja || cmake --preset release
	cmake --build build --target er_proto_sources
	scripts/check-tidy

asan: asan-programs ## the unit tests under AddressSanitizer and UndefinedBehaviorSanitizer
	ctest --test-dir build-asan -LE cluster --output-on-failure -j "$$(nproc)"

asan-programs:
	@scripts/install-deps build
	@test -f build-asan/build.ninja || cmake --preset asan
	cmake --build build-asan --target unit-tests

tsan: ## the unit tests under ThreadSanitizer
	@scripts/install-deps build
	@test -f build-tsan/build.ninja || cmake --preset tsan
	cmake --build build-tsan --target unit-tests
	ctest --test-dir build-tsan -LE cluster --output-on-failure -j "$$(nproc)"

fuzz: ## feed the codecs with what strangers might send, for FUZZ_SECONDS each
	@scripts/install-deps build fuzz
	@test -f build-fuzz/build.ninja || cmake -B build-fuzz -G Ninja -DCMAKE_BUILD_TYPE=Debug \
	  -DCMAKE_CXX_COMPILER=clang++-16 -DCMAKE_C_COMPILER=clang-16 -DER_FUZZ=ON
	cmake --build build-fuzz --target $(FUZZERS)
	@for fuzzer in $(FUZZERS); do \
	  mkdir -p "build-fuzz/corpus/$$fuzzer" && \
	  "build-fuzz/tests/$$fuzzer" -max_total_time=$(FUZZ_SECONDS) "build-fuzz/corpus/$$fuzzer" \
	    "tests/fuzz/seeds/$${fuzzer#fuzz_}" || exit 1; \
	done

install: build ## put programs, man pages and completion into $(PREFIX) (PREFIX=/usr/local; DESTDIR works)
	DESTDIR="$(DESTDIR)" cmake --install build --prefix "$(PREFIX)"

uninstall: ## remove what install has put into $(PREFIX); data and settings stay
	cd "$(DESTDIR)$(PREFIX)" && rm -f $(INSTALLED)

hooks: ## check formatting and protos of what you commit
	git config core.hooksPath .githooks

clean: ## remove what was built; installed packages and ccache stay
	rm -rf build build-dev build-asan build-tsan build-fuzz
