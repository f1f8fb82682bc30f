#include "tests/ledger/ledger.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/ctx.h"

static void *must(void *p)
{
	if (p == NULL)
		abort();
	return p;
}

/* ---- rows ---- */

static bool add_row(
	struct books *b, const struct at_family *f, const struct at_cmd *c)
{
	const char *words = cmd_errors(c->name);
	struct row *row;
	enum err err;

	b->rows = must(realloc(b->rows, (b->n_rows + 1) * sizeof(*b->rows)));
	row = &b->rows[b->n_rows++];
	*row = (struct row){.family = f, .cmd = c};
	if (words == NULL) {
		printf("UNLISTED %s: emulator/cmd/errors.c has no line\n",
			c->name);
		return false;
	}
	while (cmd_errors_next(&words, &err))
		row->can[err - ERR_UNKNOWN] = true;
	if (*words == '\0')
		return true;
	printf("UNLISTED %s: emulator/cmd/errors.c: no error %s\n", c->name,
		words);
	return false;
}

bool books_rows(struct books *b)
{
	bool ok = true;

	for (size_t i = 0; cmd_families[i] != NULL; i++)
		for (const struct at_cmd *c = cmd_families[i]->rows; c->name;
			c++)
			if (!add_row(b, cmd_families[i], c))
				ok = false;
	return ok;
}

struct row *books_row(struct books *b, const char *name, size_t len)
{
	for (size_t i = 0; i < b->n_rows; i++)
		if (strncmp(b->rows[i].cmd->name, name, len) == 0 &&
			b->rows[i].cmd->name[len] == '\0')
			return &b->rows[i];
	return NULL;
}

/* ---- places ---- */

static void add_errors(struct place *p, const char *words)
{
	while (*words != '\0') {
		size_t len = strcspn(words, " ");

		for (int e = ERR_UNKNOWN; e <= ERR_TLS_HANDSHAKE; e++) {
			const char *name = err_name((enum err)e);

			if (strlen(name) == len &&
				strncmp(name, words, len) == 0 &&
				p->n_errs < PLACE_ERRS)
				p->errs[p->n_errs++] = (enum err)e;
		}
		words += len + (words[len] == ' ');
	}
}

static void add_place(struct books *b, char *line)
{
	char *errs = strchr(line, '\t'), *pattern;
	struct place *p;

	if (errs == NULL || (pattern = strchr(errs + 1, '\t')) == NULL)
		return;
	*errs++ = '\0';
	*pattern++ = '\0';
	b->places = must(
		realloc(b->places, (b->n_places + 1) * sizeof(*b->places)));
	p = &b->places[b->n_places++];
	*p = (struct place){
		.where = must(strdup(line)), .pattern = must(strdup(pattern))};
	for (const char *s = pattern; *s != '\0'; s++)
		p->weight += isalpha((unsigned char)*s) != 0;
	add_errors(p, errs);
}

bool books_places(struct books *b, const char *path)
{
	FILE *f = fopen(path, "re");
	char line[2048];

	if (f == NULL) {
		perror(path);
		return false;
	}
	while (fgets(line, sizeof(line), f) != NULL) {
		line[strcspn(line, "\n")] = '\0';
		add_place(b, line);
	}
	fclose(f);
	return b->n_places > 0;
}

void books_free(struct books *b)
{
	for (size_t i = 0; i < b->n_places; i++) {
		free(b->places[i].where);
		free(b->places[i].pattern);
	}
	free(b->places);
	free(b->rows);
}
