#include "tests/unit/support/mask_run.h"

#include <check.h>
#include <string.h>

static void take_lane(struct mask_seen *o, enum lane lane)
{
	if (buf_len(&o->text) == 0 || o->lane != lane)
		buf_printf(&o->text, "|%s|", lane_name(lane));
	o->lane = lane;
}

void mask_run_bytes(void *arg, enum lane lane, const void *data, size_t len)
{
	struct mask_seen *o = arg;

	take_lane(o, lane);
	buf_add(&o->text, data, len);
}

void mask_run_mask(void *arg, enum lane lane, const struct mask_info *info)
{
	struct mask_seen *o = arg;

	take_lane(o, lane);
	o->masks++;
	if (info->kind == MASK_KEY)
		o->key_len += info->len;
	if (info->kind == MASK_KEY)
		buf_printf(&o->text, "<key %s>", info->breaks);
	else
		buf_printf(&o->text, "<%s %zu>", mask_kind_name(info->kind),
			info->len);
}

char *mask_run(const struct mask_part *parts, size_t step, struct mask_seen *o)
{
	struct mask_out sink = {mask_run_bytes, mask_run_mask, o};
	struct mask *m;

	*o = (struct mask_seen){0};
	buf_init(&o->text, 1 << 20);
	m = mask_new(&sink);
	ck_assert_ptr_nonnull(m);
	for (; parts->text != NULL; parts++) {
		size_t len = parts->len ? parts->len : strlen(parts->text);

		if (parts->restart)
			mask_restart(m);
		for (size_t i = 0; i < len;) {
			size_t n = step == 0 || step > len - i ? len - i : step;

			mask_bytes(m, parts->lane, parts->text + i, n);
			i += n;
		}
		if (parts[1].text == NULL || parts[1].lane != parts->lane)
			mask_flush(m, parts->lane);
	}
	mask_free(m);
	return strdup(buf_cstr(&o->text));
}
