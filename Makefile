# ec21-bench: one non-recursive Makefile. `make help` lists the targets.
#
# Every folder with sources has a module.mk that adds to LIBS (archives) and
# PROGS (programs):
#
#   LIBS += base                      -> $(B)/libbase.a
#   base_SRCS := emulator/base/err.c ...
#   PROGS += ec21emu                  -> $(B)/ec21emu
#   ec21emu_SRCS := emulator/main.c
#   ec21emu_USES := modem cmd ...     archives, in link order
#   ec21emu_LIBS := $(EVENT_LIBS)     external libraries
#   NAME_CPPFLAGS := ...              optional; also for archives

.DEFAULT_GOAL := all
.DELETE_ON_ERROR:
.SUFFIXES:
MAKEFLAGS += --no-builtin-rules

include config.mk

Q := $(if $(V),,@)
say = $(if $(V),@:,@printf '  %-7s %s\n' $(1) $(2))

ALL_CPPFLAGS := -Iemulator -I. -DEC21_VERSION='"$(VERSION)"' $(CPPFLAGS)
ALL_CFLAGS   := $(CSTD) $(WARN) $(V_CFLAGS) $(CFLAGS)
ALL_LDFLAGS  := $(V_LDFLAGS) $(LDFLAGS)

LIBS  :=
PROGS :=
CLEAN :=
DEFAULT :=

include emulator/module.mk
include fixtures/module.mk
include certs/module.mk
include hil/module.mk
include firmware_under_test/module.mk
include tests/module.mk

objs = $(patsubst %.c,$(B)/obj/%.o,$($(1)_SRCS))

define lib_rule
$$(B)/lib$(1).a: $$(call objs,$(1))
	$$(call say,AR,$$@)
	$$(Q)mkdir -p $$(@D) && rm -f $$@ && $$(AR) rcs $$@ $$^
$$(call objs,$(1)): MOD_CPPFLAGS := $$($(1)_CPPFLAGS)
endef

define prog_rule
$$(B)/$(1): $$(call objs,$(1)) $$(patsubst %,$$(B)/lib%.a,$$($(1)_USES))
	$$(call say,LD,$$@)
	$$(Q)mkdir -p $$(@D) && $$(CC) $$(ALL_CFLAGS) $$(ALL_LDFLAGS) $$($(1)_LDFLAGS) -o $$@ \
		$$(call objs,$(1)) -Wl,--start-group \
		$$(patsubst %,$$(B)/lib%.a,$$($(1)_USES)) -Wl,--end-group $$($(1)_LIBS)
$$(call objs,$(1)): MOD_CPPFLAGS := $$($(1)_CPPFLAGS)
endef

$(foreach l,$(LIBS) $(TEST_LIBS),$(eval $(call lib_rule,$(l))))
$(foreach p,$(PROGS),$(eval $(call prog_rule,$(p))))

$(B)/obj/%.o: %.c
	$(call say,CC,$<)
	$(Q)mkdir -p $(@D) && $(CC) $(or $(MOD_CPPFLAGS),$(ALL_CPPFLAGS)) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

# The installed emulator looks for profiles below PREFIX.
$(B)/obj/emulator/config.o: $(B)/prefix
$(B)/obj/emulator/config.o: MOD_CPPFLAGS := $(ALL_CPPFLAGS) \
	-DEC21_PREFIX='"$(PREFIX)"'
$(B)/prefix: FORCE
	@mkdir -p $(@D)
	@echo '$(PREFIX)' | cmp -s - $@ || echo '$(PREFIX)' >$@
.PHONY: FORCE
FORCE:

-include $(shell find $(B)/obj -name '*.d' 2>/dev/null)

.PHONY: all packages demo check check-run check-unit check-conformance \
	check-e2e check-asan check-valgrind check-chroot lint lint-deep format \
	ledger bench bench-suite docs-pictures soak fuzz fuzz-run fuzz-regress cov install uninstall dist clean distclean help

all: $(DEFAULT) ## build the programs (the default)

# Packages are looked for once and installed when missing; then make starts
# anew, because config.mk asks pkg-config while it is read.
SUBMAKE = +@$(MAKE) --no-print-directory \
	$(if $(findstring -j,$(MAKEFLAGS)),,-j$(shell nproc))

packages: ## install what packages.txt lists
	@tests/packages.sh all

demo: ## both TLS paths publish, both riddles of the article, with reasons
	@tests/packages.sh build
	$(SUBMAKE) all
	@BUILD=$(B) tests/demo.sh

# What takes longest begins first, so that nothing long is left for the end.
check: ## install what is missing, then every test; ends with a count
	@tests/packages.sh build
	@tests/packages.sh --try all
	$(SUBMAKE) check-run KINDS="e2e conformance lint unit fuzz"

check-unit: ## unit tests alone
	$(SUBMAKE) check-run KINDS=unit
check-conformance: ## .at cases and scenarios alone
	$(SUBMAKE) check-run KINDS=conformance
check-e2e: ## whole programs alone
	$(SUBMAKE) check-run KINDS=e2e
fuzz-regress: ## replay the fuzz corpora (part of check)
	$(SUBMAKE) check-run KINDS=fuzz
check-asan: ## all but lint, under AddressSanitizer and UBSan
	$(SUBMAKE) VARIANT=asan check-run KINDS="unit fuzz conformance e2e"
check-valgrind: ## unit tests under valgrind
	$(SUBMAKE) VARIANT=debug check-run KINDS=valgrind

check-run: all $(if $(HAVE_CHECK),$(CHECK_PROGS)) $(REPLAY_PROGS) \
	$(B)/tests/ledger $(B)/docgen
	@BUILD=$(B) tests/run.sh $(KINDS)

