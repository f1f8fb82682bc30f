#include <stdio.h>
#include <string.h>

#include "at/cme.h"
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

/*
 * The numbers that a command's errors have in the shipped profile, in order;
 * `E` for those that are a plain ERROR.
 */
static void print_errors(const struct at_family *f, const struct at_cmd *c)
{
	const char *words = cmd_errors(c->name), *text;
	bool has[1000] = {false}, plain = false;
	struct profile profile;
	enum err err;
	int n;

	profile_init(&profile);
	while (words != NULL && cmd_errors_next(&words, &err)) {
		if (f->domain == AT_DOMAIN_NET)
			n = cme_net_code(&profile, err, &text);
		else if (!cme_number(&profile, err, &n, &text))
			n = -1;
		if (n >= 0 && n < 1000)
			has[n] = true;
		else
			plain = true;
	}
	fputs(plain ? "E" : "", stdout);
	for (n = 0; n < 1000; n++)
		if (has[n]) {
			printf("%s%d", plain ? " " : "", n);
			plain = true;
		}
	if (!plain)
		putchar('-');
}

static void print_family(const struct at_family *f, unsigned grades[])
{
	printf("\n## %s\n\n", f->name);
	puts("| command | forms | does | errors | max. time | grade | source "
	     "|");
	puts("|---|---|---|---|---|---|---|");
	for (const struct at_cmd *c = f->rows; c->name != NULL; c++) {
		printf("| `AT%s` | ", c->name);
		print_forms(c->forms);
		printf(" | %s | ", c->help);
		print_errors(f, c);
		fputs(" | ", stdout);
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

static bool is_modelled(const char *name)
{
	for (size_t i = 0; cmd_families[i] != NULL; i++)
		for (const struct at_cmd *c = cmd_families[i]->rows; c->name;
			c++)
			if (strcmp(c->name, name) == 0)
				return true;
	return false;
}

static void print_unmodelled(void)
{
	unsigned total = 0;
	char name[CMD_NAME_SIZE];

	puts("\n## In the manuals, not modelled\n\n"
	     "| topic | commands |\n|---|---|");
	for (const struct cmd_manual *m = cmd_manual(); m->topic; m++) {
		const char *names = m->names;
		unsigned n = 0;

		while (cmd_manual_next(&names, name)) {
			if (is_modelled(name))
				continue;
			if (n++ == 0)
				printf("| %s |", m->topic);
			printf(" `AT%s`", name);
		}
		if (n > 0)
			puts(" |");
		total += n;
	}
	printf("\n%u commands. They answer `ERROR`, as unknown ones do, and "
	       "the "
	       "reason says so.\n",
		total);
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
	     "inferred, `asm` assumed. Sources: docs/sources.md.\n\n"
	     "Errors are the numbers of `+CME ERROR`; of TCP/IP and TLS "
	     "commands those of\n`AT+QIGETERROR` and of result URCs. `E` is an "
	     "`ERROR` without a number. Each has\na conformance case, or a "
	     "reason in tests/conformance/ledger.open. What any\ncommand can "
	     "meet is not listed: a line that cannot be parsed, a form it has\n"
	     "not.");
	for (size_t i = 0; cmd_families[i] != NULL; i++)
		print_family(cmd_families[i], grades);
	for (const struct profile_row *r = profile_rows(); r->name; r++)
		values[r->grade]++;
	puts("\n## Counts");
	print_grades("Commands", grades);
	print_grades("Profile values", values);
	print_unmodelled();
	puts("\n## Missing\n\n"
	     "Of what is modelled, not yet: the keys ignoreprivkey and "
	     "ignorecertitem of `QSSLCFG`\nbut 0, PPP.");
	puts("\n## No peer here\n\n"
	     "Nothing here speaks SSL 3.0, the TLS library of the emulator "
	     "neither: `sslversion` 0\nfails. Suites with static ECDH (0XC002 "
	     "to 0XC005, 0XC00C to 0XC00F, 0XC025,\n0XC026, 0XC029, 0XC02A) "
	     "are offered, and no server here can take them. RC4, 3DES,\n"
	     "DTLS, PSK and resumption are checked against GnuTLS "
	     "(tests/e2e/82), the other\nsuites against OpenSSL "
	     "(check_tls_peers, check_ssl_keys).");
}

/* Escape text for troff: backslashes, and dots and quotes at a line start. */
static void troff(const char *text)
{
	if (*text == '.' || *text == '\'')
		fputs("\\&", stdout);
	for (; *text != '\0'; text++) {
		if (*text == '\\')
			fputs("\\e", stdout);
		else if (*text == '-')
			fputs("\\-", stdout);
		else
			putchar(*text);
	}
}

/* A row's section is its name up to the first underscore. */
static bool same_section(
	const struct profile_row *a, const struct profile_row *b)
{
	size_t n = strcspn(a->name, "_");

	return n == strcspn(b->name, "_") && strncmp(a->name, b->name, n) == 0;
}

/* The default of a choice is kept as an index into its words. */
static void print_default(const struct profile_row *r)
{
	const char *word = r->range;
	int index = *r->def - '0';

	if (strcmp(r->range, "text") == 0) {
		putchar('"');
		troff(r->def);
		putchar('"');
		return;
	}
	if (strchr(r->range, ',') == NULL || strcmp(r->range, "yes,no") == 0) {
		troff(r->def);
		return;
	}
	while (index-- > 0)
		word = strchr(word, ',') + 1;
	printf("%.*s", (int)strcspn(word, ","), word);
}

static void print_value(const struct profile_row *r)
{
	printf(".TP\n.B %s\n", strchr(r->name, '_') + 1);
	troff(r->help);
	fputs(".\nDefault: ", stdout);
	print_default(r);
	if (strcmp(r->range, "text") != 0) {
		fputs(" (", stdout);
		troff(r->range);
		fputs(")", stdout);
	}
	printf(".\n%s: ", grade_name(r->grade));
	troff(r->ref);
	puts(".");
}

static void print_profile(void)
{
	const struct profile_row *rows = profile_rows();

	puts(".\\\" Made by `make docs` from emulator/base/profile.def.\n"
	     ".TH EC21-PROFILE 5 2026-11-22 ec21-bench \"ec21-bench\"\n"
	     ".SH NAME\n"
	     "ec21-profile \\- what differs between modem firmwares, or is not "
	     "known\n"
	     ".SH DESCRIPTION\n"
	     "A profile is an INI file of sections and values. It holds what "
	     "differs between\n"
	     "firmware revisions and what no source tells; a value that is "
	     "not given keeps its\n"
	     "default. A text may stand in quotation marks. Comments begin "
	     "with ; or #.\n"
	     "The same format serves\n"
	     ".BR ec21emu (8)\n"
	     "\\-\\-config.\n"
	     ".PP\n"
	     "Shipped are\n"
	     ".B ec21j\n"
	     "(best present knowledge),\n"
	     ".B ec21j\\-2017\n"
	     "(SSL keys of the manual of 2017, no sni) and\n"
	     ".B ec21j\\-new\n"
	     "(TLS as the newest sibling lists it).\n"
	     ".PP\n"
	     "Each value tells the grade and source of its default: cap, bytes "
	     "of a real EC2x;\n"
	     "man, its manual; kin, a sibling module; inf, inferred; asm, "
	     "assumed.\n"
	     ".SH VALUES");
	for (const struct profile_row *r = rows; r->name != NULL; r++) {
		if (r == rows || !same_section(r - 1, r))
			printf(".SS [%.*s]\n", (int)strcspn(r->name, "_"),
				r->name);
		print_value(r);
	}
	puts(".SH EXAMPLE\n.nf\n[files]\nufs_total = 14483456\n\n[sim]\n"
	     "inserted = no\n.fi\n.SH SEE ALSO\n.BR ec21emu (8)");
}

int main(int argc, char **argv)
{
	if (argc > 1 && strcmp(argv[1], "profile") == 0)
		print_profile();
	else
		print_commands();
	return 0;
}
