# Unit tests: every tests/unit/check_NAME.c is a program of its own, built as
# $(B)/tests/check_NAME, linked with all archives. A module that wants less or
# more sets, in its own module.mk,
#
#   check_NAME_USES := base          archives instead of all of them
#   check_NAME_LIBS := -lfoo         external libraries instead of all
#   check_NAME_CPPFLAGS := ...       instead of ALL_CPPFLAGS
#
# or names it in OWN_CHECKS and has rules of its own.
LIBS += testsupport
testsupport_SRCS := $(filter-out %/fake_sslctx.c,$(wildcard tests/unit/support/*.c))
# Stands in for svc/sslctx.c: only for tests that name it, before svc.
TEST_LIBS := testfakes
testfakes_SRCS := tests/unit/support/fake_sslctx.c

CHECKS := $(patsubst tests/unit/%.c,%,$(wildcard tests/unit/check_*.c))
CHECK_PROGS := $(CHECKS:%=$(B)/tests/%)

ALL_LIBS = $(EVENTSSL_LIBS) $(EVENT_LIBS) $(MBEDTLS_LIBS) $(HTTPP_LIBS) \
	$(JANSSON_LIBS) $(INIH_LIBS)

# base needs nothing but these: its tests build while other parts do not.
check_buf_USES   := testsupport base
check_child_USES := testsupport io base
check_err_USES   := testsupport base
check_out_file_USES := base
check_clock_USES := testsupport base
check_trace_USES := testsupport base

# So do those of PEM, clock, network and TLS.
check_pem_USES    := testsupport base
check_rtc_USES    := testsupport svc base
check_net_USES    := testsupport net base
check_net_tcp_USES := testsupport net base
check_net_service_USES := testsupport net base
check_names_USES := testsupport net base
check_tls_USES    := testsupport net base
check_tls_files_USES := testsupport net base
check_tls_stream_USES := testsupport net base
check_sslctx_USES := svc net testsupport base
check_sslctx_files_USES := $(check_sslctx_USES)
check_tls_peers_USES := testsupport svc net testsupport base
check_ssl_keys_USES := $(check_tls_peers_USES)

define check_rule
PROGS += tests/$(1)
tests/$(1)_SRCS := tests/unit/$(1).c
tests/$(1)_USES := $$(or $$($(1)_USES),$$(LIBS))
tests/$(1)_LIBS = $$(CHECK_LIBS) $$(or $$($(1)_LIBS),$$(ALL_LIBS))
tests/$(1)_CPPFLAGS := $$($(1)_CPPFLAGS)
endef
$(foreach c,$(filter-out $(OWN_CHECKS),$(CHECKS)),\
	$(eval $(call check_rule,$(c))))

HAVE_CHECK := $(shell $(PKGCONFIG) --exists check 2>/dev/null && echo yes)

# Fuzz targets: tests/fuzz/fuzz_NAME.c. Any build replays the corpora with a
# plain main(); VARIANT=fuzz links libFuzzer's instead. fuzz_NAME_USES and
# fuzz_NAME_LIBS as for unit tests.
FUZZERS := $(patsubst tests/fuzz/fuzz_%.c,%,$(wildcard tests/fuzz/fuzz_*.c))
REPLAY_PROGS := $(FUZZERS:%=$(B)/tests/replay_%)
FUZZ_PROGS := $(FUZZERS:%=$(B)/fuzz_%)

fuzz_pem_USES := base

define fuzz_rule
PROGS += tests/replay_$(1) fuzz_$(1)
fuzz_$(1)_USES ?= $$(LIBS)
fuzz_$(1)_LIBS ?= $$(ALL_LIBS)
fuzz_$(1)_SRCS := tests/fuzz/fuzz_$(1).c
fuzz_$(1)_LDFLAGS := -fsanitize=fuzzer
tests/replay_$(1)_SRCS := tests/fuzz/fuzz_$(1).c tests/fuzz/replay.c
tests/replay_$(1)_USES = $$(fuzz_$(1)_USES)
tests/replay_$(1)_LIBS = $$(fuzz_$(1)_LIBS)
endef
$(foreach f,$(FUZZERS),$(eval $(call fuzz_rule,$(f))))

# Reference programs and measuring programs of `make bench`; most are plain C.
bench_echo_pty_USES := testsupport
bench_echo_pty_LIBS := -lm
bench_rtt_USES := testsupport
bench_rtt_LIBS := -lm
$(foreach b,stub_tcp payload peer fleet,$(eval bench_$(b)_USES := testsupport)\
	$(eval bench_$(b)_LIBS := -lm))
bench_start_USES := testsupport
bench_start_LIBS := -lm
bench_tls_client_USES := testsupport
bench_tls_client_LIBS = $(MBEDTLS_LIBS)
BENCHES := $(patsubst tests/bench/%.c,%,$(wildcard tests/bench/*.c))
BENCH_PROGS := $(BENCHES:%=$(B)/bench/%)

define bench_rule
PROGS += bench/$(1)
bench/$(1)_SRCS := tests/bench/$(1).c
bench/$(1)_USES := $$(or $$(bench_$(1)_USES),$$(LIBS))
bench/$(1)_LIBS = $$(or $$(bench_$(1)_LIBS),$$(ALL_LIBS))
endef
$(foreach b,$(BENCHES),$(eval $(call bench_rule,$(b))))

# Forms, errors and failing places against the conformance cases.
PROGS += tests/ledger
tests/ledger_SRCS := $(wildcard tests/ledger/*.c)
tests/ledger_USES := cmd svc net at base
tests/ledger_LIBS  = $(MBEDTLS_LIBS) $(EVENT_LIBS)
