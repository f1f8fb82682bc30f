#include "replay_show.h"

#include <stdlib.h>

#include "base/mask.h"
#include "base/transcript.h"
#include "script.h"

/* As much of a line that departs as is shown. */
enum { SHOWN_MAX = 80 };

struct replay_show {
	struct mask *mask;
	struct buf text; /* escaped, without its cut-off */
	size_t shown;	 /* bytes in it */
	bool cut, secret;
};

static void on_bytes(void *arg, enum lane lane, const void *data, size_t len)
{
	struct replay_show *s = arg;
	const char *p = data;

	if (lane != LANE_AT_TX)
		return;
	for (size_t i = 0; i < len && !s->cut; i++) {
		s->cut = s->shown == SHOWN_MAX;
		if (!s->cut)
			transcript_escape(&s->text, &p[i], 1);
		s->shown++;
	}
}

static void on_masked(void *arg, enum lane lane, const struct mask_info *info)
{
	struct replay_show *s = arg;
	char text[MASK_TEXT_SIZE];

	if (lane != LANE_AT_TX)
		return;
	s->secret = true;
	mask_text(info, text);
	if (!s->cut)
		buf_adds(&s->text, text);
}

struct replay_show *replay_show_new(void)
{
	struct replay_show *s = calloc(1, sizeof(*s));
	const struct mask_out out = {on_bytes, on_masked, s};

	if (s == NULL)
		return NULL;
	buf_init(&s->text, 4096);
	s->mask = mask_new(&out);
	if (s->mask != NULL)
		return s;
	free(s);
	return NULL;
}

void replay_show_free(struct replay_show *s)
{
	if (s == NULL)
		return;
	mask_free(s->mask);
	buf_free(&s->text);
	free(s);
}

void replay_show_pass(
	struct replay_show *s, enum lane lane, const void *data, size_t len)
{
	mask_bytes(s->mask, lane, data, len);
}

void replay_show_begin(struct replay_show *s)
{
	mask_flush(s->mask, LANE_AT_TX);
	buf_reset(&s->text);
	s->shown = 0;
	s->cut = s->secret = false;
}

void replay_show_came(struct replay_show *s, struct buf *text)
{
	mask_flush(s->mask, LANE_AT_TX);
	buf_add(text, buf_data(&s->text), buf_len(&s->text));
	if (s->cut)
		buf_adds(text, "...");
}

/* ---- what was expected ---- */

/* Mask a step as a modem would have got it; NULL without memory. */
static struct replay_show *mask_step(const struct script *script, size_t i)
{
	const struct script_step *step = &script->steps[i];
	struct replay_show *s = replay_show_new();

	if (s == NULL)
		return NULL;
	/* The command that its data belongs to, and the answer to that. */
	if (step->type == SCRIPT_DATA && i > 0 &&
		step[-1].type == SCRIPT_LINE) {
		replay_show_pass(s, LANE_AT_TX,
			script_bytes(script, step[-1].at), step[-1].len);
		for (size_t k = 0; k < step[-1].n_outs; k++) {
			const struct script_out *out =
				&script->outs[step[-1].first_out + k];

			replay_show_pass(s, LANE_AT_RX,
				script_bytes(script, out->at), out->len);
		}
	}
	replay_show_begin(s);
	replay_show_pass(
		s, LANE_AT_TX, script_bytes(script, step->at), step->len);
	mask_flush(s->mask, LANE_AT_TX);
	return s;
}

static bool is_secret(const struct replay_show *s)
{
	return s == NULL || s->secret;
}

void replay_show_step(
	const struct script *script, size_t i, size_t from, struct buf *text)
{
	const struct script_step *step = &script->steps[i];
	struct replay_show *s = mask_step(script, i);

	if (step->type == SCRIPT_PIN || !is_secret(s))
		script_show(script, step, from, text);
	else if (step->type == SCRIPT_DATA || s == NULL)
		buf_printf(text, "%zu bytes of a secret", step->len - from);
	else
		replay_show_came(s, text);
	replay_show_free(s);
}

void replay_show_both(struct replay_show *s, size_t len,
	const struct script *script, size_t i, size_t from, struct buf *text)
{
	bool data = script->steps[i].type == SCRIPT_DATA, secret = false;

	if (data) {
		struct replay_show *other = mask_step(script, i);

		mask_flush(s->mask, LANE_AT_TX);
		secret = is_secret(s) || is_secret(other);
		replay_show_free(other);
	}
	if (secret) {
		buf_printf(text, "came %zu bytes, expected %zu of a secret",
			len, script->steps[i].len - from);
		return;
	}
	buf_adds(text, "came ");
	replay_show_came(s, text);
	buf_adds(text, ", expected ");
	replay_show_step(script, i, data ? from : 0, text);
}
