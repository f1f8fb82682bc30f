# Compiler, flags, libraries and paths. Everything here can be overridden on
# the command line: make CC=clang VARIANT=asan PREFIX=/opt/ec21.

VERSION   := 0.1.0
VARIANT   ?= release
PREFIX    ?= /usr/local
DESTDIR   ?=
CC        ?= cc
AR        ?= ar
PKGCONFIG ?= pkg-config

# WERROR=1 (set by CI) turns warnings into errors.
WERROR ?= $(if $(CI),1,)

WARN := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
	-Wpointer-arith -Wcast-qual -Wwrite-strings -Wundef -Wvla -Wformat=2 \
	-Wswitch-enum -fno-common $(if $(WERROR),-Werror)

CSTD     := -std=c11 -D_GNU_SOURCE
CPPFLAGS ?=
CFLAGS   ?=
LDFLAGS  ?=

ifeq ($(VARIANT),release)
V_CFLAGS  := -O2 -g -D_FORTIFY_SOURCE=2 -fstack-protector-strong -fPIE
V_LDFLAGS := -pie -Wl,-z,relro,-z,now
else ifeq ($(VARIANT),debug)
V_CFLAGS  := -O0 -g3
else ifeq ($(VARIANT),asan)
V_CFLAGS  := -O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined \
	     -fno-sanitize-recover=undefined
V_LDFLAGS := -fsanitize=address,undefined
else ifeq ($(VARIANT),tsan)
V_CFLAGS  := -O1 -g -fsanitize=thread
V_LDFLAGS := -fsanitize=thread
else ifeq ($(VARIANT),cov)
V_CFLAGS  := -O0 -g --coverage
V_LDFLAGS := --coverage
else ifeq ($(VARIANT),fuzz)
CC        := clang
V_CFLAGS  := -O1 -g -fno-omit-frame-pointer \
	     -fsanitize=fuzzer-no-link,address,undefined \
	     -fno-sanitize-recover=undefined
V_LDFLAGS := -fsanitize=address,undefined
else
$(error VARIANT=$(VARIANT): use release, debug, asan, tsan, cov or fuzz)
endif

# The release build is build/NAME; other variants live below build/VARIANT.
B := build$(if $(filter-out release,$(VARIANT)),/$(VARIANT))

pc = $(shell $(PKGCONFIG) --libs $(1) 2>/dev/null)

EVENT_LIBS   ?= $(or $(call pc,libevent_core libevent_extra),-levent_extra -levent_core)
EVENTSSL_LIBS ?= $(or $(call pc,libevent_openssl openssl),-levent_openssl -lssl -lcrypto)
# Debian 12 ships neither mbedtls.pc nor http_parser.pc.
MBEDTLS_LIBS ?= -lmbedtls -lmbedx509 -lmbedcrypto
HTTPP_LIBS   ?= -lhttp_parser
JANSSON_LIBS ?= $(or $(call pc,jansson),-ljansson)
INIH_LIBS    ?= $(or $(call pc,inih),-linih)
CHECK_LIBS   ?= $(or $(call pc,check),-lcheck -lsubunit -lm -lrt -lpthread)

# wiofw's own mbedTLS, from Debian's source package (one config for host
# and board). MBEDTLS_SRC=DIR uses a tree that is already there.
MBEDTLS_SRC  ?=
