#ifndef EC21_HIL_UPLOAD_H
#define EC21_HIL_UPLOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

/*
 * What a host sends behind CONNECT or a prompt, and where it ends: by the
 * length that its command announced, or at the Ctrl-Z or ESC that ends a text.
 * The modem hears a command in what follows, also when the next command's
 * first byte was the last that was due. Pure.
 */
struct upload {
	enum upload_end {
		UPLOAD_UNTIL_ANSWER, /* the command says nothing of it */
		UPLOAD_COUNTED,
		UPLOAD_TEXT,
	} end;
	size_t announced, left;
	bool open; /* the next byte is part of it */
	struct buf data;
};

void upload_init(struct upload *, size_t max);
void upload_free(struct upload *);

/* What a command announces; without class values or escapes in it. */
void upload_expect(struct upload *, const char *command);
/* CONNECT, or the prompt. */
void upload_begin(struct upload *);
/* A byte of it, which must be open; open is false behind the last one. */
bool upload_take(struct upload *, uint8_t c);
/* The words of a mask, which stand for so many bytes. */
bool upload_take_mask(
	struct upload *, const char *words, size_t len, size_t bytes);
/* Over, whatever was still due; data is empty. */
void upload_reset(struct upload *);

#endif
