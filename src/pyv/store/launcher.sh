#!/bin/sh
@MARK@
# What a shell can be sure of it answers itself, as pyv would; everything else is asked of pyv, without the caller's Python
# settings (-I) and without looking for packages anywhere but where they were when this was written (-S).
@SET_ROOT@_pyv_python=@PYTHON@
# A root that was restored elsewhere, and not fitted to its place since, is the one this file lies in; so is its Python.
if ! [ -f "$_pyv_root/bin/@NAME@" ]; then
    case $0 in
    /*/bin/@NAME@)
        case $_pyv_python in "$_pyv_root"/*) _pyv_python=${0%/bin/*}${_pyv_python#"$_pyv_root"} ;; esac
        _pyv_root=${0%/bin/*}
        ;;
    esac
fi
if [ -z "${@VARIABLE@-}" ]; then @VARIABLE@=$_pyv_root; fi
export @VARIABLE@

_pyv_start() {
    if [ -x "$_pyv_python" ]; then exec "$_pyv_python" -I -S -c @START@ "$_pyv_root" "$@"; fi
    case @NAME@ in pyv) _pyv_start_another "$@" ;; esac
    echo "@NAME@: $_pyv_python, which pyv runs on, is gone" >&2
    echo "hint: install pyv again, then run 'pyv rehash'" >&2
    exit 127
}

# pyv was installed anew elsewhere: take the one on PATH, unless it is another launcher.
_pyv_start_another() {
    set -f
    IFS=:
    for _pyv_dir in ${PATH-}; do
        if ! [ -f "$_pyv_dir/pyv" ] || ! [ -x "$_pyv_dir/pyv" ] || ! [ -r "$_pyv_dir/pyv" ]; then continue; fi
        IFS='' read -r _pyv_line <"$_pyv_dir/pyv"
        if [ "$_pyv_line" != '#!/bin/sh' ]; then exec "$_pyv_dir/pyv" "$@"; fi
    done
}

_pyv_say() {
    printf '%s\n' "$1" 2>/dev/null && exit 0
}

if [ "$@VARIABLE@" != "$_pyv_root" ]; then _pyv_start "$@"; fi
case $#:${1-} in 1:root) _pyv_say "$_pyv_root" ;; 1:version-name | 2:which | 1:rehash | 3:init) ;; *) _pyv_start "$@" ;; esac

_pyv_program=''
case ${_PYV_GUARD-} in "$$":*) _pyv_seen=${_PYV_GUARD#"$$"}: ;; *) _pyv_seen='' ;; esac
@RESOLVE@
# Whether none of these is younger than a file.
_pyv_is_newest() {
    _pyv_file=$1
    shift
    for _pyv_path do
        if [ "$_pyv_path" -nt "$_pyv_file" ]; then return 1; fi
    done
}

# A rehash, if more shims are all that is wanted. shims/.seen bears the time pyv last looked, so what is younger has
# changed since; it says how many entries there were, for what came with an old time, and names a program for each shim,
# and the files that were no programs then and would be with another mode.
_pyv_rehash() {
    _pyv_shims=$_pyv_root/shims
    _pyv_versions=$_pyv_root/versions
    if ! [ -r "$_pyv_shims/.seen" ] || ! [ -w "$_pyv_shims" ] || ! [ -x "$_pyv_shims/.shim" ]; then return 1; fi
    set +f
    set -- "$_pyv_versions"/*
    for _pyv_path do
        if ! [ -d "$_pyv_path" ]; then return 1; fi
    done
    set -- @PACKAGE@ @PACKAGE@/store "$_pyv_shims" "$_pyv_versions" "$@" "$_pyv_versions"/*/envs "$_pyv_versions"/*/envs/*
    _pyv_is_newest "$_pyv_shims/.seen" "$@" || return 1
    . "$_pyv_shims/.seen"
    IFS='@LF@'
    set -f
    for _pyv_path in $_pyv_others; do
        if [ -x "$_pyv_path" ]; then return 1; fi
    done
    set +f
    set -- "$_pyv_versions"/*/bin/* "$_pyv_versions"/*/envs/*/bin/*
    _pyv_more=$(($# - _pyv_count))
    set -- "$_pyv_versions"/*/bin "$_pyv_versions"/*/envs/*/bin
    if _pyv_is_newest "$_pyv_shims/.seen" "$@"; then
        [ "$_pyv_more" = 0 ]
        return
    fi
    _pyv_added=0
    for _pyv_dir do
        if [ "$_pyv_dir" -nt "$_pyv_shims/.seen" ]; then _pyv_add_shims "$_pyv_dir"/* || return 1; fi
    done
    if [ "$_pyv_more" != "$_pyv_added" ]; then
        for _pyv_dir do
            _pyv_add_shims "$_pyv_dir"/* || return 1
        done
    fi
    set -f
    for _pyv_path in $_pyv_programs; do
        if ! [ -f "$_pyv_path" ] || ! [ -x "$_pyv_path" ]; then return 1; fi
    done
    return 0
}

# A shim for each of these that is a program and has none; unsure where something else stands in its place.
_pyv_add_shims() {
    for _pyv_path do
        _pyv_name=${_pyv_path##*/}
        case $_pyv_name in [!A-Za-z0-9_+]* | *[!A-Za-z0-9_+.-]*) continue ;; esac
        if [ "$_pyv_shims/$_pyv_name" -ef "$_pyv_shims/.shim" ] || ! [ -f "$_pyv_path" ] || ! [ -x "$_pyv_path" ]; then
            continue
        fi
        command -p ln "$_pyv_shims/.shim" "$_pyv_shims/$_pyv_name" 2>/dev/null || return 1
        _pyv_added=$((_pyv_added + 1))
    done
}

# What `init - SHELL` printed the last time, unless this pyv is younger or there are plugins for the shell.
_pyv_set_up() {
    case $1 in '' | *[!a-z0-9]*) return 1 ;; esac
    _pyv_kept=$_pyv_root/bin/.@NAME@-init-$1
    if ! [ -f "$_pyv_kept" ] || ! [ -r "$_pyv_kept" ] || ! [ -d "$_pyv_root/shims" ] || ! [ -d "$_pyv_root/versions" ]; then return 1; fi
    _pyv_is_newest "$_pyv_kept" @PACKAGE@ @PACKAGE@/plumbing || return 1
    IFS=:
    set -f
    for _pyv_dir in $PATH; do
        set +f
        for _pyv_path in "${_pyv_dir:-.}"/py*-sh-*; do
            if [ -e "$_pyv_path" ]; then set -f; return 1; fi
        done
        set -f
    done
    set +f
    for _pyv_path in "$_pyv_root"/plugins/*/bin/py*-sh-*; do
        if [ -e "$_pyv_path" ]; then set -f; return 1; fi
    done
    set -f
    _pyv_text=''
    . "$_pyv_kept"
    if [ -z "$_pyv_text" ]; then return 1; fi
    _pyv_say "$_pyv_text"
}

case $1 in
version-name) if _pyv_select; then _pyv_say "$_pyv_names"; fi ;;
which)
    case $2 in
    '' | -* | */*) ;;
    *)
        _pyv_program=$2
        if _pyv_select && _pyv_locate; then _pyv_say "$_pyv_dir/$_pyv_program"; fi
        ;;
    esac
    ;;
rehash) if [ -d @RELEASE@ ] && _pyv_rehash; then exit 0; fi ;;
init) if [ "$2" = - ] && [ -d @RELEASE@ ]; then _pyv_set_up "$3"; fi ;;
esac
_pyv_start "$@"
