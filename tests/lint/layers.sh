#!/bin/sh
# Include direction, after layers.txt.
set -eu
. "$(dirname "$0")/common.inc"

# shellcheck disable=SC2046
grep -nE '^[[:space:]]*#[[:space:]]*include' $(files '*.c' '*.h') |
	awk -v rules=tests/lint/layers.txt '
function exists(path,   line, ok) {
	ok = (getline line <path) >= 0
	close(path)
	return ok
}
# Normalise a/b/../c.
function norm(path,   n, part, i, out, top) {
	n = split(path, part, "/")
	top = 0
	for (i = 1; i <= n; i++) {
		if (part[i] == "..")
			top--
		else if (part[i] != ".")
			out[++top] = part[i]
	}
	path = out[1]
	for (i = 2; i <= top; i++)
		path = path "/" out[i]
	return path
}
function resolve(file, name,   dir) {
	dir = file
	sub(/[^\/]*$/, "", dir)
	if (exists(dir name))
		return norm(dir name)
	if (file ~ /^firmware_under_test/) {
		if (exists("firmware_under_test/" name))
			return "firmware_under_test/" name
		if (exists("firmware_under_test/core/" name))
			return "firmware_under_test/core/" name
	}
	if (exists("emulator/" name))
		return "emulator/" name
	if (exists(name))
		return norm(name)
	if (exists("firmware_under_test/" name))
		return "firmware_under_test/" name
	return "?"
}
function starts(s, head) {
	return substr(s, 1, length(head)) == head
}
BEGIN {
	while ((getline line <rules) > 0) {
		if (line ~ /^#/ || split(line, w, /[ \t]+/) < 2)
			continue
		n = split(line, w, /[ \t]+/)
		for (i = 2; i <= n; i++)
			if (w[1] == "third-party")
				party[substr(w[i], 2, length(w[i]) - 2)] = 1
			else
				allow[w[1]] = allow[w[1]] " " w[i]
	}
}
{
	file = $0; sub(/:.*/, "", file)
	num = $0; sub(/^[^:]*:/, "", num); sub(/:.*/, "", num)
	text = $0; sub(/^[^:]*:[^:]*:/, "", text)
	rule = ""
	for (r in allow)
		if (starts(file, r) && length(r) > length(rule))
			rule = r
	if (rule == "") {
		print file ": no rule in layers.txt"
		bad++
		next
	}
	if (match(text, /"[^"]*"/)) {
		name = substr(text, RSTART + 1, RLENGTH - 2)
		target = resolve(file, name)
		for (p in party)
			if (target == "?" && starts(name, p))
				target = "<" name
		if (target == "?") {
			print file ":" num ": cannot find \"" name "\""
			bad++
			next
		}
	} else if (match(text, /<[^>]*>/)) {
		name = substr(text, RSTART + 1, RLENGTH - 2)
		target = ""
		for (p in party)
			if (starts(name, p))
				target = "<" name
		if (target == "")
			next
	} else {
		next
	}
	own = file; sub(/\.[a-z]+$/, ".h", own)
	if (target == own)
		next
	n = split(allow[rule], w, " ")
	for (i = 1; i <= n; i++) {
		head = w[i]
		sub(/>$/, "", head)
		if (starts(target, head))
			next
	}
	print file ":" num ": " rule " may not include " target \
		(target ~ /^</ ? ">" : "")
	bad++
}
END { exit bad > 0 }'
