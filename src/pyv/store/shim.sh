#!/bin/sh
# pyv shim, written by `pyv rehash`: becomes the program of its own name from the Python selected here.
# It forks nothing, and hands to `bin/pyv exec` whatever it is not sure of: prefixes, missing versions, odd words.
set -f
PYV_ROOT=@ROOT@
_pyv_program=${0##*/}
_pyv_here=${0%/*}
_pyv_names='' _pyv_bin='' _pyv_early=''
case ${_PYV_GUARD-} in "$$" | "$$":*) ;; *) _PYV_GUARD=$$ ;; esac
if [ "$_pyv_here" != "$PYV_ROOT/shims" ]; then _PYV_GUARD=$_PYV_GUARD:$_pyv_program=$_pyv_here; fi
export PYV_ROOT _PYV_GUARD

_pyv_ask() {
    if [ -x "$PYV_ROOT/bin/pyv" ]; then exec "$PYV_ROOT/bin/pyv" exec "$_pyv_program" "$@"; fi
    echo "pyv: $PYV_ROOT/bin/pyv is missing" >&2
    echo "hint: run 'pyv rehash', or install pyv again" >&2
    exit 127
}

# One name: appended to the list, and searched for the program unless an earlier one had it.
_pyv_take() {
    case $1 in
    '') return 0 ;;
    system)
        _pyv_names=$_pyv_names:system
        if [ -z "$_pyv_bin" ]; then _pyv_early=1; fi
        return 0
        ;;
    esac
    _pyv_name=${1#python-}
    case $_pyv_name in
    '' | . | .. | */*) return 1 ;;
    *.*.*) ;;
    *.*)
        if [ -f "$PYV_ROOT/aliases" ]; then
            while IFS=' ' read -r _pyv_alias _pyv_target || [ -n "$_pyv_alias" ]; do
                if [ "$_pyv_alias" = "$_pyv_name" ]; then _pyv_name=$_pyv_target; break; fi
            done <"$PYV_ROOT/aliases"
        fi
        ;;
    esac
    if ! [ -d "$PYV_ROOT/versions/$_pyv_name" ]; then return 1; fi
    _pyv_names=$_pyv_names:$_pyv_name
    if [ -n "$_pyv_bin" ]; then return 0; fi
    _pyv_dir=$PYV_ROOT/versions/$_pyv_name/bin
    if [ -f "$_pyv_dir/$_pyv_program" ] && [ -x "$_pyv_dir/$_pyv_program" ]; then _pyv_bin=$_pyv_dir; fi
    return 0
}

# The first word of each line of a file; a byte-order mark and CRLF are put up with.
_pyv_read() {
    if ! [ -r "$1" ]; then return 1; fi
    _pyv_bom='@BOM@'
    while IFS='' read -r _pyv_line || [ -n "$_pyv_line" ]; do
        _pyv_line=${_pyv_line#"$_pyv_bom"}
        _pyv_bom=''
        if [ "${#_pyv_line}" -gt 1000 ]; then return 1; fi
        case $_pyv_line in *'@CR@'?*) return 1 ;; esac
        IFS=' @TAB@@CR@'
        set -- $_pyv_line
        case ${1-} in '' | '#'*) continue ;; esac
        IFS=:
        for _pyv_word in $1; do
            _pyv_take "$_pyv_word" || return 1
        done
    done <"$1"
    return 0
}

# The nearest .python-version at or above a directory.
_pyv_find() {
    _pyv_dir=$1
    while :; do
        _pyv_file=$_pyv_dir/.python-version
        if [ -f "$_pyv_file" ]; then return 0; fi
        if [ -z "$_pyv_dir" ]; then return 1; fi
        _pyv_dir=${_pyv_dir%/*}
    done
}

# The program on PATH, the shims left out, and other shims this process has already come through.
_pyv_system() {
    _pyv_seen=${_PYV_GUARD#"$$"}:
    _pyv_rest=${PATH:+$PATH:}
    while [ -n "$_pyv_rest" ]; do
        _pyv_dir=${_pyv_rest%%:*}
        _pyv_rest=${_pyv_rest#*:}
        case $_pyv_dir in
        '') _pyv_dir=. ;;
        '~' | '~/'*) _pyv_dir=${HOME-}${_pyv_dir#'~'} ;;
        "$PYV_ROOT/shims" | "$PYV_ROOT/shims/") continue ;;
        esac
        if [ -f "$_pyv_dir/$_pyv_program" ] && [ -x "$_pyv_dir/$_pyv_program" ]; then
            case $_pyv_seen in *":$_pyv_program=$_pyv_dir:"*) continue ;; esac
            return 0
        fi
    done
    return 1
}

# pip's installs are followed by a rehash.
case $_pyv_program in
pip | pip[0-9]*) _pyv_ask "$@" ;;
python*)
    IFS=' '
    case "$* " in *'m pip '*'install '* | *'mpip '*'install '*) _pyv_ask "$@" ;; esac
    ;;
esac

IFS=:
for _pyv_word in ${PYV_VERSION-}; do
    _pyv_take "$_pyv_word" || _pyv_ask "$@"
done
if [ -z "$_pyv_names" ]; then
    for _pyv_word in ${PYENV_VERSION-}; do
        _pyv_take "$_pyv_word" || _pyv_ask "$@"
    done
fi
if [ -z "$_pyv_names" ]; then
    case $PWD in /*) ;; *) _pyv_ask "$@" ;; esac
    _pyv_start=${PYENV_DIR:-$PWD}
    case $_pyv_start in
    "$PWD") ;;
    [!/]* | *//* | */ | */. | */.. | */./* | */../*) _pyv_ask "$@" ;;
    *) if ! [ -d "$_pyv_start" ]; then _pyv_ask "$@"; fi ;;
    esac
    if _pyv_find "$_pyv_start" || _pyv_find "$PWD"; then :; else _pyv_file=$PYV_ROOT/version; fi
    if [ -f "$_pyv_file" ]; then _pyv_read "$_pyv_file" || _pyv_ask "$@"; fi
fi

PYENV_VERSION=${_pyv_names#:}
if [ -z "$PYENV_VERSION" ]; then PYENV_VERSION=system; fi
export PYENV_VERSION
if [ -z "$_pyv_bin" ] || [ -n "$_pyv_early" ]; then
    if _pyv_system; then
        case $_pyv_dir in */shims) _PYV_GUARD=$_PYV_GUARD:$_pyv_program=$_pyv_dir ;; esac
        exec "$_pyv_dir/$_pyv_program" "$@"
    fi
    if [ -z "$_pyv_bin" ]; then _pyv_ask "$@"; fi
fi
PATH=$_pyv_bin${PATH:+:$PATH}
export PATH
unset _PYV_GUARD
exec "$_pyv_bin/$_pyv_program" "$@"
