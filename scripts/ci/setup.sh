#!/bin/sh
# The main step of the GitHub action: pyv, if the image has none, then what the lock or the request names.
set -eu
. "${0%/*}/inputs.sh"
read_inputs

pyv=$(command -v pyv || :)
if [ -z "$pyv" ]; then
    pyv=$PYV_ROOT/bin/pyv
    PATH=$PATH:$PYV_ROOT/bin sh "$action/scripts/install.sh" --root "$PYV_ROOT"
fi

if [ -n "${INPUT_INDEX:-}" ]; then
    PYV_INDEX=$(places_of "$INPUT_INDEX")
    export PYV_INDEX
fi
case ${INPUT_TRUST:-} in
'') ;;
*[!0-9a-f]*)
    file=$(places_of "$INPUT_TRUST")
    [ -f "$file" ] || fail "trust: there is no $INPUT_TRUST" 'name the root.json of the index in the repository, or its sha256'
    "$pyv" trust add --yes -- "$file"
    ;;
*)
    [ -n "${PYV_INDEX:-}" ] || fail 'trust: there is no index whose root this could be' 'give index, too'
    "$pyv" trust add --sha256="$INPUT_TRUST" -- "$PYV_INDEX"
    ;;
esac

# The lines of an input become words, to the letter.
set -f
IFS='
'
# shellcheck disable=SC2046,SC2086
set -- $(places_of "${INPUT_MIRROR:-}" | sed 's/^/--mirror=/') -- $requests
if [ -z "$lock" ]; then
    set -- install "$@"
else
    # shellcheck disable=SC2046
    set -- install --locked --lock-file="$lock" $(requests_of "${INPUT_ARTIFACT_KEYS:-}" | sed 's/^/--artifact-key=/') "$@"
fi
unset IFS
set +f
exec "$pyv" "$@"
