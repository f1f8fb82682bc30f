#ifndef EC21_BASE_MASK_H
#define EC21_BASE_MASK_H

#include <stddef.h>
#include <stdint.h>

#include "base/trace.h"

/*
 * Takes secrets out of the byte lanes of a transcript, for any tap: inside
 * the emulator or on a serial line. Transcripts get pasted into forums.
 *
 *  - Private keys: from a PEM label with PRIVATE KEY in it to its END line, in
 *    any lane (uploads, downloads, QIRD data, the firmware's console), split
 *    anywhere, with or without line breaks. A file whose name contains "key"
 *    and a DER key in a file transfer are masked as a whole; a key without
 *    its END line is masked to the end of its transfer, and what the host
 *    still sends of it behind an upload announced too small, with its echo.
 *  - Pass phrases, pre-shared keys, PINs and passwords in command lines, in
 *    their echo, and in the answers that repeat them (+QICSGP); and wiofw's
 *    `set pass VALUE` on its console.
 *
 * Streaming: it holds back at most 80 bytes a lane, whatever the length of a
 * key, and does not ask how the host has lines framed (E, V, Q, and S3 and S4
 * as far as they are control characters). Not seen as secret: base64 of a key
 * under no label in a file whose name does not say so, and a PIN whose echo a
 * modem broke in two lines.
 */
enum mask_kind {
	MASK_KEY,
	MASK_PASSPHRASE,
	MASK_PSK,
	MASK_PIN,
	MASK_PASSWORD,
};

struct mask_info {
	enum mask_kind kind;
	size_t len;
	/* Keys only: what else is short enough to be guessed from a hash. */
	uint16_t qsum;
	const char *sha256;
	const char *breaks; /* "lf", "crlf", "none" or "mixed" */
};

/* Called in the order of the bytes; what is passed is lent. */
struct mask_out {
	void (*bytes)(void *arg, enum lane lane, const void *data, size_t len);
	void (*masked)(void *arg, enum lane lane, const struct mask_info *info);
	void *arg;
};

struct mask;

/* out is copied. NULL without memory. The caller frees it with mask_free(). */
struct mask *mask_new(const struct mask_out *out);
/* Drops what is held back: mask_flush() the lanes first. */
void mask_free(struct mask *);
/* lane: AT>, AT<, CON> or CON<. Calls `out` before returning: yes. */
void mask_bytes(struct mask *, enum lane lane, const void *data, size_t len);
/*
 * Give out what is held back of a lane, a mask in progress included (what
 * follows of it makes another mask). Calls `out` before returning: yes.
 */
void mask_flush(struct mask *, enum lane lane);

/*
 * The modem was switched off or restarted: no transfer goes on. A key that the
 * host is sending stays hidden until the modem answers again, because the host
 * may not know. Calls `out` before returning: yes.
 */
void mask_restart(struct mask *);

/* "key", "passphrase", "psk", "pin", "password" */
const char *mask_kind_name(enum mask_kind kind);

/* Room for mask_text(). */
#define MASK_TEXT_SIZE 160
/*
 * The mask as it stands in a transcript: `@masked kind=key len=…` for a key,
 * `@masked{kind=pin,len=4}` for what sits inside a command line.
 */
void mask_text(const struct mask_info *info, char text[MASK_TEXT_SIZE]);

#endif
