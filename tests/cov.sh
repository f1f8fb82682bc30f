#!/bin/sh
# Line coverage by folder, from the gcov notes below a build folder (made with
# VARIANT=cov). Files of ours only; tests and mbedTLS are left out.
set -eu
build=${1:-build/cov}
top=$(pwd)

command -v gcov >/dev/null || { echo "cov: no gcov (package gcc)" >&2; exit 2; }
find "$build" -name '*.gcda' | sort >"$build/gcda.list"
[ -s "$build/gcda.list" ] || {
	echo "cov: nothing ran below $build" >&2
	exit 2
}
# A file seen from several programs counts with its best run.
while read -r note; do
	gcov -n -o "$(dirname "$note")" "$note" 2>/dev/null
done <"$build/gcda.list" | awk -v top="$top/" '
	/^File / {
		file = $2
		gsub(/\047/, "", file)
		if (index(file, top) == 1)
			file = substr(file, length(top) + 1)
		next
	}
	/^Lines executed:/ && file ~ /^(emulator|fixtures|hil|firmware_under_test)\// {
		split($0, part, /[:%]/)
		n = $NF
		hit = part[2] * n / 100
		if (hit >= best[file]) {
			best[file] = hit
			lines[file] = n
		}
		file = ""
	}
	END {
		for (file in lines) {
			dir = file
			sub(/\/[^\/]*$/, "", dir)
			h[dir] += best[file]; l[dir] += lines[file]
			H += best[file]; L += lines[file]
			printf "%6.1f%% %6d  %s\n", 100 * best[file] / \
				(lines[file] ? lines[file] : 1), \
				lines[file], file | "sort -k3"
		}
		close("sort -k3")
		print ""
		for (dir in l)
			printf "%6.1f%% %6d  %s/\n", 100 * h[dir] / l[dir], \
				l[dir], dir | "sort -k3"
		close("sort -k3")
		printf "%6.1f%% %6d  all\n", 100 * H / (L ? L : 1), L
	}'
