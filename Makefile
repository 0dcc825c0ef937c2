# Builds, tests and checks Tidemark. `make help` prints the targets.
#
#   BUILD=folder    where everything built goes (default: build)
#   RELEASE=1       native code with -O2 and without sanitizers, in a folder of its own
#   LAYER=sql       only the C tests of that layer
#   V=1             prints the commands

BUILD ?= build
CC ?= cc
EMCC ?= emcc
# Commands are printed as one word and the file they make.
Q := $(if $(V),,@)
say = $(if $(V),,@printf '%-8s %s\n' $(1) $@)

# --- the source, by layer: each includes only from itself and from those before it ---

LAYERS := base effect vfs types sql catalog view extension sync federation
# The engine: engine.c and statement.c, above all layers.
ALL_LAYERS := $(LAYERS) engine

sources_engine := $(wildcard c-src/*.c)
define layer_sources
sources_$(1) := $(wildcard c-src/$(1)/*.c c-src/$(1)/*/*.c)
endef
$(foreach layer,$(LAYERS),$(eval $(call layer_sources,$(layer))))

# --- flags ---

include tools/sqlite.mk
include tools/libsodium.mk

WARNINGS := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wstrict-prototypes \
  -Wmissing-prototypes
# Warnings are errors with the compilers we test with; others may know new ones.
NATIVE_WARNINGS := $(WARNINGS) $(if $(filter 12 12.% 14 14.%,$(shell $(CC) -dumpversion)),-Werror)
# Generated and third-party code is not ours to tidy.
NO_WARNINGS := -w
INCLUDES = -Ic-src -I$(GENERATED) -isystem third_party/sqlite -isystem third_party/cjson \
  $(SODIUM_INCLUDES)
LANGUAGE := -std=c11 $(SQLITE_HEADER_FLAGS)

ifdef RELEASE
VARIANT := release
NATIVE_FLAGS := -O2 -g -DNDEBUG
DEPENDENCY_FLAGS := $(NATIVE_FLAGS)
else ifdef LIBFUZZER
VARIANT := libfuzzer
NATIVE_FLAGS := -O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined,fuzzer-no-link \
  -fno-sanitize-recover=all
DEPENDENCY_FLAGS := -O1 -g -fno-omit-frame-pointer -fsanitize=address
else
VARIANT := debug
NATIVE_FLAGS := -O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined \
  -fno-sanitize-recover=all
DEPENDENCY_FLAGS := -O1 -g -fno-omit-frame-pointer -fsanitize=address
endif
LINK_FLAGS = $(NATIVE_FLAGS)
LIBRARIES := -lm

NATIVE := $(BUILD)/native/$(VARIANT)
GENERATED := $(BUILD)/generated
# Third-party objects do not depend on ours, so that all build folders share them.
DEPENDENCIES := third_party/objects/$(VARIANT)
DEPENDENCY_OBJECTS := $(DEPENDENCIES)/sqlite3.o $(DEPENDENCIES)/cJSON.o $(DEPENDENCIES)/libsodium.a

.PHONY: help setup build native wasm package test test-programs test-c test-sql test-differential test-queries fuzz-queries test-js test-postgres test-newest-postgres setup-mysql test-mysql test-browser test-runtimes kill-storage test-kill test-exhaustive test-uninitialised test-views fuzz-views test-files fuzz-files fuzz-sql test-fuzz-sql simulate test-simulator catalog-fixture \
  mutate-views mutate-sync torture crash-points demo bench \
  check format clean
.DEFAULT_GOAL := help
.SECONDARY:
.DELETE_ON_ERROR:

help: ## Prints the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## Gets what is missing: tools, pinned third-party sources, npm packages
	@sh tools/setup.sh

build: wasm package ## Builds the WebAssembly module and the npm package around it

# --- native ---

native: ## Builds the engine natively, one library per layer (with sanitizers unless RELEASE=1)

grammar := $(if $(wildcard c-src/sql/grammar.y),$(GENERATED)/sql/grammar.c)

# Lemon writes grammar.c and grammar.h; both are moved into place at once, so parallel makes never see halves.
$(GENERATED)/sql/grammar.c: c-src/sql/grammar.y
	@mkdir -p $(@D)/lemon.tmp
	$(call say,LEMON)
	$(Q)lemon -q -l -d$(@D)/lemon.tmp $<
	@mv $(@D)/lemon.tmp/grammar.h $(@D)/grammar.h && mv $(@D)/lemon.tmp/grammar.c $@

