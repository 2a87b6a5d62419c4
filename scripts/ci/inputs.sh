# What the inputs of the GitHub action come to; its steps source this. An input is data: nothing here evaluates one.
#
# Read: INPUT_PYTHON_VERSION, INPUT_PYTHON_VERSION_FILE, INPUT_LOCK. Found: the working directory (where pins are
# looked for), `requests` (one a line; empty for the pins or the whole lock), `lock` (a path, or empty).

unset CDPATH
action=$(cd "${0%/*}/../.." && pwd)

# MESSAGE HINT: an error as pyv tells it, beside the job as well.
fail() {
    printf 'pyv: %s\nhint: %s\n' "$(plain "$1")" "$(plain "$2")" >&2
    annotate error "$1" "$2"
    exit 2
}

# LEVEL MESSAGE HINT
annotate() {
    [ "${GITHUB_ACTIONS:-}" = true ] || return 0
    printf '::%s title=pyv::%s%%0A%s\n' "$1" "$(plain "$2" | sed 's/%/%25/g')" "$(plain "$3" | sed 's/%/%25/g')" >&2
}

# A text on one line that no runner takes for a command.
plain() { printf '%s' "$1" | LC_ALL=C tr '\000-\037\177' '?' | sed 's/##\[/##?/g'; }

# Requests, one a line, without comments; setup-python's spellings of a prefix and of a range in pyv's.
requests_of() {
    printf '%s\n' "$1" | tr -d '\r' | sed \
        -e 's/#.*//' -e 's/^[[:space:]]*//' -e 's/[[:space:]]*$//' -e '/^$/d' \
        -e 's/^[xX*]$/latest/' -e '/^[0-9]/s/\.[xX*]$//' -e '/^[0-9]/s/\.[xX*]$//' \
        -e '/^[<>=!~]/s/,\{0,1\}[[:space:]]\{1,\}\([<>=!~]\)/,\1/g'
}

read_inputs() {
    workspace=${GITHUB_WORKSPACE:-$(pwd)}
    cd "$workspace"
    requests=$(requests_of "${INPUT_PYTHON_VERSION:-}")
    find_pins "${INPUT_PYTHON_VERSION_FILE:-}"
    find_lock "${INPUT_LOCK:-}"
    if [ -z "$requests$lock" ] && ! [ -f .python-version ]; then
        fail "no version is asked for: there is no python-version, and no .python-version in $(pwd)" \
            'give python-version, or pin one in the repository: pyv local 3.12'
    fi
}

# FILE: setup-python's rule: a version that is named counts more than a file.
find_pins() {
    [ -n "$1" ] || return 0
    if [ -n "$requests" ]; then
        annotate warning 'python-version and python-version-file are both given: python-version counts' 'leave one out'
        return 0
    fi
    case ${1##*/} in
    .python-version) ;;
    *) fail "python-version-file: $1 is no .python-version, and pyv reads no other file" \
        'pin the version in a .python-version, or give python-version' ;;
    esac
    [ -f "$1" ] || fail "python-version-file: there is no $1" "its path begins at the workspace, $workspace"
    case $1 in
    /*) cd "${1%/*}/" ;;
    */*) cd "./${1%/*}" ;;
    esac
}

# FILE: the lock named, none where it is `false`, else the one beside the pins.
find_lock() {
    lock=
    case $1 in
    false) ;;
    '') if [ -f pyv.lock ]; then lock=pyv.lock; fi ;;
    *)
        case $1 in /*) lock=$1 ;; *) lock=$workspace/$1 ;; esac
        [ -f "$lock" ] || fail "lock: there is no $1" "its path begins at the workspace, $workspace; \`pyv lock\` makes one"
        ;;
    esac
}

# PLACES: directories and addresses, one a line; a relative path begins at the workspace.
places_of() {
    printf '%s\n' "$1" | tr -d '\r' | while IFS= read -r place; do
        case $place in
        '') ;;
        /* | *://* | upstream) printf '%s\n' "$place" ;;
        *) printf '%s\n' "$workspace/$place" ;;
        esac
    done
}

# NAME VALUE: an output of the step.
output() { printf '%s=%s\n' "$1" "$2" >>"${GITHUB_OUTPUT:-/dev/stdout}"; }
