#include "hil/vdfu/vdfu_desc.h"

#include <string.h>

#include "hil/vdfu/vdfu_core.h"

#define GET_DESCRIPTOR	 6
#define DESC_STRING	 3
#define STRING_SERIAL	 3
#define STRING_FIRST_ALT 4

/* One alternate setting a memory; no endpoint but 0. */
#define ALT(n) 9, 4, 0, n, 0, 0xfe, 1, 2, STRING_FIRST_ALT + (n)
#define TOTAL  (9 + 4 * 9 + 9)

const uint8_t vdfu_desc_bytes[] = {
	/* device: USB 1.1, 0483:df11, bcdDevice 2200, strings 1 2 3 */
	18, 1, 0x10, 0x01, 0, 0, 0, 64, 0x83, 0x04, 0x11, 0xdf, 0x00, 0x22, 1,
	2, STRING_SERIAL, 1,
	/* configuration 1, one interface, self powered, 100 mA */
	9, 2, TOTAL, 0, 1, 1, 0, 0xc0, 50, ALT(0), ALT(1), ALT(2), ALT(3),
	/* functional: download, upload, will detach; 255 ms; 2048; DfuSe */
	9, 0x21, 0x0b, 0xff, 0x00, 0x00, 0x08, 0x1a, 0x01};
const size_t vdfu_desc_len = sizeof(vdfu_desc_bytes);

static const char *const strings[] = {"", "STMicroelectronics",
	"STM32  BOOTLOADER", NULL,
	"@Internal Flash  /0x08000000/04*016Kg,01*064Kg,07*128Kg",
	"@Option Bytes  /0x1FFFC000/01*016 e",
	"@OTP Memory /0x1FFF7800/01*512 e,01*016 e",
	"@Device Feature/0xFFFF0000/01*004 e"};

#define N_STRINGS (sizeof(strings) / sizeof(*strings))

static int answer(
	uint8_t *data, uint16_t room, const uint8_t *bytes, size_t len)
{
	if (len > room)
		len = room;
	memcpy(data, bytes, len);
	return (int)len;
}

/* UTF-16LE of ASCII; string 0 lists the languages: English. */
static int answer_string(
	const struct vdfu_setup *s, const char *text, uint8_t *data)
{
	uint8_t all[2 + 2 * 126] = {0, DESC_STRING};
	size_t n = strlen(text);

	if ((s->value & 0xff) == 0) {
		static const uint8_t languages[] = {4, DESC_STRING, 0x09, 0x04};

		return answer(data, s->length, languages, sizeof(languages));
	}
	if (n > 126)
		n = 126;
	for (size_t i = 0; i < n; i++)
		all[2 + 2 * i] = (uint8_t)text[i];
	all[0] = (uint8_t)(2 + 2 * n);
	return answer(data, s->length, all, all[0]);
}

int vdfu_desc_answer(
	const struct vdfu_setup *s, const char *serial, uint8_t *data)
{
	size_t kind = s->value >> 8, n = s->value & 0xff;

	if (s->type != 0x80 || s->request != GET_DESCRIPTOR)
		return VDFU_STALL;
	if (kind == 1)
		return answer(data, s->length, vdfu_desc_bytes, 18);
	if (kind == 2)
		return answer(data, s->length, vdfu_desc_bytes + 18, TOTAL);
	if (kind != DESC_STRING || n >= N_STRINGS)
		return VDFU_STALL;
	return answer_string(s, n == STRING_SERIAL ? serial : strings[n], data);
}
