#!/bin/sh
# The last step of the GitHub action: the interpreter for the steps behind it, the outputs, the summary of the job.
set -eu
. "${0%/*}/inputs.sh"
read_inputs

pyv=$(command -v pyv || echo "$PYV_ROOT/bin/pyv")
case ${CACHE_HIT:-} in true) hit=--cache-hit ;; *) hit=--no-cache-hit ;; esac
set -f
IFS='
'
# shellcheck disable=SC2086  # a word a line
set -- -- $requests
unset IFS
set +f
[ -z "$lock" ] || set -- --locked --lock-file="$lock" "$@"

if [ "${INPUT_UPDATE_ENVIRONMENT:-true}" = false ]; then
    unset GITHUB_ENV GITHUB_PATH
    exec "$pyv" env --github "$hit" --quiet "$@" >/dev/null
fi
# pyv itself stands behind the interpreter: what is added last comes first.
if [ -x "$PYV_ROOT/bin/pyv" ]; then printf '%s\n' "$PYV_ROOT/bin" >>"$GITHUB_PATH"; fi
printf 'PYV_ROOT=%s\n' "$PYV_ROOT" >>"$GITHUB_ENV"
exec "$pyv" env --github "$hit" "$@"
