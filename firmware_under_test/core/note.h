#ifndef WIOFW_NOTE_H
#define WIOFW_NOTE_H

/* Where a module says in passing what it does: `# …` lines on the console. */
struct note {
	void (*fn)(void *arg, const char *text);
	void *arg;
};

#define NOTE_MAX 256

/* note may be NULL; text past NOTE_MAX is cut. */
void note_say(const struct note *note, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

#endif
