#include <stdio.h>
#include <string.h>

#include "base/profile.h"
#include "cmd/ctx.h"

/*
 * Prints docs/commands.md, or with `profile` the table of ec21-profile(5),
 * from the tables that the modem runs on, so that neither can lie.
 */

static const char *form_names[] = {
	"`=?`", "`?`", "`=…`", "bare", "basic", "dial"};

static void print_forms(unsigned forms)
{
	const char *sep = "";

	for (unsigned i = 0; i < 6; i++)
		if (forms & (1u << i)) {
			printf("%s%s", sep, form_names[i]);
			sep = " ";
		}
}

static void print_family(const struct at_family *f, unsigned grades[])
{
	printf("\n## %s\n\n", f->name);
	puts("| command | forms | does | max. time | grade | source |");
	puts("|---|---|---|---|---|---|");
	for (const struct at_cmd *c = f->rows; c->name != NULL; c++) {
		printf("| `AT%s` | ", c->name);
		print_forms(c->forms);
		printf(" | %s | ", c->help);
		if (c->max_ms > 0)
			printf("%g s", c->max_ms / 1000.0);
		else
			printf("not stated");
		printf(" | %s | %s |\n", grade_name(c->grade), c->ref);
		grades[c->grade]++;
	}
}

static void print_grades(const char *what, const unsigned grades[])
{
	unsigned total = 0;

	printf("\n%s by grade:", what);
	for (int g = GRADE_CAP; g <= GRADE_ASM; g++) {
		printf(" %s %u%s", grade_name((enum grade)g), grades[g],
			g < GRADE_ASM ? "," : "");
		total += grades[g];
	}
	printf("; %u in all.\n", total);
}

static void print_commands(void)
{
	unsigned grades[GRADE_ASM + 1] = {0}, values[GRADE_ASM + 1] = {0};

	puts("# Commands\n\n"
	     "Made by `make docs` from the command tables; do not edit.\n\n"
	     "What is not listed here is not modelled and answers `ERROR`, as "
	     "an unknown\ncommand does, with a reason in the transcript. The "
	     "grade tells where the\nbehaviour comes from: `cap` bytes of a "
	     "real EC2x, `man` its manual, `kin` a\nsibling module, `inf` "
	     "inferred, `asm` assumed. Sources: docs/sources.md.");
	for (size_t i = 0; cmd_families[i] != NULL; i++)
		print_family(cmd_families[i], grades);
	for (const struct profile_row *r = profile_rows(); r->name; r++)
		values[r->grade]++;
	puts("\n## Counts");
	print_grades("Commands", grades);
	print_grades("Profile values", values);
	puts("\n## Missing\n\n"
	     "Not modelled yet: file handles (`QFOPEN` and the commands on "
	     "them), transparent\nmode, DTLS, PSK, ALPN, session resumption "
	     "and the ignore keys of `QSSLCFG`,\nTCP listener and UDP service, "
	     "`QICFG`, DNS, ping and NTP commands, HTTP, FTP,\nSMTP, MQTT, "
	     "SMS, calls, phone book, PPP, CMUX, GNSS.");
}

static void print_profile(void)
{
	for (const struct profile_row *r = profile_rows(); r->name; r++)
		printf("%s\t%s\t%s\t%s\t%s\t%s\n", r->name, r->def, r->range,
			grade_name(r->grade), r->ref, r->help);
}

int main(int argc, char **argv)
{
	if (argc > 1 && strcmp(argv[1], "profile") == 0)
		print_profile();
	else
		print_commands();
	return 0;
}
