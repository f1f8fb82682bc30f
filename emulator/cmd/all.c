#include "cmd/ctx.h"

#include <stddef.h>

const struct at_family *const cmd_families[] = {
	&at_family_v250,
	&at_family_ident,
	&at_family_power,
	&at_family_status,
	&at_family_cfg,
	&at_family_mbn,
	&at_family_qcfg,
	&at_family_clock,
	&at_family_sim,
	&at_family_lock,
	&at_family_reg,
	&at_family_plmn,
	&at_family_radio,
	&at_family_packet,
	&at_family_qos,
	&at_family_counter,
	&at_family_pdp,
	&at_family_file,
	&at_family_filehandle,
	&at_family_qicfg,
	&at_family_nettool,
	&at_family_tcp,
	&at_family_ssl,
	&at_family_gnss,
	NULL,
};
