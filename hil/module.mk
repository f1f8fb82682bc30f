# The runner. All but its main() is an archive, so that tests can link it.
LIBS += hil
hil_SRCS := $(filter-out hil/main.c,$(wildcard hil/*.c)) \
	$(B)/gen/report_page.c $(B)/gen/reach_scenario.c

# The pages of reports, a C string for each line of them; both have one style
# and one script for what they share.
$(B)/gen/report_page.c: hil/report.html hil/compare.html hil/report.css \
		hil/report.js hil/module.mk
	$(call say,GEN,$@)
	$(Q)mkdir -p $(@D) && { \
		echo '#include "hil/report.h"'; \
		for p in report compare; do \
			echo "const char *const $${p}_page[] = {"; \
			sed -e '/^@STYLE@$$/{r hil/report.css' -e 'd' -e '}' \
				-e '/^@SCRIPT@$$/{r hil/report.js' -e 'd' -e '}' \
				hil/$$p.html | \
			sed -e 's/\\/\\\\/g' -e 's/"/\\"/g' -e 's/.*/"&",/'; \
			echo 'NULL};'; \
		done; } >$@

# The scenario that a board's run begins with; a C string for each line.
$(B)/gen/reach_scenario.c: fixtures/scenarios/bench/035-reach.at hil/module.mk
	$(call say,GEN,$@)
	$(Q)mkdir -p $(@D) && { \
		echo 'extern const char *const reach_scenario[];'; \
		echo 'const char *const reach_scenario[] = {'; \
		sed -e 's/\\/\\\\/g' -e 's/"/\\"/g' -e 's/.*/"&",/' $<; \
		echo '0};'; } >$@

PROGS += ec21hil
DEFAULT += $(B)/ec21hil
ec21hil_SRCS := hil/main.c
ec21hil_USES := hil modem cmd svc net at io base
ec21hil_LIBS  = $(MBEDTLS_LIBS) $(EVENT_LIBS) $(JANSSON_LIBS) $(INIH_LIBS)

# The virtual boot loader: its core wants nothing, its USB front umockdev.
LIBS += vdfu
vdfu_SRCS := $(addprefix hil/vdfu/vdfu_,chip.c core.c desc.c knobs.c uart.c)

HAVE_UMOCKDEV := $(shell $(PKGCONFIG) --exists umockdev-1.0 gobject-2.0 \
	2>/dev/null && echo yes)
ifeq ($(HAVE_UMOCKDEV),yes)
PROGS += ec21vdfu
DEFAULT += $(B)/ec21vdfu
ec21vdfu_SRCS := $(filter-out $(vdfu_SRCS),$(wildcard hil/vdfu/*.c))
ec21vdfu_USES := vdfu hil io net base
# umockdev's headers are not written for our warnings.
ec21vdfu_CPPFLAGS = $(ALL_CPPFLAGS) $(patsubst -I%,-isystem %,\
	$(shell $(PKGCONFIG) --cflags umockdev-1.0 gobject-2.0))
ec21vdfu_LIBS  = $(shell $(PKGCONFIG) --libs umockdev-1.0 gobject-2.0) \
	-lpthread $(EVENT_LIBS) $(MBEDTLS_LIBS)
else
$(info no umockdev (package libumockdev-dev): ec21vdfu is not built)
endif

# What these tests and fuzz targets need; they build while others do not.
check_vdfu_USES       := vdfu
check_transcript_USES := testsupport base
check_mask_USES       := testsupport base
check_mask_framing_USES := testsupport base
check_recorder_USES   := testsupport base
check_replay_scenario_USES := testsupport hil modem cmd svc net at io base
check_match_USES      := testsupport hil modem cmd svc net at io base
check_scenario_USES   := testsupport hil modem cmd svc net at io base
check_engine_USES     := testsupport hil modem cmd svc net at io base
check_record_name_USES := hil
check_report_USES     := testsupport hil modem cmd svc net at io base
check_verdict_USES    := testsupport hil modem cmd svc net at io base
check_replay_judge_USES := testsupport hil modem cmd svc net at io base
check_calibrate_USES  := testsupport hil modem cmd svc net at io base
check_image_USES      := testsupport hil modem cmd svc net at io base
check_self_USES       := testsupport hil modem cmd svc net at io base
check_emulator_USES   := testsupport hil modem cmd svc net at io base
check_files_USES      := testsupport hil modem cmd svc net at io base
fuzz_transcript_USES  := base
fuzz_scenario_USES    := hil net io base
fuzz_session_USES     := hil modem cmd svc net at io base
check_rig_tools_USES  := testsupport hil modem cmd svc net at io base
check_firmware_board_USES := testsupport hil modem cmd svc net at io base
fuzz_rig_conf_USES    := hil net io base
