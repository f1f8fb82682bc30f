LIBS += base at net svc cmd io modem ctl replay unit

base_SRCS  := $(wildcard emulator/base/*.c)
at_SRCS    := $(wildcard emulator/at/*.c)
net_SRCS   := $(wildcard emulator/net/*.c)
svc_SRCS   := $(wildcard emulator/svc/*.c)
cmd_SRCS   := $(wildcard emulator/cmd/*.c)
io_SRCS    := $(wildcard emulator/io/*.c)
modem_SRCS := emulator/modem.c emulator/modem_action.c emulator/modem_uart.c \
	emulator/config.c
replay_SRCS := emulator/replay.c emulator/replay_show.c \
	emulator/script.c
ctl_SRCS   := emulator/ctl.c emulator/ctl_sock.c
unit_SRCS  := emulator/unit.c emulator/unit_wire.c

PROGS += ec21emu
DEFAULT += $(B)/ec21emu
ec21emu_SRCS := emulator/main.c emulator/options.c
ec21emu_USES := unit ctl replay modem cmd svc net at io base
ec21emu_LIBS  = $(MBEDTLS_LIBS) $(EVENT_LIBS) $(INIH_LIBS) $(JANSSON_LIBS)

include emulator/svc/module.mk

# Prints what is documented by the tables that the modem runs on.
PROGS += docgen
docgen_SRCS := emulator/docgen.c
docgen_USES := cmd svc net at base
docgen_LIBS  = $(MBEDTLS_LIBS) $(EVENT_LIBS)

.PHONY: docs
docs: $(B)/docgen ## docs/commands.md, man/ec21-profile.5, from the tables
	$(call say,GEN,docs/commands.md man/ec21-profile.5)
	$(Q)mkdir -p $(B)/docs
	$(Q)$(B)/docgen >$(B)/docs/commands.md
	$(Q)$(B)/docgen profile >$(B)/docs/ec21-profile.5
	$(Q)cp $(B)/docs/commands.md docs/commands.md
	$(Q)cp $(B)/docs/ec21-profile.5 man/ec21-profile.5
	$(call say,KEPT,'docs/bench-report.png: make docs-pictures')

check_line_USES := testsupport at base
check_line_LIBS := -lm
check_dispatch_USES := testsupport at base
check_dispatch_LIBS := -lm
check_dispatch_data_USES := testsupport at base
check_dispatch_data_LIBS := -lm
check_fault_USES := testsupport base
check_pcap_USES := testsupport net base
check_line_rate_USES := base
check_net_faults_USES := net io testsupport base
check_modem_faults_USES := modem cmd svc net at testsupport base
check_replay_USES := replay testsupport base
check_replay_departs_USES := $(check_replay_USES)
fuzz_replay_USES := replay testsupport base
fuzz_replay_LIBS = $(MBEDTLS_LIBS)
check_unit_USES := $(ec21emu_USES)
check_ctl_USES := ctl modem cmd svc net at io testsupport base