ledger: all $(B)/tests/ledger ## forms and errors without a conformance case
	@BUILD=$(B) tests/e2e/50-the-ledger-is-complete.sh

check-chroot: ## make demo and make check in a fresh Debian 12 (root, slow)
	@tests/chroot.sh

lint: all $(B)/docgen ## static rules: layers, banned calls, sources cited, format
	@BUILD=$(B) tests/run.sh lint
lint-deep: ## cppcheck and clang-tidy
	@CPPFLAGS="$(ALL_CPPFLAGS)" tests/lint/deep.sh
format: ## clang-format all C sources
	@git ls-files -co --exclude-standard '*.c' '*.h' | xargs clang-format -i

bench: all $(BENCH_PROGS) ## measure, beside the budgets and baseline.txt
	@BUILD=$(B) tests/bench/bench.sh

bench-suite: all ## what is safe on a board, on the virtual bench; a report
	@BUILD=$(B) hil/bench-suite.sh $(B)/suite
# It shows times and names of runs, so it is not made by `make docs`.
PICTURED := $(addprefix fixtures/scenarios/bench/,010-identity.at \
	030-context.at 035-reach.at 043-tls-forms.at 045-policy.at)
docs-pictures: all ## docs/bench-report.png, from a run of a part of it
	@BUILD=$(B) hil/bench-suite.sh $(B)/suite $(PICTURED)
	@cp $(B)/suite/report.png docs/bench-report.png

soak: all $(BENCH_PROGS) ## 10,000 connections of each kind, without growth
	@BUILD=$(B) tests/bench/soak.sh

FUZZ_TIME ?= 60
fuzz: ## each fuzz target for FUZZ_TIME seconds, from its corpus
	$(SUBMAKE) VARIANT=fuzz fuzz-run
fuzz-run: $(FUZZ_PROGS)
	@BUILD=$(B) FUZZ_TIME=$(FUZZ_TIME) tests/fuzz/run.sh $(FUZZERS)

cov: ## line coverage by folder, of unit tests, conformance and e2e
	$(SUBMAKE) VARIANT=cov check-run KINDS="unit fuzz conformance e2e"
	@tests/cov.sh build/cov

# What runs here goes to bin, images of boards beside the profiles.
BIN_FILES    = $(filter-out %.bin,$(filter $(B)/%,$(DEFAULT)))
BOARD_BINS   = $(filter %.bin,$(filter $(B)/%,$(DEFAULT)))
BOARD_FILES  = $(BOARD_BINS) $(BOARD_BINS:.bin=.elf)
SHARE_DIR   := $(DESTDIR)$(PREFIX)/share/ec21-bench
DOC_DIR     := $(DESTDIR)$(PREFIX)/share/doc/ec21-bench

install: all ## to DESTDIR and PREFIX
	install -d $(DESTDIR)$(PREFIX)/bin $(SHARE_DIR)/profiles \
		$(SHARE_DIR)/boards $(DOC_DIR)/docs
	for p in $(BIN_FILES); do [ ! -x "$$p" ] || \
		install -m 755 "$$p" $(DESTDIR)$(PREFIX)/bin || exit 1; done
	for f in $(BOARD_FILES); do [ ! -e "$$f" ] || \
		install -m 644 "$$f" $(SHARE_DIR)/boards || exit 1; done
	for n in 1 5 8; do \
		install -d $(DESTDIR)$(PREFIX)/share/man/man$$n; \
		for f in man/*.$$n; do install -m 644 "$$f" \
			$(DESTDIR)$(PREFIX)/share/man/man$$n || exit 1; \
		done; done
	install -m 644 fixtures/profiles/*.conf $(SHARE_DIR)/profiles
	for d in bench calibrate firmware; do \
		install -d $(SHARE_DIR)/scenarios/$$d && \
		install -m 644 fixtures/scenarios/$$d/* \
			$(SHARE_DIR)/scenarios/$$d || exit 1; done
	for f in $$(grep -lrx '# bench: safe' tests/conformance); do \
		install -D -m 644 "$$f" \
			"$(SHARE_DIR)/scenarios/$${f#tests/}" || exit 1; done
	install -m 644 LICENSE NOTICE README.md $(DOC_DIR)
	install -m 644 docs/*.* $(DOC_DIR)/docs

uninstall: ## what install put below DESTDIR and PREFIX
	for p in $(notdir $(BIN_FILES)); do \
		rm -f $(DESTDIR)$(PREFIX)/bin/$$p; done
	for n in 1 5 8; do for f in man/*.$$n; do \
		rm -f $(DESTDIR)$(PREFIX)/share/man/man$$n/$${f##*/}; \
		done; done
	rm -rf $(SHARE_DIR) $(DOC_DIR)

dist: ## build/ec21-bench-VERSION.tar.gz of what is committed
	@mkdir -p build
	git archive --prefix=ec21-bench-$(VERSION)/ \
		-o build/ec21-bench-$(VERSION).tar.gz HEAD

# mbedTLS's source stays: fetching it needs a network.
clean: ## remove what was built, keep the mbedTLS source
	find build -mindepth 1 -maxdepth 1 ! -name mbedtls-src \
		-exec rm -rf {} + 2>/dev/null || true
	rm -rf $(CLEAN)
distclean: clean ## remove the mbedTLS source too
	rm -rf build

help: ## this list
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  %-18s %s\n", $$1, $$2 }' \
		$(MAKEFILE_LIST)
	@echo
	@echo "  VARIANT=release|debug|asan|tsan|cov|fuzz  V=1  CC=  WERROR=1"
	@echo "  CHECK_STRICT=1 a skipped test fails    CHECK_JOBS=6 at a time"