third_party/objects/$(VARIANT)/sqlite3.o: third_party/sqlite/sqlite3.c tools/sqlite.mk
	@mkdir -p $(@D)
	$(call say,CC)
	$(Q)$(CC) $(DEPENDENCY_FLAGS) $(SQLITE_FLAGS) $(NO_WARNINGS) -c $< -o $@.$$$$ && mv $@.$$$$ $@

third_party/objects/$(VARIANT)/cJSON.o: third_party/cjson/cJSON.c
	@mkdir -p $(@D)
	$(call say,CC)
	$(Q)$(CC) $(DEPENDENCY_FLAGS) $(NO_WARNINGS) -c $< -o $@.$$$$ && mv $@.$$$$ $@

third_party/objects/$(VARIANT)/libsodium/%.o: $(SODIUM)/%.c tools/libsodium.mk
	@mkdir -p $(@D)
	$(call say,CC)
	$(Q)$(CC) $(DEPENDENCY_FLAGS) $(SODIUM_NATIVE_FLAGS) $(NO_WARNINGS) -c $< -o $@.$$$$ && mv $@.$$$$ $@

# A library, so that only programs with the layer that uses it need what it needs.
third_party/objects/$(VARIANT)/libsodium.a: $(call sodium_objects,$(VARIANT))
	@rm -f $@
	@$(AR) rcs $@ $^

$(GENERATED)/sql/grammar.h: $(GENERATED)/sql/grammar.c ;

$(NATIVE)/objects/%.o: %.c
	@mkdir -p $(@D)
	$(call say,CC)
	$(Q)$(CC) $(LANGUAGE) $(NATIVE_WARNINGS) $(NATIVE_FLAGS) $(INCLUDES) -MMD -MP -c $< -o $@

$(NATIVE)/objects/generated/sql/grammar.o: $(GENERATED)/sql/grammar.c
	@mkdir -p $(@D)
	$(call say,CC)
	$(Q)$(CC) $(LANGUAGE) $(NO_WARNINGS) $(NATIVE_FLAGS) $(INCLUDES) -MMD -MP -c $< -o $@

define native_library
objects_$(1) := $(patsubst %.c,$(NATIVE)/objects/%.o,$(sources_$(1)))
library_$(1) := $(if $(sources_$(1)),$(NATIVE)/lib$(1).a)
$(NATIVE)/lib$(1).a: $(patsubst %.c,$(NATIVE)/objects/%.o,$(sources_$(1))) \
  $(if $(filter sql,$(1)),$(if $(grammar),$(NATIVE)/objects/generated/sql/grammar.o))
	@rm -f $$@
	@$(AR) rcs $$@ $$^
native: $(if $(sources_$(1)),$(NATIVE)/lib$(1).a)
endef
$(foreach layer,$(ALL_LAYERS),$(eval $(call native_library,$(layer))))
native: $(DEPENDENCY_OBJECTS)
$(objects_sql): | $(grammar)

# The libraries of a layer and of those before it, highest first as the linker wants them.
reverse = $(if $(1),$(call reverse,$(wordlist 2,$(words $(1)),$(1))) $(firstword $(1)))
upto = $(if $(filter $(1),$(firstword $(2))),$(firstword $(2)),$(firstword $(2)) \
  $(call upto,$(1),$(wordlist 2,$(words $(2)),$(2))))
libraries_upto = $(foreach layer,$(call reverse,$(call upto,$(1),$(ALL_LAYERS))),$(library_$(layer)))

# --- C tests: tests/c/<layer>/test_*.c, each a program linked with its layer and those before it ---

