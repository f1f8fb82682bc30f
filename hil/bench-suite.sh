#!/bin/bash
# The whole bench suite, three ways, without a board: each scenario on ec21emu
# and through the bridge of the virtual board, each with a broker of its own, and
# their report.
#
#   hil/bench-suite.sh DIR [SCENARIO|FOLDER]...
#
# DIR, made anew, gets report/report.html and junit.xml; with Chromium there,
# report.png is a picture of the page. Without scenarios it is all of
# fixtures/scenarios and tests/conformance that is marked `# bench: safe`.
# Exit status: that of `ec21hil compare`. The programs are those of $BUILD.
set -eu
set -o pipefail

[ $# -gt 0 ] || {
	echo "bench-suite: expected a folder" >&2
	exit 2
}
top=$(cd "$(dirname "$0")/.." && pwd)
build=$(cd "${BUILD:-$top/build}" && pwd)
rm -rf "$1"
mkdir -p "$1"
dir=$(cd "$1" && pwd)
shift
cd "$top"
if [ $# = 0 ]; then
	mapfile -t marked < <(grep -lr '^# bench: safe$' tests/conformance \
		fixtures/scenarios | sort)
	set -- "${marked[@]}"
fi

status=0
"$build/ec21hil" compare --rig modem --rig virtual --jobs 2 \
	--accept fixtures/scenarios/bench/board.accepted \
	--report "$dir/report" "$@" || status=$?
[ -e "$dir/report/report.html" ] || exit $status
if command -v chromium >/dev/null; then
	HOME=$dir timeout 300 chromium --headless --no-sandbox --disable-gpu \
		--hide-scrollbars --window-size=1280,700 \
		--screenshot="$dir/report.png" \
		"file://$dir/report/report.html" >"$dir/chromium.log" 2>&1 ||
		echo "bench-suite: no picture: see $dir/chromium.log" >&2
else
	echo "bench-suite: no picture: no chromium (package chromium)" >&2
fi
exit $status
