# The runner. All but its main() is an archive, so that tests can link it.
LIBS += hil
hil_SRCS := $(filter-out hil/main.c,$(wildcard hil/*.c)) $(B)/gen/report_page.c

# The page of reports, a C string for each line of it.
$(B)/gen/report_page.c: hil/report.html hil/module.mk
	$(call say,GEN,$@)
	$(Q)mkdir -p $(@D) && { \
		echo '#include "hil/report.h"'; \
		echo 'const char *const report_page[] = {'; \
		sed -e 's/\\/\\\\/g' -e 's/"/\\"/g' -e 's/.*/"&",/' $<; \
		echo 'NULL};'; } >$@

PROGS += ec21hil
DEFAULT += $(B)/ec21hil
ec21hil_SRCS := hil/main.c
ec21hil_USES := hil modem cmd svc net at io base
ec21hil_LIBS  = $(MBEDTLS_LIBS) $(EVENT_LIBS) $(JANSSON_LIBS) $(INIH_LIBS)

# What these tests and fuzz targets need; they build while others do not.
check_transcript_USES := testsupport base
check_mask_USES       := testsupport base
check_recorder_USES   := testsupport base
check_match_USES      := testsupport hil modem cmd svc net at io base
check_scenario_USES   := testsupport hil modem cmd svc net at io base
check_engine_USES     := testsupport hil modem cmd svc net at io base
check_report_USES     := testsupport hil modem cmd svc net at io base
check_image_USES      := testsupport hil modem cmd svc net at io base
fuzz_transcript_USES  := base
fuzz_scenario_USES    := hil net io base
