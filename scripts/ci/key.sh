#!/bin/sh
# The first step of the GitHub action: where pyv's root is, and under which key it is cached. No Python is needed.
#
# With a lock the key is its content: what is restored is what would be installed. Without one, the key changes with
# the request, the index and the week; `pyv install` asks the index all the same, so a restored root spares downloads
# and decides nothing. There is no fallback to another key: a root is kept as it was made from nothing, and does not
# grow from week to week.
set -eu
. "${0%/*}/inputs.sh"

triple() {
    case $(uname -s) in
    Linux)
        if ! getconf GNU_LIBC_VERSION >/dev/null 2>&1 && ls /lib/ld-musl-*.so.1 >/dev/null 2>&1; then
            libc=musl
        else
            libc=gnu
        fi
        echo "$(uname -m)-unknown-linux-$libc"
        ;;
    Darwin) echo "$(uname -m)-apple-darwin" ;;
    *) return 1 ;;
    esac
}

# What comes in, as a short word.
digest() {
    if command -v sha256sum >/dev/null 2>&1; then
        sha256sum
    elif command -v shasum >/dev/null 2>&1; then
        shasum -a 256
    else
        cksum | tr ' ' -
    fi | cut -c 1-24
}

sources() { find scripts/install.sh src/pyv -type f ! -name '*.pyc' | LC_ALL=C sort; }

# The pyv that this action installs: its pins and its source. A pyv of the image is none of the root's.
self() {
    if command -v pyv >/dev/null 2>&1; then
        echo image
    else
        (cd "$action" && sources && sources | xargs cat) | digest
    fi
}

key() {
    if [ -n "$lock" ]; then
        echo "pyv-1-$triple-$self-lock-$( (printf '%s\n' "$requests" && cat "$lock") | digest)"
        return
    fi
    asked=$( (printf '%s\n' "$requests" "${INPUT_INDEX:-}" "${INPUT_MIRROR:-}" "${PYV_INDEX:-}" "${PYV_MIRROR:-}"
        [ -n "$requests" ] || cat .python-version) | digest)
    echo "pyv-1-$triple-$self-$asked-$(date -u +%G-%V)"
}

root=${PYV_ROOT:-${RUNNER_TOOL_CACHE:-${HOME:?}/.cache}/pyv}
case $root in
/*) ;;
*) fail "PYV_ROOT is not an absolute path: $root" 'name a directory by its whole path, or leave PYV_ROOT out' ;;
esac
case $root in
*:* | *'
'*) fail "the root $root cannot be put on PATH: its name has a colon or a line feed" 'set PYV_ROOT to another' ;;
esac
triple=$(triple) || fail "there are no builds for $(uname -s)" 'pyv runs on Linux and macOS; elsewhere use setup-python'
read_inputs
output root "$root"
case ${INPUT_CACHE:-true} in
true)
    # A root that stays on the machine (a runner of one's own) needs no cache.
    if ! [ -d "$root/versions" ]; then
        self=$(self)
        output key "$(key)"
    fi
    ;;
false) ;;
*) fail "cache: \`$INPUT_CACHE\` is neither true nor false" \
    'it keeps the interpreters; what pip downloads is kept by actions/cache, with ~/.cache/pip for its path' ;;
esac
