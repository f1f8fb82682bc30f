# Unit tests: every tests/unit/check_NAME.c is a program of its own, built as
# $(B)/tests/check_NAME, linked with all archives. A module that wants less or
# more sets, in its own module.mk,
#
#   check_NAME_USES := base          archives instead of all of them
#   check_NAME_LIBS := -lfoo         external libraries instead of all
#   check_NAME_CPPFLAGS := ...       instead of ALL_CPPFLAGS
LIBS += testsupport
testsupport_SRCS := $(wildcard tests/unit/support/*.c)

CHECKS := $(patsubst tests/unit/%.c,%,$(wildcard tests/unit/check_*.c))
CHECK_PROGS := $(CHECKS:%=$(B)/tests/%)

ALL_LIBS = $(EVENTSSL_LIBS) $(EVENT_LIBS) $(MBEDTLS_LIBS) $(HTTPP_LIBS) \
	$(JANSSON_LIBS) $(INIH_LIBS)

# base needs nothing but these: its tests build while other parts do not.
check_buf_USES   := testsupport base
check_err_USES   := testsupport base
check_clock_USES := testsupport base
check_trace_USES := testsupport base

define check_rule
PROGS += tests/$(1)
tests/$(1)_SRCS := tests/unit/$(1).c
tests/$(1)_USES := $$(or $$($(1)_USES),$$(LIBS))
tests/$(1)_LIBS = $$(CHECK_LIBS) $$(or $$($(1)_LIBS),$$(ALL_LIBS))
tests/$(1)_CPPFLAGS := $$($(1)_CPPFLAGS)
endef
$(foreach c,$(CHECKS),$(eval $(call check_rule,$(c))))
