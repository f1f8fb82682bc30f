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

# Prints docs/commands.md from the command tables: `make docs`.
PROGS += docgen
docgen_SRCS := emulator/docgen.c
docgen_USES := cmd svc net at base
docgen_LIBS  = $(MBEDTLS_LIBS) $(EVENT_LIBS)

.PHONY: docs
docs: $(B)/docgen
	$(Q)$(B)/docgen >docs/commands.md.new && mv docs/commands.md.new docs/commands.md

check_line_USES := testsupport at base
check_line_LIBS := -lm
check_dispatch_USES := testsupport at base
check_dispatch_LIBS := -lm