TEST_LIBRARY_SOURCES := $(wildcard tests/c/lib/*.c)
TEST_LIBRARY := $(if $(TEST_LIBRARY_SOURCES),$(NATIVE)/libtest.a)
$(NATIVE)/libtest.a: $(patsubst %.c,$(NATIVE)/objects/%.o,$(TEST_LIBRARY_SOURCES))
	@rm -f $@
	@$(AR) rcs $@ $^

define layer_tests
tests_$(1) := $(patsubst tests/c/%.c,$(NATIVE)/tests/%,$(wildcard tests/c/$(1)/test_*.c))
$$(tests_$(1)): $(NATIVE)/tests/%: $(NATIVE)/objects/tests/c/%.o $(TEST_LIBRARY) \
  $(call libraries_upto,$(1)) $(DEPENDENCY_OBJECTS)
	@mkdir -p $$(@D)
	$$(call say,LINK)
	$$(Q)$$(CC) $$(LINK_FLAGS) $$^ $$(LIBRARIES) -lcmocka -o $$@
endef
$(foreach layer,$(ALL_LAYERS),$(eval $(call layer_tests,$(layer))))
$(NATIVE)/objects/tests/%.o: INCLUDES += -Itests/c
$(NATIVE)/objects/tests/c/engine/test_catalog_versions.o: NATIVE_FLAGS += -D_GNU_SOURCE

C_TESTS := $(foreach layer,$(if $(LAYER),$(LAYER),$(ALL_LAYERS)),$(tests_$(layer)))

test-c: $(C_TESTS) ## Runs the C tests (LAYER=sql: only those of one layer)
	@sh tools/run-c-tests.sh $(C_TESTS)

-include $(shell find $(NATIVE) -name '*.d' 2>/dev/null)

# --- wasm ---

include wasm/wasm.mk

# --- JavaScript, demo, checks ---

test-js: build ## Runs the JavaScript tests in Node
	@sh tools/run-js-tests.sh tests/js

test-postgres: build ## Runs the tests of PostgreSQL origins against 13 to 18 (VERSIONS="13 18" ONLY="replication apply")
	@node tests/postgres/install.js $(VERSIONS)
	@node tests/postgres/run.js $(BUILD)/postgres $(VERSIONS) $(ONLY)

# Where there is a package of it.
NEWEST_POSTGRES = 18 publication replication stories role. row-security key-types unnamed generated-keys
test-newest-postgres: build ## Some of them against the newest, in a minute or two
	@case $$(node -p 'process.platform + "-" + process.arch') in \
	linux-x64) node tests/postgres/install.js $(firstword $(NEWEST_POSTGRES)) && node tests/postgres/run.js $(BUILD)/postgres $(NEWEST_POSTGRES) ;; \
	*) echo "no package of PostgreSQL for this platform: test-newest-postgres is left out" ;; \
	esac

setup-mysql: ## Gets a MySQL server for test-mysql, into third_party/mysql
	@sh tools/setup-mysql.sh

test-mysql: build ## Runs the tests of MySQL origins against a real MySQL, if there is one (MYSQLD=/path/to/mysqld)
	@MYSQLD="$(MYSQLD)" sh tools/test-mysql.sh

test-browser: build ## Runs the browser tests in Chromium
	@sh tools/run-js-tests.sh tests/browser

# The runtimes and bundlers, which nothing else needs.
tests/runtimes/node_modules/.package-lock.json: tests/runtimes/package.json tests/runtimes/package-lock.json
	$(call say,NPM)
	$(Q)npm ci --prefix tests/runtimes --loglevel=error
	@touch $@

test-runtimes: build tests/runtimes/node_modules/.package-lock.json ## Installs the packed package in every runtime and bundler, and uses it (ONLY="deno vite")
	@node tests/runtimes/run.js $(ONLY)

KILL = for storage in $(1); do node tests/kill/kill-storage.js $$storage $(2) || exit 1; done
kill-storage: build tests/runtimes/node_modules/.package-lock.json ## Kills what writes a database (STORAGE=node|deno|bun|chromium-opfs|chromium-idb|firefox-opfs|firefox-idb|webkit-idb|durable-object ROUNDS=200; POWER=1 as root: cuts the power)
	@$(call KILL,$(or $(STORAGE),node),$(or $(ROUNDS),200) $(if $(POWER),--power))

test-kill: build tests/runtimes/node_modules/.package-lock.json ## The same, a few times
	@$(call KILL,node chromium-opfs,5)

torture: build ## Closes, refreshes, kills, freezes, stops and hangs tabs that write (BROWSER=Chromium|Firefox SECONDS=60; FREEZE=120: for up to so many seconds)
	@BROWSER=$(BROWSER) SECONDS=$(or $(SECONDS),60) FREEZE=$(or $(FREEZE),0) node tests/browser/torture.js

crash-points: ## Every call of a disk fails, is short or is torn, and the process or the power goes there (EVERY=1; RELEASE=1 is faster)
	@$(MAKE) --no-print-directory $(NATIVE)/tests/engine/test_faults
	@CRASH_POINTS=$(or $(EVERY),1) $(NATIVE)/tests/engine/test_faults

SQL_RUNNER := $(NATIVE)/sql_runner
$(SQL_RUNNER): $(NATIVE)/objects/tests/c/sql_runner.o $(TEST_LIBRARY) \
  $(call libraries_upto,engine) $(DEPENDENCY_OBJECTS)
	$(call say,LINK)
	$(Q)$(CC) $(LINK_FLAGS) $^ $(LIBRARIES) -lcmocka -o $@

# --- views are equal to their queries, whatever is written (tests/views/README.md) ---

VIEW_FUZZER := $(NATIVE)/fuzz_views
$(VIEW_FUZZER): $(patsubst %.c,$(NATIVE)/objects/%.o,$(wildcard tests/views/*.c)) $(TEST_LIBRARY) \
  $(call libraries_upto,engine) $(DEPENDENCY_OBJECTS)
	$(call say,LINK)
	$(Q)$(CC) $(LINK_FLAGS) $^ $(LIBRARIES) -lcmocka -o $@
$(NATIVE)/objects/tests/views/%.o: NATIVE_FLAGS += -D_GNU_SOURCE

fuzz-views: ## Compares views with their queries after random writes (SECONDS=60 SEED=n; RELEASE=1 is faster)
	@$(MAKE) --no-print-directory $(VIEW_FUZZER)
	@$(VIEW_FUZZER) $(wildcard $(REPLAY))

# --- devices, gateway and origin on a bad network (tests/simulator/README.md) ---

SIMULATOR := $(NATIVE)/simulator
$(SIMULATOR): $(patsubst %.c,$(NATIVE)/objects/%.o,$(wildcard tests/simulator/*.c)) \
  $(call libraries_upto,engine) $(DEPENDENCY_OBJECTS)
	$(call say,LINK)
	$(Q)$(CC) $(LINK_FLAGS) $^ $(LIBRARIES) -o $@
$(NATIVE)/objects/tests/simulator/%.o: NATIVE_FLAGS += -D_GNU_SOURCE

simulate: ## Plays devices, gateway and origin on a bad network (RUNS=n or SECONDS=60, SEED=n, JOBS=n, TRACE=1; RELEASE=1 is faster)
	@$(MAKE) --no-print-directory $(SIMULATOR)
	@$(SIMULATOR)

mutate-sync: ## Breaks the sync on purpose and says what of that the simulator notices (RUNS=1000 SEED=1)
	@node tools/mutate-sync.js

test-simulator: $(SIMULATOR) ## The same with fixed seeds for about a minute, and a few of them twice
	@TWICE=1 RUNS=10 $(SIMULATOR)
	@SECONDS=60 SEED=1001 JOBS=2 $(SIMULATOR)

# --- damaged databases (tests/files/README.md) ---

FILE_FUZZER := $(NATIVE)/fuzz_files
$(FILE_FUZZER): $(patsubst %.c,$(NATIVE)/objects/%.o,$(wildcard tests/files/*.c)) $(TEST_LIBRARY) \
  $(call libraries_upto,engine) $(DEPENDENCY_OBJECTS)
	$(call say,LINK)
	$(Q)$(CC) $(LINK_FLAGS) $^ $(LIBRARIES) -lcmocka -o $@
$(NATIVE)/objects/tests/files/%.o: NATIVE_FLAGS += -D_GNU_SOURCE

fuzz-files: ## Damages databases and uses them (SECONDS=60 SEED=n)
	@$(MAKE) --no-print-directory $(FILE_FUZZER)
	@$(FILE_FUZZER)

test-files: $(FILE_FUZZER) ## The same with a fixed sample
	@SECONDS=300 ROUNDS=24 SEED=1 $(FILE_FUZZER)

# --- whatever the text is, an answer or an error (tests/statements/README.md) ---

STATEMENT_FUZZER := $(NATIVE)/fuzz_statements
$(STATEMENT_FUZZER): $(patsubst %.c,$(NATIVE)/objects/%.o,$(filter-out %/libfuzzer.c,$(wildcard tests/statements/*.c))) \
  $(call libraries_upto,engine) $(DEPENDENCY_OBJECTS)
	$(call say,LINK)
	$(Q)$(CC) $(LINK_FLAGS) $^ $(LIBRARIES) -o $@
$(NATIVE)/objects/tests/statements/%.o: NATIVE_FLAGS += -D_GNU_SOURCE

# The rest of the time is libFuzzer's, if there is one: clang's, with its runtime.
fuzz-sql: ## Runs sentences of the grammar, changed statements of the tests, and what libFuzzer makes up (SECONDS=3600 SEED=n)
	@$(MAKE) --no-print-directory $(STATEMENT_FUZZER)
	@sh tools/fuzz-statements.sh $(STATEMENT_FUZZER) $(BUILD)

test-fuzz-sql: $(STATEMENT_FUZZER) ## The same with fixed seeds for about a minute, without libFuzzer
	@SECONDS=300 ROUNDS=150 SEED=1 $(STATEMENT_FUZZER)

# Built by tools/fuzz-statements.sh, with CC=clang LIBFUZZER=1.
LIBFUZZER_STATEMENTS := $(BUILD)/native/libfuzzer/libfuzzer_statements
$(LIBFUZZER_STATEMENTS): $(patsubst %,$(NATIVE)/objects/tests/statements/%.o,libfuzzer subject) \
  $(call libraries_upto,engine) $(DEPENDENCY_OBJECTS)
	$(call say,LINK)
	$(Q)$(CC) $(LINK_FLAGS) -fsanitize=fuzzer $^ $(LIBRARIES) -o $@

catalog-fixture: ## Makes the database that stands for this version of the catalog (VERSION=15), once, when it is raised
	@sh tools/catalog-fixture.sh $(VERSION)

# Of each kind of round a few; what once failed; and the same statements in WebAssembly.
test-views: build $(VIEW_FUZZER) $(SQL_RUNNER) ## Compares views with their queries after random writes, natively and in WebAssembly
	@sh tools/run-view-tests.sh $(VIEW_FUZZER) $(SQL_RUNNER) $(BUILD)/views

mutate-views: ## Breaks the view engine on purpose and says what of that the tests notice (COUNT=40 SEED=1 SECONDS=12)
	@node tools/mutate-views.js

# Everything that test-c and test-sql run.
test-programs: $(C_TESTS) $(SQL_RUNNER) $(VIEW_FUZZER) $(FILE_FUZZER) $(STATEMENT_FUZZER) $(SIMULATOR)

test-sql: build $(SQL_RUNNER) ## Runs the SQL scripts natively and in WebAssembly
	@sh tools/run-sql-tests.sh $(SQL_RUNNER)

test-differential: build ## Compares the answers to thousands of statements with PostgreSQL's and MariaDB's
	@node tests/sql/differential/run.js tests/sql/differential/*.sql
	@node tests/sql/differential/mysql/run.js tests/sql/differential/mysql/*.sql
	@PRINTED=1 node tests/sql/differential/mysql/run.js tests/sql/differential/mysql/*.sql

fuzz-queries: build ## Compares the answers to random queries and writes with PostgreSQL's (SECONDS=3600 SEED=n; PRINTED=1: as an origin is sent them)
	@SECONDS=$$(( $${SECONDS:-3600} / 2 )) node tests/sql/random/run.js
	@WRITES=1 SECONDS=$$(( $${SECONDS:-3600} / 2 )) node tests/sql/random/run.js

test-queries: build ## The same with a fixed sample
	@SEED=1 COUNT=3000 node tests/sql/random/run.js
	@WRITES=1 SEED=1 COUNT=500 node tests/sql/random/run.js
	@PRINTED=1 SEED=100000 COUNT=600 node tests/sql/random/run.js

test: setup ## Gets what is missing, builds, and runs every test and check
	@$(MAKE) --no-print-directory -j"$$(nproc 2>/dev/null || echo 2)" build native test-programs
	@$(MAKE) --no-print-directory -k check test-c test-files test-simulator test-sql test-differential test-queries test-fuzz-sql test-views test-js test-newest-postgres test-mysql test-browser test-runtimes test-kill

test-exhaustive: ## Runs the C tests with every single allocation failing in turn: hours
	@ALL_ALLOCATIONS=1 $(MAKE) --no-print-directory test-c

test-uninitialised: ## Runs the SQL scripts under Valgrind, which sees what is read before it is written: half an hour
	@$(MAKE) --no-print-directory RELEASE=1 $(BUILD)/native/release/sql_runner
	@valgrind -q --error-exitcode=1 $(BUILD)/native/release/sql_runner tests/sql/*.test

demo: setup ## Builds and starts the demo; prints its address
	@$(MAKE) --no-print-directory build
	@node demo/server.js

# The peers, which nothing else needs.
bench/node_modules/.package-lock.json: bench/package.json bench/package-lock.json
	$(call say,NPM)
	$(Q)npm ci --prefix bench --loglevel=error
	@touch $@

bench: setup bench/node_modules/.package-lock.json ## Measures, beside the peers
	@$(MAKE) --no-print-directory build
	@node bench/run.js

check: $(grammar) ## Checks layers, formatting, lint, types, imports, links
	@sh tools/check.sh $(BUILD)

format: ## Formats the C sources in place
	clang-format -i $$(git ls-files '*.c' '*.h')

clean: ## Removes what was built, but not what was downloaded
	rm -rf $(BUILD) third_party/objects js-bindings/dist
