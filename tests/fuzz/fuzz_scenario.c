/*
 * The scenario parser, and each expectation it took: its pattern is compiled
 * with parameters and matched against the rest of the input.
 */
#include "hil/scenario.h"

#include <stdint.h>
#include <string.h>

#include "hil/evidence.h"
#include "hil/match.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void try_pattern(const struct step *step, struct vars *vars,
	const uint8_t *data, size_t size)
{
	struct place at = {step->line, step->column};
	struct transcript_error err;
	struct pattern *p = pattern_new(step->body, step->len, vars, at, &err);
	struct match m;

	if (p == NULL)
		return;
	if (pattern_match(p, data, size, false, &m) >= MATCH_OPEN)
		(void)pattern_capture(p, data, vars);
	(void)pattern_match(p, data, size, true, &m);
	pattern_free(p);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct transcript_error err;
	struct vars vars = {0};
	struct scenario s;

	if (!scenario_parse(&s, "fuzz", (const char *)data, size, &err))
		return 0;
	(void)vars_set(&vars, "host", "data.example");
	for (size_t i = 0; i < s.n_steps && i < 16; i++) {
		const struct step *step = &s.steps[i];
		const char *tail = (const char *)data + size;
		size_t left = size < 48 ? size : 48;

		/* Patterns may not read files here: only in-memory ones. */
		if ((step->type == STEP_EXPECT || step->type == STEP_REASON) &&
			memmem(step->body, step->len, "size:", 5) == NULL &&
			memmem(step->body, step->len, "qsum:", 5) == NULL)
			try_pattern(step, &vars, (const uint8_t *)tail - left,
				left);
	}
	vars_free(&vars);
	scenario_free(&s);
	return 0;
}
