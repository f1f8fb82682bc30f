#include "hil/dfu_text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The value of `name="..."` in a line; "" when it is not there. */
static void take_value(
	const char *line, const char *name, char *value, size_t size)
{
	const char *at = strstr(line, name);
	size_t n;

	value[0] = '\0';
	if (at == NULL)
		return;
	at += strlen(name);
	n = strcspn(at, "\"");
	if (n < size)
		snprintf(value, size, "%.*s", (int)n, at);
}

bool dfu_text_listed(const char *line, struct dfu_listed *b)
{
	if (strncmp(line, "Found DFU: [0483:df11]", 22) != 0 ||
		strstr(line, " alt=0,") == NULL)
		return false;
	take_value(line, " path=\"", b->path, sizeof(b->path));
	take_value(line, " name=\"", b->memory, sizeof(b->memory));
	take_value(line, " serial=\"", b->serial, sizeof(b->serial));
	/* What dfu-util prints when it could not read it. */
	if (strcmp(b->serial, "UNKNOWN") == 0)
		b->serial[0] = '\0';
	return true;
}

bool dfu_text_is_f405(const struct dfu_listed *b)
{
	static const char sectors[] = "/0x08000000/04*016Kg,01*064Kg,07*128Kg";
	const char *at = strchr(b->memory, '/');

	return at != NULL && strcmp(at, sectors) == 0;
}

bool dfu_text_is_denied(const char *line)
{
	return strstr(line, "Cannot open DFU device 0483:df11") != NULL &&
	       strstr(line, "LIBUSB_ERROR_ACCESS") != NULL;
}

enum dfu_phase dfu_text_progress(const char *line, unsigned long *bytes)
{
	static const struct {
		const char *word;
		enum dfu_phase phase;
	} words[] = {{"Erase", DFU_ERASE}, {"Download", DFU_DOWNLOAD},
		{"Upload", DFU_UPLOAD}};
	const char *percent = strchr(line, '%');
	char *end;

	if (percent == NULL || strchr(line, '[') == NULL)
		return DFU_NO_PHASE;
	*bytes = strtoul(percent + 1, &end, 10);
	if (end == percent + 1 || strncmp(end, " bytes", 6) != 0)
		return DFU_NO_PHASE;
	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (strncmp(line, words[i].word, strlen(words[i].word)) == 0)
			return words[i].phase;
	return DFU_NO_PHASE;
}

unsigned dfu_text_status(const char *line)
{
	const char *at = strstr(line, "status(");
	unsigned long n;
	char *end;

	if (at == NULL)
		return 0;
	n = strtoul(at + 7, &end, 10);
	return *end == ')' && n < 16 ? (unsigned)n : 0;
}

const char *dfu_text_meaning(unsigned status)
{
	switch (status) {
	case 3:
		return "the chip says errWRITE: it cannot write there";
	case 4:
		return "the chip says errERASE: it cannot erase a sector";
	case 8:
		return "the chip says errADDRESS: no flash at that address";
	case DFU_STATUS_VENDOR:
		return "the chip is read protected (errVENDOR). Nothing here "
		       "lifts that: unprotecting erases the whole chip "
		       "(dfu-util -s 0x08000000:unprotect:force)";
	default:
		return "the boot loader reports an error";
	}
}
