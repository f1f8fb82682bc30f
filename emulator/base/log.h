#ifndef EC21_BASE_LOG_H
#define EC21_BASE_LOG_H

/*
 * One line a record on standard error: `program: subsystem: text`. Programs
 * set the name once; the core of the modem reports through its trace sink
 * (base/trace.h) and does not log.
 */
enum log_level {
	LOG_LEVEL_ERROR,
	LOG_LEVEL_WARN,
	LOG_LEVEL_INFO,
	LOG_LEVEL_DEBUG,
};

/* name: kept by reference. level: records above it are dropped. */
void log_init(const char *name, enum log_level level);
void log_line(enum log_level level, const char *subsystem, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

#define log_error(sub, ...) log_line(LOG_LEVEL_ERROR, sub, __VA_ARGS__)
#define log_warn(sub, ...)  log_line(LOG_LEVEL_WARN, sub, __VA_ARGS__)
#define log_info(sub, ...)  log_line(LOG_LEVEL_INFO, sub, __VA_ARGS__)
#define log_debug(sub, ...) log_line(LOG_LEVEL_DEBUG, sub, __VA_ARGS__)

#endif
