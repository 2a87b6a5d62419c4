# What is selected here, in `sh`: part of the shims and of `bin/pyv`. Of what it answers pyv's own answer is the same; what
# it is not sure of (missing versions, odd words) it leaves to pyv. It forks nothing. Set before: _pyv_root, _pyv_program,
# and _pyv_seen, the directories of shims this process has come through.
_pyv_names='' _pyv_bin='' _pyv_early=''

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
        if [ -f "$_pyv_root/aliases" ]; then
            while IFS=' ' read -r _pyv_alias _pyv_target || [ -n "$_pyv_alias" ]; do
                if [ "$_pyv_alias" = "$_pyv_name" ]; then _pyv_name=$_pyv_target; break; fi
            done <"$_pyv_root/aliases"
        fi
        ;;
    esac
    if ! [ -d "$_pyv_root/versions/$_pyv_name" ]; then
        if [ "$_pyv_name" != "$1" ]; then return 1; fi
        _pyv_newest "$1" || return 1
    fi
    _pyv_names=$_pyv_names:$_pyv_name
    if [ -n "$_pyv_bin" ]; then return 0; fi
    _pyv_dir=$_pyv_root/versions/$_pyv_name/bin
    if [ -f "$_pyv_dir/$_pyv_program" ] && [ -x "$_pyv_dir/$_pyv_program" ]; then _pyv_bin=$_pyv_dir; fi
    return 0
}

# The newest release X.Y.Z inside X.Y. Anything but releases and what a prefix never means is left to pyv.
_pyv_newest() {
    case $1 in [!0-9]* | *[!0-9] | *[!0-9.]* | *.*.*) return 1 ;; *.*) ;; *) return 1 ;; esac
    _pyv_minor=$1 _pyv_patch=''
    set +f
    set -- "$_pyv_root/versions/$1".* "$_pyv_root/versions/$1"-*
    set -f
    for _pyv_path do
        if ! [ -d "$_pyv_path" ]; then continue; fi
        case $_pyv_path in *[0-9]t | *-dev | *[ab][0-9] | *rc[0-9]) continue ;; esac
        _pyv_path=${_pyv_path#"$_pyv_root/versions/$_pyv_minor."}
        case $_pyv_path in '' | *[!0-9]* | 0?* | ????????*) return 1 ;; esac
        if [ "$_pyv_path" -gt "${_pyv_patch:--1}" ]; then _pyv_patch=$_pyv_path; fi
    done
    _pyv_name=$_pyv_minor.$_pyv_patch
    [ -n "$_pyv_patch" ]
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

# Every name in force here: _pyv_names, joined by colons, and the first bin directory that has the program, if one has.
_pyv_select() {
    set -f
    IFS=:
    for _pyv_word in ${PYV_VERSION-}; do
        _pyv_take "$_pyv_word" || return 1
    done
    if [ -z "$_pyv_names" ]; then
        for _pyv_word in ${PYENV_VERSION-}; do
            _pyv_take "$_pyv_word" || return 1
        done
    fi
    if [ -z "$_pyv_names" ]; then
        case $PWD in /*) ;; *) return 1 ;; esac
        _pyv_start=${PYENV_DIR:-$PWD}
        case $_pyv_start in
        "$PWD") ;;
        [!/]* | *//* | */ | */. | */.. | */./* | */../*) return 1 ;;
        *) if ! [ -d "$_pyv_start" ]; then return 1; fi ;;
        esac
        if _pyv_find "$_pyv_start" || _pyv_find "$PWD"; then :; else _pyv_file=$_pyv_root/version; fi
        if [ -f "$_pyv_file" ]; then _pyv_read "$_pyv_file" || return 1; fi
    fi
    _pyv_names=${_pyv_names#:}
    if [ -z "$_pyv_names" ]; then _pyv_names=system; fi
    return 0
}

# Where the program is: _pyv_dir, and whether it is the _pyv_system's. The shims are left out, and other shims seen.
_pyv_locate() {
    if [ -n "$_pyv_bin" ] && [ -z "$_pyv_early" ]; then _pyv_dir=$_pyv_bin _pyv_system=''; return 0; fi
    _pyv_system=1
    _pyv_rest=${PATH:+$PATH:}
    while [ -n "$_pyv_rest" ]; do
        _pyv_dir=${_pyv_rest%%:*}
        _pyv_rest=${_pyv_rest#*:}
        case $_pyv_dir in
        '') _pyv_dir=. ;;
        '~' | '~/'*) _pyv_dir=${HOME-}${_pyv_dir#'~'} ;;
        esac
        case $_pyv_dir in "$_pyv_root/shims" | "$_pyv_root/shims/") continue ;; esac
        if [ -f "$_pyv_dir/$_pyv_program" ] && [ -x "$_pyv_dir/$_pyv_program" ]; then
            case $_pyv_seen in *":$_pyv_program=$_pyv_dir:"*) continue ;; esac
            return 0
        fi
    done
    _pyv_dir=$_pyv_bin _pyv_system=''
    [ -n "$_pyv_bin" ]
}
