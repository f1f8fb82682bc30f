#include "tls.h"

#include "civil.h"
#include "config.h"
#include "note.h"

void tls_note_clock(const struct tls_request *q, const struct note *note)
{
	if (q->config->dates && q->config->seclevel > 0 &&
		q->clock < civil_seconds(2000, 1, 1, 0, 0, 0))
		note_say(note,
			"the modem's clock was never set (%s), so no "
			"certificate is valid yet: see 'set clock', 'set "
			"dates'",
			q->clock_text);
}
