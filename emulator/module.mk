LIBS += base at net svc cmd io modem

base_SRCS  := $(wildcard emulator/base/*.c)
at_SRCS    := $(wildcard emulator/at/*.c)
net_SRCS   := $(wildcard emulator/net/*.c)
svc_SRCS   := $(wildcard emulator/svc/*.c)
cmd_SRCS   := $(wildcard emulator/cmd/*.c)
io_SRCS    := $(wildcard emulator/io/*.c)
modem_SRCS := emulator/modem.c emulator/config.c

PROGS += ec21emu
DEFAULT += $(B)/ec21emu
ec21emu_SRCS := emulator/main.c
ec21emu_USES := modem cmd svc net at io base
ec21emu_LIBS  = $(MBEDTLS_LIBS) $(EVENT_LIBS) $(INIH_LIBS)

include emulator/svc/module.mk

# Prints what is documented by the tables that the modem runs on.
PROGS += docgen
docgen_SRCS := emulator/docgen.c
docgen_USES := cmd svc net at base
docgen_LIBS  = $(MBEDTLS_LIBS) $(EVENT_LIBS)

.PHONY: docs
docs: $(B)/docgen
	$(call say,GEN,docs/commands.md man/ec21-profile.5)
	$(Q)mkdir -p $(B)/docs
	$(Q)$(B)/docgen >$(B)/docs/commands.md
	$(Q)$(B)/docgen profile >$(B)/docs/ec21-profile.5
	$(Q)cp $(B)/docs/commands.md docs/commands.md
	$(Q)cp $(B)/docs/ec21-profile.5 man/ec21-profile.5

check_line_USES := testsupport at base
check_line_LIBS := -lm
check_dispatch_USES := testsupport at base
check_dispatch_LIBS := -lm
check_fault_USES := testsupport base
