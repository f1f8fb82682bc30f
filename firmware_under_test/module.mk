# The firmware under test. Its core is an archive like the others; mbedTLS is
# its own, built from Debian's source package with mbedtls_config.h. Where
# that source is missing and cannot be fetched, wiofw is left out with a
# notice and everything else still builds.
LIBS += fwcore
fwcore_SRCS := $(filter-out %/tls_mcu.c,$(wildcard firmware_under_test/core/*.c))
fwcore_CPPFLAGS := -Ifirmware_under_test -DEC21_VERSION='"$(VERSION)"' $(CPPFLAGS)

MBED_DIR := $(or $(MBEDTLS_SRC),build/mbedtls-src)
MBED_MARK := $(MBED_DIR)/library/ssl_tls.c

WIOFWS := wiofw wiofw-article
DEFAULT += $(WIOFWS:%=$(B)/%)
wiofw-article_DEFS := -DWIOFW_ARTICLE
wiofw_CHECK_OBJ := $(B)/obj-wiofw/tests/unit/check_fw_tls_mcu.o
WIOFW_SRCS := firmware_under_test/core/tls_mcu.c \
	$(wildcard firmware_under_test/port/host/*.c)

# No file and no failure when there is no network: the rules below look.
$(MBED_MARK):
	$(call say,FETCH,$(MBED_DIR))
	$(Q)$(if $(MBEDTLS_SRC),false,firmware_under_test/fetch-mbedtls.sh $(MBED_DIR)) || \
		echo "  NOTICE  no mbedTLS source in $(MBED_DIR): wiofw is skipped"

# One archive and one object folder for each of the two, since the
# configuration differs. The archive is made aside and moved into place: a
# second make in the same tree must not find half of it.
define wiofw_rule
$(1)_CPP := -I. -Ifirmware_under_test -Iemulator -DWIOFW_HOST $$($(1)_DEFS) \
	-DEC21_VERSION='"$(VERSION)"' -isystem $(MBED_DIR)/include \
	-DMBEDTLS_CONFIG_FILE='"mbedtls_config.h"' $(CPPFLAGS)
$(1)_OBJS := $$(WIOFW_SRCS:%.c=$(B)/obj-$(1)/%.o)

$(B)/obj-$(1)/libmbed.a: $(MBED_MARK) firmware_under_test/mbedtls_config.h
	$$(Q)[ ! -f $(MBED_MARK) ] || { \
	$(if $(V),set -x,printf '  %-7s %s\n' CC 'mbedTLS for $(1)'); \
	mkdir -p $$(@D) && d=$$$$(mktemp -d $$(@D)/mbed.XXXXXX) && \
	for f in $(MBED_DIR)/library/*.c; do \
		$$(CC) $$($(1)_CPP) $$(CSTD) $$(V_CFLAGS) $$(CFLAGS) -c \
			-o $$$$d/$$$$(basename $$$$f .c).o $$$$f || exit 1; \
	done && $$(AR) rcs $$$$d/libmbed.a $$$$d/*.o && \
	mv $$$$d/libmbed.a $$@ && rm -rf $$$$d; }

$$($(1)_OBJS) $$($(1)_CHECK_OBJ): $(B)/obj-$(1)/%.o: %.c | $(MBED_MARK)
	$$(Q)[ ! -f $(MBED_MARK) ] || { mkdir -p $$(@D) && \
	$(if $(V),set -x,printf '  %-7s %s\n' CC '$$< ($(1))'); \
	$$(CC) $$($(1)_CPP) $$(CSTD) $$(WARN) $$(V_CFLAGS) $$(CFLAGS) \
		-MMD -MP -c -o $$@ $$<; }

$(B)/$(1): $$($(1)_OBJS) $(B)/obj-$(1)/libmbed.a $(B)/libfwcore.a \
		$(B)/libbase.a
	$$(Q)[ ! -f $(MBED_MARK) ] || { \
	$(if $(V),set -x,printf '  %-7s %s\n' LD $$@); \
	$$(CC) $$(ALL_CFLAGS) $$(ALL_LDFLAGS) -o $$@ $$^; }

-include $$(wildcard $$(patsubst %.o,%.d,$$($(1)_OBJS) $$($(1)_CHECK_OBJ)))
endef
$(foreach p,$(WIOFWS),$(eval $(call wiofw_rule,$(p))))

# The same for the board, and for QEMU: -Os, newlib-nano, no heap. Left out
# with a notice where there is no cross compiler.
CROSS ?= arm-none-eabi-
BOARDS := wiofw-stm32f405 wiofw-article-stm32f405
BOARD_DIR := firmware_under_test/port/stm32f405
BOARD_CC := $(shell command -v $(CROSS)gcc 2>/dev/null)
BOARD_CFLAGS := -mcpu=cortex-m4 -mthumb -mfloat-abi=hard -mfpu=fpv4-sp-d16 \
	-Os -g -ffunction-sections -fdata-sections \
	-ffile-prefix-map=$(CURDIR)=. -ffile-prefix-map=$(abspath $(MBED_DIR))=mbedtls
BOARD_LDFLAGS := -nostartfiles --specs=nano.specs -Wl,--gc-sections \
	-Wl,--build-id=sha1 -Wl,--fatal-warnings -T $(BOARD_DIR)/stm32f405.ld
wiofw-article-stm32f405_DEFS := -DWIOFW_ARTICLE -DWIOFW_VIRTUAL_ONLY
BOARD_SRCS := $(wildcard firmware_under_test/core/*.c $(BOARD_DIR)/*.c)
DEFAULT += $(if $(BOARD_CC),$(BOARDS:%=$(B)/%.bin),no-cross-compiler)

.PHONY: no-cross-compiler
no-cross-compiler:
	@echo "  NOTICE  no $(CROSS)gcc (package gcc-arm-none-eabi): the" \
		"board's image is skipped"

define board_rule
$(1)_CPP := -Ifirmware_under_test $$($(1)_DEFS) \
	-DEC21_VERSION='"$(VERSION)"' -isystem $(MBED_DIR)/include \
	-DMBEDTLS_CONFIG_FILE='"mbedtls_config.h"'
$(1)_OBJS := $$(BOARD_SRCS:%.c=$(B)/obj-$(1)/%.o)

$(B)/obj-$(1)/libmbed.a: $(MBED_MARK) firmware_under_test/mbedtls_config.h
	$$(Q)[ ! -f $(MBED_MARK) ] || { \
	$(if $(V),set -x,printf '  %-7s %s\n' CC 'mbedTLS for $(1)'); \
	mkdir -p $$(@D) && d=$$$$(mktemp -d $$(@D)/mbed.XXXXXX) && \
	for f in $(MBED_DIR)/library/*.c; do \
		$(CROSS)gcc $$($(1)_CPP) $$(CSTD) $$(BOARD_CFLAGS) -c \
			-o $$$$d/$$$$(basename $$$$f .c).o $$$$f || exit 1; \
	done && $(CROSS)ar rcs $$$$d/libmbed.a $$$$d/*.o && \
	mv $$$$d/libmbed.a $$@ && rm -rf $$$$d; }

$$($(1)_OBJS): $(B)/obj-$(1)/%.o: %.c | $(MBED_MARK)
	$$(Q)[ ! -f $(MBED_MARK) ] || { mkdir -p $$(@D) && \
	$(if $(V),set -x,printf '  %-7s %s\n' CC '$$< ($(1))'); \
	$(CROSS)gcc $$($(1)_CPP) $$(CSTD) $$(WARN) $$(BOARD_CFLAGS) \
		-MMD -MP -c -o $$@ $$<; }

# Not executable here: `make install` must not take it for a program.
$(B)/$(1).elf: $$($(1)_OBJS) $(B)/obj-$(1)/libmbed.a $(BOARD_DIR)/stm32f405.ld
	$$(Q)[ ! -f $(MBED_MARK) ] || { \
	$(if $(V),set -x,printf '  %-7s %s\n' LD $$@); \
	$(CROSS)gcc $$(BOARD_CFLAGS) $$(BOARD_LDFLAGS) -Wl,-Map=$$@.map -o $$@ \
		$$(filter %.o %.a,$$^) && chmod a-x $$@; }

$(B)/$(1).bin: $(B)/$(1).elf
	$$(Q)[ ! -f $(MBED_MARK) ] || { \
	$(CROSS)objcopy -O binary $$< $$@ && chmod a-x $$@ && \
	$(CROSS)size $$< | awk 'NR == 2 { printf "  %-7s %s: %d bytes of flash,\
 %d of RAM\n", "SIZE", "$(1)", $$$$1 + $$$$2, $$$$2 + $$$$3 }'; }

-include $$(wildcard $$($(1)_OBJS:%.o=%.d))
endef
$(foreach p,$(BOARDS),$(eval $(call board_rule,$(p))))

# The core's tests need nothing but the core.
$(foreach t,$(patsubst tests/unit/%.c,%,$(wildcard tests/unit/check_fw_*.c)),\
	$(eval $(t)_USES := fwcore)$(eval $(t)_LIBS := -lm))
# … but for one that holds its trace against the project's transcript reader.
check_fw_text_USES := fwcore base
check_fw_text_LIBS := $(MBEDTLS_LIBS)

# One wants wiofw's mbedTLS: without it, it is not built, and skipped.
OWN_CHECKS := check_fw_tls_mcu
$(B)/tests/check_fw_tls_mcu: $(wiofw_CHECK_OBJ) $(B)/obj-wiofw/libmbed.a \
		$(B)/libfwcore.a
	$(Q)[ ! -f $(MBED_MARK) ] || { \
	$(if $(V),set -x,printf '  %-7s %s\n' LD $@); \
	mkdir -p $(@D) && $(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $^ \
		$(CHECK_LIBS); }

fuzz_fw_https_USES := fwcore
fuzz_fw_mqtt_USES := fwcore
fuzz_fw_dialogue_USES := fwcore
fuzz_fw_https_LIBS := -lm
fuzz_fw_mqtt_LIBS := -lm
fuzz_fw_dialogue_LIBS := -lm
