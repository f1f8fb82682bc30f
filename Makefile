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

$(foreach l,$(LIBS),$(eval $(call lib_rule,$(l))))
$(foreach p,$(PROGS),$(eval $(call prog_rule,$(p))))

$(B)/obj/%.o: %.c
	$(call say,CC,$<)
	$(Q)mkdir -p $(@D) && $(CC) $(or $(MOD_CPPFLAGS),$(ALL_CPPFLAGS)) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

-include $(shell find $(B)/obj -name '*.d' 2>/dev/null)

.PHONY: all
all: $(DEFAULT)
