#include "hil/vars.h"

#include <stdlib.h>
#include <string.h>

struct var {
	char *name;
	char *value;
	size_t len;
};

void vars_free(struct vars *v)
{
	for (size_t i = 0; i < v->n; i++) {
		free(v->list[i].name);
		free(v->list[i].value);
	}
	free(v->list);
	*v = (struct vars){0};
}

static struct var *find(const struct vars *v, const char *name, size_t len)
{
	for (size_t i = 0; i < v->n; i++)
		if (strlen(v->list[i].name) == len &&
			memcmp(v->list[i].name, name, len) == 0)
			return &v->list[i];
	return NULL;
}

static char *copy_bytes(const void *data, size_t len)
{
	char *s = malloc(len + 1);

	if (s == NULL)
		return NULL;
	if (len > 0)
		memcpy(s, data, len);
	s[len] = '\0';
	return s;
}

static struct var *add(struct vars *v, const char *name, size_t len)
{
	if (v->n == v->cap) {
		size_t cap = v->cap ? 2 * v->cap : 16;
		struct var *list = realloc(v->list, cap * sizeof(*list));

		if (list == NULL)
			return NULL;
		v->list = list;
		v->cap = cap;
	}
	v->list[v->n] = (struct var){.name = copy_bytes(name, len)};
	if (v->list[v->n].name == NULL)
		return NULL;
	return &v->list[v->n++];
}

bool vars_set_bytes(struct vars *v, const char *name, size_t name_len,
	const void *value, size_t len)
{
	struct var *var = find(v, name, name_len);
	char *copy = copy_bytes(value, len);

	if (copy == NULL)
		return false;
	if (var == NULL && (var = add(v, name, name_len)) == NULL) {
		free(copy);
		return false;
	}
	free(var->value);
	var->value = copy;
	var->len = len;
	return true;
}

bool vars_set(struct vars *v, const char *name, const char *value)
{
	return vars_set_bytes(v, name, strlen(name), value, strlen(value));
}

const char *vars_get(
	const struct vars *v, const char *name, size_t name_len, size_t *len)
{
	const struct var *var = find(v, name, name_len);

	if (var == NULL)
		return NULL;
	*len = var->len;
	return var->value;
}

bool vars_copy(struct vars *to, const struct vars *from)
{
	for (size_t i = 0; i < from->n; i++)
		if (!vars_set_bytes(to, from->list[i].name,
			    strlen(from->list[i].name), from->list[i].value,
			    from->list[i].len))
			return false;
	return true;
}

size_t vars_name_len(const char *s, size_t len)
{
	size_t n = 0;

	while (n < len &&
		((s[n] >= 'a' && s[n] <= 'z') || (s[n] >= 'A' && s[n] <= 'Z') ||
			(s[n] >= '0' && s[n] <= '9') || s[n] == '_' ||
			s[n] == '-'))
		n++;
	return n;
}
