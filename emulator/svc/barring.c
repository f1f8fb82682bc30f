#include "svc/barring.h"

#include <stddef.h>
#include <string.h>

#include "base/profile.h"
#include "svc/nv.h"

enum { PASSWORD_LEN = 4 }; /* man [AT §7.2] CPWD */

static const struct {
	enum barring_program program;
	const char *name; /* in NV */
} list[] = {
	{BARRING_AO, "barring_AO"},
	{BARRING_OI, "barring_OI"},
	{BARRING_OX, "barring_OX"},
	{BARRING_AI, "barring_AI"},
	{BARRING_IR, "barring_IR"},
};

enum { N_PROGRAMS = sizeof(list) / sizeof(*list) };

unsigned int barring_classes(const struct nv *nv, enum barring_program program)
{
	for (size_t i = 0; i < N_PROGRAMS; i++)
		if (list[i].program == program)
			return (unsigned int)nv_int(nv, list[i].name, 0);
	return 0;
}

static int check_password(const struct nv *nv, const struct profile *profile,
	const char *password, struct why *why)
{
	const char *want =
		nv_str(nv, "barring_password", profile->sim_barring_password);

	if (strcmp(password, want) == 0)
		return 0;
	return why_set(
		why, ERR_PASSWORD, GRADE_MAN, "wrong password of call barring");
}

/* What becomes of a program's classes when others are set. */
static unsigned int change(unsigned int had, enum barring_program one,
	unsigned int programs, bool on, unsigned int classes)
{
	unsigned int group = one & BARRING_OUT ? BARRING_OUT : BARRING_IN;

	if (programs & one)
		return on ? had | classes : had & ~classes;
	return on && programs & group ? had & ~classes : had;
}

int barring_set(struct nv *nv, const struct profile *profile,
	unsigned int programs, bool on, unsigned int classes,
	const char *password, struct why *why)
{
	if (check_password(nv, profile, password, why) != 0)
		return why->err;
	for (size_t i = 0; i < N_PROGRAMS; i++) {
		unsigned int had = barring_classes(nv, list[i].program);
		unsigned int now =
			change(had, list[i].program, programs, on, classes);

		if (now != had && nv_set_int(nv, list[i].name, now, why) != 0)
			return why->err;
	}
	return 0;
}

int barring_change(struct nv *nv, const struct profile *profile,
	const char *old, const char *fresh, struct why *why)
{
	if (check_password(nv, profile, old, why) != 0)
		return why->err;
	if (strlen(fresh) != PASSWORD_LEN ||
		strspn(fresh, "0123456789") != PASSWORD_LEN)
		return why_set(why, ERR_PASSWORD, GRADE_INF,
			"the new password of call barring is not of %d digits",
			PASSWORD_LEN);
	return nv_set_str(nv, "barring_password", fresh, why);
}
