#!/bin/bash
# The whole bench suite, three ways, without a board: each scenario on ec21emu
# and on the virtual bench, each side with a broker of its own, and their report.
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
mkdir -p "$1/bench"
dir=$(cd "$1" && pwd)
shift
cd "$top"
if [ $# = 0 ]; then
	mapfile -t marked < <(grep -lr '^# bench: safe$' tests/conformance \
		fixtures/scenarios | sort)
	set -- "${marked[@]}"
fi

# All of 127/8 is this machine's own; production's name is mapped there.
server=127.98.$((BASHPID >> 8 & 255)).$((BASHPID & 255)):8443
name=data.iot.ap-northeast-1.amazonaws.com
BUILD=$build hil/virtual-bench.sh "$dir/bench" --fast \
	--map "$name:8443=$server" >"$dir/bench.out" 2>"$dir/bench.err" &
bench=$!
trap 'kill $bench 2>/dev/null; wait' EXIT
tries=0
until grep -qs '^ready ' "$dir/bench.out"; do
	if ! kill -0 $bench 2>/dev/null || [ $((tries += 1)) -gt 600 ]; then
		cat "$dir/bench.err" >&2
		exit 2
	fi
	read -r -t 0.1 <> <(:) || true
done
printf '%s\n' "apn = example.apn" "reach = $server" \
	"broker_https = $server" >>"$dir/bench/rigs.conf"
export EC21_RIGS=$dir/bench/rigs.conf
"$build/ec21hil" flash --rig wio "$build/wiofw-stm32f405.bin"
status=0
"$build/ec21hil" compare --rig modem --rig wio --set apn=example.apn \
	--accept fixtures/scenarios/bench/board.accepted \
	--report "$dir/report" "$@" || status=$?
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
