#!/bin/sh
# pyv shim, written by `pyv rehash`: becomes the program of its own name from the Python selected here.
# It forks nothing, and hands to `bin/pyv exec` whatever it is not sure of.
set -f
PYV_ROOT=@ROOT@
_pyv_program=${0##*/}
_pyv_here=${0%/*}
# A root that was restored elsewhere, and not fitted to its place since: the one this shim lies in.
if ! [ -d "$PYV_ROOT/versions" ] && [ -d "${_pyv_here%/shims}/versions" ]; then
    case $_pyv_here in /*/shims) PYV_ROOT=${_pyv_here%/shims} ;; esac
fi
_pyv_root=$PYV_ROOT
case ${_PYV_GUARD-} in "$$" | "$$":*) ;; *) _PYV_GUARD=$$ ;; esac
if [ "$_pyv_here" != "$PYV_ROOT/shims" ]; then _PYV_GUARD=$_PYV_GUARD:$_pyv_program=$_pyv_here; fi
_pyv_seen=${_PYV_GUARD#"$$"}:
export PYV_ROOT _PYV_GUARD

_pyv_ask() {
    if [ -x "$PYV_ROOT/bin/pyv" ]; then exec "$PYV_ROOT/bin/pyv" exec "$_pyv_program" "$@"; fi
    echo "pyv: $PYV_ROOT/bin/pyv is missing" >&2
    echo "hint: run 'pyv rehash', or install pyv again" >&2
    exit 127
}

@RESOLVE@
# pip's installs are followed by a rehash, unless there is no pyv, as in an image that was laid out for a Python alone.
if [ -x "$PYV_ROOT/bin/pyv" ]; then
    case $_pyv_program in
    pip | pip[0-9]*) _pyv_ask "$@" ;;
    python*)
        IFS=' '
        case "$* " in *'m pip '*'install '* | *'mpip '*'install '*) _pyv_ask "$@" ;; esac
        ;;
    esac
fi

_pyv_select || _pyv_ask "$@"
PYENV_VERSION=$_pyv_names
export PYENV_VERSION
_pyv_locate || _pyv_ask "$@"
if [ -n "$_pyv_system" ]; then
    case $_pyv_dir in */shims) _PYV_GUARD=$_PYV_GUARD:$_pyv_program=$_pyv_dir ;; esac
    exec "$_pyv_dir/$_pyv_program" "$@"
fi
PATH=$_pyv_bin${PATH:+:$PATH}
export PATH
unset _PYV_GUARD
exec "$_pyv_bin/$_pyv_program" "$@"
