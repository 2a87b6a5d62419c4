#!/bin/sh
# pyv where there is no Python. Fetches one interpreter and the wheels of pyv and of what it needs, all pinned below,
# checks the sha256 of each before anything of it is used, and puts pyv into $PYV_ROOT/self. --help says the rest.
#
# A release is put together in self/.new-HOST-PID, tried, and renamed to self/VERSION-DIGEST; writing bin/pyv, which
# names it, is the switch. Whatever interrupts this leaves the pyv there was, and the next run clears up.
#
# The address bytes come from need not be trusted, so http:// will do where it is named: what counts is this script.
set -eu

# >>> pins (scripts/lock-self writes them: KIND TRIPLE FILE SHA256 SIZE)
pins() {
    cat <<'PINS'
python aarch64-apple-darwin 20261110/cpython-3.13.18+20261110-aarch64-apple-darwin-install_only_stripped.tar.gz 7a2384641584ab9984221fcb0fc9265df465922af71be71410529e2a9c3f0540 -
python aarch64-unknown-linux-gnu 20261110/cpython-3.13.18+20261110-aarch64-unknown-linux-gnu-install_only_stripped.tar.gz 55c00325f7c1fddf325dfc621aabdfbbac4dc54adda224af88ec411dc12db239 -
python aarch64-unknown-linux-musl 20261110/cpython-3.13.18+20261110-aarch64-unknown-linux-musl-install_only_stripped.tar.gz 5616ed1d426cb12cc135e5998b42bfd665cf2f9e3f3f9f6c77c73f0ae26f7d03 -
python x86_64-apple-darwin 20261110/cpython-3.13.18+20261110-x86_64-apple-darwin-install_only_stripped.tar.gz d27d59a722db9f69926eb6d9564071247221f45a04da920ea7f3001c97e32f9b -
python x86_64-unknown-linux-gnu 20261110/cpython-3.13.18+20261110-x86_64-unknown-linux-gnu-install_only_stripped.tar.gz f2d2199eb25880e07863b391cf7124e7ffa1338b0d65600dfcec117c4223a7fb -
python x86_64-unknown-linux-musl 20261110/cpython-3.13.18+20261110-x86_64-unknown-linux-musl-install_only_stripped.tar.gz a75bf409606303deed964d4769544f98b74e7b53d4efb44f4a95cb38e86ff403 -
wheel aarch64-apple-darwin backports_zstd-1.8.0-cp313-cp313-macosx_11_0_arm64.whl 4fa862d24b7fb392279a95bc9acc1f0ede8a25de9efbed03fb305ceac2f6abb0 367710
wheel aarch64-apple-darwin cffi-2.1.1-cp313-cp313-macosx_11_0_arm64.whl 19ee6127ee34de7d83ce3d371ebc5ed91addbdcc39f9ab15ce4eb35a4e534971 184764
wheel aarch64-apple-darwin cryptography-50.0.2-cp311-abi3-macosx_11_0_arm64.whl fa8f5efb344d6908a1ce62f4a24e2e5780f825d6f53f5f50ec5ffacac72936cb 3914904
wheel aarch64-apple-darwin isal-1.9.1-cp313-cp313-macosx_11_0_arm64.whl a2059238d509c871d181c13dd3e027936b2cec0275838aa2b12fd8deddbb2af8 242493
wheel aarch64-unknown-linux-gnu backports_zstd-1.8.0-cp313-cp313-manylinux2014_aarch64.manylinux_2_17_aarch64.manylinux_2_28_aarch64.whl 1a808ba1371231c00a2b71f03840a727088e287d0ee1dfb3230958950f21f421 478416
wheel aarch64-unknown-linux-gnu cffi-2.1.1-cp313-cp313-manylinux2014_aarch64.manylinux_2_17_aarch64.whl f16c709686a78c727bbbf059f92b0bf41c6fc60deec706d2dc19f529175a6125 222369
wheel aarch64-unknown-linux-gnu cryptography-50.0.2-cp311-abi3-manylinux2014_aarch64.manylinux_2_17_aarch64.whl 79def8d059362e7831389ed3be0ecdf58a89386e1271e35dd9f5af84e81bffd0 4731146
wheel aarch64-unknown-linux-gnu isal-1.9.1-cp313-cp313-manylinux2014_aarch64.manylinux_2_17_aarch64.manylinux_2_28_aarch64.whl bfc756a47cf2bb08286ee9073a3b6b9227e1cb17c4988c2492ad550c68a4802b 243022
wheel aarch64-unknown-linux-musl backports_zstd-1.8.0-cp313-cp313-musllinux_1_2_aarch64.whl 6c8572e27c5f0b9d11020d3f597bf3c35fe0f5ae6f99156dc52b0bd937ba8908 484237
wheel aarch64-unknown-linux-musl cffi-2.1.1-cp313-cp313-musllinux_1_2_aarch64.whl a2d7755bef5a12ed488f4ef1f1b69ee9191d7396083b755a5d2295f6edb4768b 225148
wheel aarch64-unknown-linux-musl cryptography-50.0.2-cp311-abi3-musllinux_1_2_aarch64.whl 25784ce8b9621c90c643efb9e1e2162ab3b0224cae446ad5e70e7fcb1ce18b51 4870819
wheel aarch64-unknown-linux-musl isal-1.9.1-cp313-cp313-musllinux_1_2_aarch64.whl 389a345162a5423d53706be8fc1ad51e6cd5d733ddaf1ffd20908e114298717e 243364
wheel any annotated_doc-0.0.7-py3-none-any.whl 6bc31bbbec6dfaaedc1676dbc11dbda96fe22a2b5c400e9ebad113fec44a9dc6 5286
wheel any anyio-4.16.0-py3-none-any.whl c66ae634e0b8228396b801741beb3294326d4b6102f7bba4041c0dfb58c29026 134521
wheel any certifi-2026.10.19.post1-py3-none-any.whl 1324c476b4811eff41a8bc2122cd0bbd4d9c7234c725446d99ab1612b3a7fdd2 134047
wheel any h11-0.16.0-py3-none-any.whl 63cf8bbe7522de3bf65932fda1d9c2772064ffb3dae62d55932da54b31cb6c86 37515
wheel any httpcore-1.0.9-py3-none-any.whl 2d400746a40668fc9dec9810239072b40b4484b640a8c38fd654a024c7a1bf55 78784
wheel any httpx-0.28.1-py3-none-any.whl d909fcccc110f8c7faf814ca82a9a4d816bc5a6dbfea25d6591d6985b8ba59ad 73517
wheel any idna-3.20-py3-none-any.whl ab7ae7122974553370f0bdb919e1a960b2cd1bc1ef0276416d896db81c14582c 69583
wheel any markdown_it_py-4.3.0-py3-none-any.whl 7aa1511a46c39138de78d9eba92ce47e63124d8003fc98b3a351909e04239efa 96951
wheel any mdurl-0.1.2-py3-none-any.whl 84008a41e51615a49fc9966191ff91509e3c40b939176e643fd50a5c2196b8f8 9979
wheel any packaging-26.4-py3-none-any.whl 81383611a09c1bc0b08b76e0fd5829d7c6824c65b27a6aee339da133f4233ea2 140049
wheel any pycparser-3.12-py3-none-any.whl a076f3f489b39b43ed13563a1dafe42447445bec2e294154ec5c57fcdda4c85e 62600
wheel any pygments-2.21.0-py3-none-any.whl 2363c69b61c4a97c838da3b130dcd6468f4848992b21a82f2a63ec34377137d9 1250147
wheel any rich-15.0.0-py3-none-any.whl 33bd4ef74232fb73fe9279a257718407f169c09b78a87ad3d296f548e27de0bb 310654
wheel any securesystemslib-1.6.0-py3-none-any.whl 1c1aa00f058f4851f038d409c8ca4a727db854a91f07ec3a0fa047bb93e43e0e 874777
wheel any shellingham-1.5.4-py2.py3-none-any.whl 7ecfff8f2fd72616f7481040475a65b2bf8af90a56c89140852d1120324e8686 9755
wheel any tqdm-4.70.1-py3-none-any.whl c293e525e6fef9c20e8728fd4612df02a0aa31bb5fe91ecd93e123b1b7bffa73 80199
wheel any tuf-7.0.1-py3-none-any.whl d30434bda6e079ab303fb30d1b3006d939a10ca34783b1573d61cd9b802fa45c 56253
wheel any typer-0.28.0-py3-none-any.whl afd18929180b706c5e9a239f53c3c8136903553c0c2d460598bbaa924191d4ab 123253
wheel any typing_extensions-4.16.0-py3-none-any.whl 481caa481374e813c1b176ada14e97f1f67a4539ce9cfeb3f350d78d6370c2e8 45571
wheel any urllib3-2.8.0-py3-none-any.whl 0cf3cae568d36aa9576b28dfb35f11328f1cb974ca7647d9475ebb86c75ac6e3 135717
wheel x86_64-apple-darwin backports_zstd-1.8.0-cp313-cp313-macosx_10_13_x86_64.whl 49c4006cdf41c15ffcc74f10d9a6485be841106cd4d5aa7ea7bf1075cc37fb83 439240
wheel x86_64-apple-darwin cffi-2.1.1-cp313-cp313-macosx_10_15_x86_64.whl 9d2055050ea716bd38b7f7f1579c275386646b4894c155a3e2f3cd62ed41b7c6 184805
wheel x86_64-apple-darwin cryptography-48.0.1-cp311-abi3-macosx_10_9_universal2.whl 3e4a1a3232eef2e6c732827d5722db29a0cc8b27af2a4d865b094cf954be9ca1 8008324
wheel x86_64-apple-darwin isal-1.9.1-cp313-cp313-macosx_10_13_x86_64.whl a89b29c2c2994b01d47b6332ae7c0c30cf2e23a0cf7957a21cda7ee87f943955 294924
wheel x86_64-unknown-linux-gnu backports_zstd-1.8.0-cp313-cp313-manylinux2014_x86_64.manylinux_2_17_x86_64.manylinux_2_28_x86_64.whl 44a9004f9e809ea56910d326d21946650369db59eb86edc0c76840f21530704c 493385
wheel x86_64-unknown-linux-gnu cffi-2.1.1-cp313-cp313-manylinux2014_x86_64.manylinux_2_17_x86_64.whl a931079504ecc49efed7744c476a5c343a92fabf66dec2db95edb1b2fdc770e2 221824
wheel x86_64-unknown-linux-gnu cryptography-50.0.2-cp311-abi3-manylinux2014_x86_64.manylinux_2_17_x86_64.whl 630ebfea3bf689d075f82316324ff7433dc447fe6bc1bfc76524b74b4a9567d2 4719841
wheel x86_64-unknown-linux-gnu isal-1.9.1-cp313-cp313-manylinux2014_x86_64.manylinux_2_17_x86_64.manylinux_2_28_x86_64.whl 5ba6b5c13fb97e7c3c04677725177c40283fbd6c620c169070b231c4cb0cf4b3 302376
wheel x86_64-unknown-linux-musl backports_zstd-1.8.0-cp313-cp313-musllinux_1_2_x86_64.whl 6283c90997038abf46c8a0bb75afb4dc6cbf061421802fda0afc382fe4b348b3 497769
wheel x86_64-unknown-linux-musl cffi-2.1.1-cp313-cp313-musllinux_1_2_x86_64.whl e0bcb7e0f677f543555d2adff3bf19c05f66cdb4796e5ff602442ab2fe3c4ef7 223564
wheel x86_64-unknown-linux-musl cryptography-50.0.2-cp311-abi3-musllinux_1_2_x86_64.whl 85d0d9a31b9098e98534226d5686b47264b95e62ce459dc2e62fdfc809f9fe93 5030152
wheel x86_64-unknown-linux-musl isal-1.9.1-cp313-cp313-musllinux_1_2_x86_64.whl 8a55c3b1314447ba41254d61a827cae9ae105f4f7b8919ad161708eaaf8d9a7e 303959
PINS
}
# <<< pins

UPSTREAM=https://releases.astral.sh/github/python-build-standalone/releases/download
UPSTREAM_TOO=https://github.com/astral-sh/python-build-standalone/releases/download
MOST=268435456 # bytes of a file whose size is not pinned

usage() {
    cat <<'END'
Usage: install.sh [--from DIR|URL] [--root DIR] [--quiet]
       install.sh --uninstall [--root DIR] [--quiet]

Install pyv, with a Python of its own, into $PYV_ROOT/self, and write $PYV_ROOT/bin/pyv.
Start-up files of shells are left alone. With the same pyv there already, nothing is done.

  --from DIR|URL  take everything from this mirror, which `pyv mirror add-self` prepared, and nothing from elsewhere
                  [PYV_SELF_FROM; default: the directory this script lies in, if it is a mirror's self/;
                  else upstream's releases and the Python Package Index]
  --root DIR      the root [PYV_ROOT; default: ~/.pyv]
  --uninstall     remove pyv and its Python; installed versions and shims stay
  --quiet, -q     say nothing unless something is wrong
  --version       print the version that is installed by this script
  --help, -h      print this

In a checkout of pyv, pyv is taken from the checkout. Needs tar with gzip, sha256sum or shasum, and curl or wget, with
their own variables for proxies (https_proxy, no_proxy) and ~/.netrc for passwords.

Exit status: 0 done, 1 pyv does not run, 2 wrong usage, 3 no build for this machine, 4 not what was pinned,
5 could not be fetched, 6 could not be unpacked, 7 the disk said no.
END
}

# What is said

say() { [ -n "$quiet" ] || printf '%s\n' "$*" >&2; }

# STATUS MESSAGE HINT. On GitHub it is shown beside the job too.
die() {
    printf 'pyv: %s\n' "$(plain "$2")" >&2
    [ -z "${3:-}" ] || printf 'hint: %s\n' "$(plain "$3")" >&2
    if [ "${GITHUB_ACTIONS:-}" = true ]; then
        printf '::error title=pyv::%s\n' "$(plain "$2 ${3:-} " | sed 's/%/%25/g')" >&2
    fi
    exit "$1"
}

# A text on one line that no terminal and no runner obeys: words of servers may be in it.
plain() { printf '%s' "$1" | LC_ALL=C tr '\000-\037\177' '?' | LC_ALL=C sed 's/##\[/##?/g'; }

# An address without user and password.
shown() { printf '%s\n' "$1" | sed 's#://[^/@]*@#://#'; }

megabytes() { printf '%s\n' "$((($1 + 50000) / 1000000)).$(((($1 + 50000) % 1000000) / 100000)) MB"; }

has() { command -v "$1" >/dev/null 2>&1; }

size_of() { wc -c <"$1" | tr -d ' '; }

# The sha256 of what comes in.
sha256() { if has sha256sum; then sha256sum; else shasum -a 256; fi | cut -c 1-64; }

find_tools() {
    has sha256sum || has shasum || die 1 'neither sha256sum nor shasum is here' 'install one of them (coreutils has the first, perl the other)'
    for tool in tar gzip; do
        has "$tool" || die 1 "$tool is not here" "install $tool"
    done
    case $kit in
    /*) ;;
    *) has curl || has wget || die 1 'neither curl nor wget is here' 'install one of them, or give --from a directory' ;;
    esac
}

# The machine

find_triple() {
    machine=$(uname -m)
    system=$(uname -s)
    case $machine in
    x86_64 | amd64) machine=x86_64 ;;
    aarch64 | arm64) machine=aarch64 ;;
    esac
    case $system in
    Darwin) triple=$machine-apple-darwin ;;
    Linux)
        if [ "$(getconf LONG_BIT 2>/dev/null)" = 32 ]; then machine="32-bit $machine"; fi
        triple=$machine-unknown-linux-$(find_libc)
        ;;
    *) triple=$machine-$system ;;
    esac
    case $triple in
    *-unknown-linux-) die 3 "the C library of this $machine Linux is neither glibc nor musl" "$other_ways" ;;
    esac
    pins | grep -q "^python $triple " || die 3 "there is no Python pinned for $triple" "$other_ways"
}

find_libc() {
    case $( { getconf GNU_LIBC_VERSION || ldd --version; } 2>&1) in
    *musl*) echo musl ;;
    *glibc* | *GLIBC* | *'GNU libc'*) echo gnu ;;
    *)
        for loader in /lib64/ld-linux-x86-64.so.2 /lib/ld-linux-aarch64.so.1; do
            if [ -e "$loader" ]; then echo gnu && return; fi
        done
        for loader in /lib/ld-musl-*.so.1; do
            if [ -e "$loader" ]; then echo musl && return; fi
        done
        ;;
    esac
}
other_ways='with Python 3.10 or newer there, install pyv with pipx or pip'

# Where things come from

find_sources() {
    here=
    if [ "${0##*/}" = install.sh ] && [ -f "$0" ]; then
        case $0 in */*) here=$(cd "${0%/*}/" && pwd) ;; *) here=$(pwd) ;; esac
    fi
    # A script that pins pyv takes it from nowhere else: what lies around it, in /tmp say, may be anybody's.
    checkout=
    if [ "${here##*/}" = scripts ] && ! pins | grep -q '^pyv ' && [ -f "${here%/*}/src/pyv/__main__.py" ]; then
        checkout=${here%/*}
    fi
    kit=
    case $from in
    '') if [ -n "$here" ] && [ -d "$here/wheels" ] && [ -d "$here/python" ]; then kit=$here; fi ;;
    http://* | https://*) kit=${from%/}/self ;;
    file://*) from=${from#file://} && find_kit ;;
    *://*) die 2 "this script cannot read from $(shown "$from")" 'give a directory, or an http:// or https:// address' ;;
    *) find_kit ;;
    esac
    if [ -n "$checkout" ]; then
        version=$(sed -n 's/^__version__ = "\(.*\)"$/\1/p' "$checkout/src/pyv/__init__.py")
    else
        version=$(pins | sed -n 's/^pyv any pyv-\([^-]*\)-.*/\1/p')
    fi
    [ -n "$version" ] || die 1 'this install.sh pins no pyv: it is the one of a checkout, and there is no checkout around it' \
        "take the install.sh of a release or of a mirror, or run scripts/install.sh in a checkout"
}

find_kit() {
    if [ -d "$from/self" ]; then
        kit=$(cd "$from/self" && pwd)
    elif [ -d "$from/wheels" ] && [ -d "$from/python" ]; then
        kit=$(cd "$from" && pwd)
    else
        die 5 "there is no self/ in $from" "its operator can put it there: pyv mirror add-self $from"
    fi
}

# The pins that count here: the interpreter, the wheels, and pyv where it is no checkout.
list_pins() {
    pins | while read -r kind where location digest size; do
        case $where in "$triple" | any) ;; *) continue ;; esac
        if [ "$kind" = pyv ] && [ -n "$checkout" ]; then continue; fi
        echo "$kind $location $digest $size"
    done
}

# What a checkout has of pyv; no name has a space.
list_source() {
    find src/pyv manifests/metadata manifests/targets scripts/install.sh -type f \
        ! -name '*.pyc' ! -path 'manifests/targets/*/*.*.json' | LC_ALL=C sort
}

digest_source() { (cd "$checkout" && list_source && list_source | xargs cat) | sha256; }

# Fetching

# BASE LOCATION FILE BYTES: a file from an address or a directory, never much more of it than BYTES. On failure `reason`
# says why, and the status is that of this script.
fetch() {
    reason=
    case $1 in
    http://* | https://*) fetch_url "$@" ;;
    *)
        [ -f "$1/$2" ] || { reason='there is no such file' && return 5; }
        [ -r "$1/$2" ] || { reason='permission denied' && return 5; }
        said=$(cp "$1/$2" "$3" 2>&1) || cannot_write "$2"
        ;;
    esac
}

fetch_url() {
    # What is written has an end, whatever the server says of its length.
    blocks=$(($4 / 512 + 64))
    file=$3
    if has curl; then
        set -- -o "$3" "$1/$(encoded "$2")"
        if said=$(curl_all "$@" 2>&1); then return 0; fi
    elif said=$(wget_one "$3" "$1/$(encoded "$2")" 2>&1); then
        return 0
    fi
    if [ -f "$file" ] && [ "$(size_of "$file")" -ge $((blocks * 512)) ]; then
        reason='there is no end to it' && return 4
    fi
    case $said in *'o space left'* | *'url: (23)'*) cannot_write "${location##*/}" ;; esac
    reason=$(printf '%s\n' "$said" | sed -n '
        /[^ ]/ h
        $ {
            x
            s/^curl: ([0-9]*) //
            s/^wget: //
            s/^.* ERROR \([0-9]\)/the server said \1/
            s/[. ]*$//
            p
        }')
    reason=$(shown "${reason:-the connection failed}")
    return 5
}

# Pairs of -o FILE ADDRESS, over as few connections as there may be.
curl_all() {
    case "$*" in *' http://'*) protocols='=http,https' ;; *) protocols='=https' ;; esac
    ulimit -f "$blocks" 2>/dev/null || :
    curl -fsSL --proto "$protocols" --connect-timeout 30 --speed-limit 1 --speed-time 60 --retry 2 --netrc-optional "$@"
}

encoded() { printf '%s\n' "$1" | sed 's/+/%2B/g'; }

# FILE ADDRESS. GNU's says with -q nothing at all; BusyBox's has crashed at -T (1.35 in Debian), and waits by itself.
wget_one() {
    ulimit -f "$blocks" 2>/dev/null || :
    case $(wget --version 2>&1) in
    *GNU*) wget -nv -T 60 -t 3 -O "$@" ;;
    *) wget -q -O "$@" ;;
    esac
}

# FILE SHA256 WHAT PLACE: nothing but exactly what is pinned passes.
check() {
    found=$(sha256 <"$1")
    if [ "$found" = "$2" ]; then return 0; fi
    case $(dd if="$1" bs=1 count=1 2>/dev/null) in
    '<') hint='it is a web page: a proxy or a login page stands between, or the address is wrong' ;;
    *) hint='nothing of it was used; fetch it again, and if that does not help, ask who keeps that place' ;;
    esac
    die 4 "$3 from $4 is not what is pinned: sha256 $found, not $2" "$hint"
}

# LOCATION FILE SHA256 SIZE BASE...: from the first base that has it, checked.
bring() {
    location=$1 to=$2 digest=$3 size=$4
    shift 4
    most=$size
    if [ "$most" = - ]; then most=$MOST; fi
    failures=
    for base do
        status=0
        fetch "$base" "$location" "$to" "$most" || status=$?
        case $status in
        0)
            check "$to" "$digest" "${location##*/}" "$(shown "$base")"
            return 0
            ;;
        4) die 4 "${location##*/} from $(shown "$base") is not what is pinned: $reason" ;;
        esac
        failures="$failures${failures:+; }$(shown "$base"): $reason"
    done
    if [ -n "$kit" ]; then
        die 5 "cannot fetch $location: $failures" 'check the address and the network; what the mirror lacks, its operator can put there: pyv mirror add-self'
    fi
    die 5 "cannot fetch ${location##*/}: $failures" 'check the network and its proxy (https_proxy), or give --from a mirror'
}

bring_interpreter() {
    while read -r kind location digest size; do
        if [ "$kind" != python ]; then continue; fi
        name=${location##*/}
        began=$(date +%s)
        if [ -n "$kit" ]; then
            bring "python/$name" "$stage/python.tar.gz" "$digest" "$size" "$kit"
        else
            bring "$location" "$stage/python.tar.gz" "$digest" "$size" "$UPSTREAM" "$UPSTREAM_TOO"
        fi
        say "fetched ${name%.tar.gz} ($(megabytes "$(size_of "$stage/python.tar.gz")"), sha256 verified) in $(($(date +%s) - began)) s"
    done <"$stage/pins"
    mkdir "$stage/tree"
    # No more of it is needed, and most of its files are terminal descriptions below share/. BusyBox takes no directories.
    case $(tar --version 2>&1) in *GNU* | *bsdtar*) set -- python/bin python/lib ;; *) set -- ;; esac
    said=$(cd "$stage/tree" && tar -xzof ../python.tar.gz "$@" 2>&1) || cannot_unpack "$name"
    rm -r "$stage/python.tar.gz" "$stage/tree/python/include" "$stage/tree/python/share" 2>/dev/null || :
    python=$stage/tree/python/bin/python3
    [ -x "$python" ] || die 6 "there is no python3 in $name"
}

# WHAT, and `said`, which may end with something else than the reason.
cannot_write() {
    case $said in *'o space left'*) said='no space left on device' ;; esac
    die 7 "cannot write $1 below $self: $(last_line "$said")" 'free some space there, or name a --root on another disk'
}

last_line() { printf '%s\n' "$1" | sed -n '$ p'; }

cannot_unpack() {
    case $said in
    *'o space left'* | *'Wrote only'* | *'short write'*) said='no space left on device' && cannot_write "$1" ;;
    *) die 6 "cannot unpack $1: $(printf '%s\n' "$said" | sed -n '1p')" ;;
    esac
}

bring_wheels() {
    mkdir "$stage/wheels"
    began=$(date +%s)
    count=$(grep -vc '^python ' "$stage/pins")
    case $kit in
    '') ask_package_index ;;
    http*) if has curl; then bring_wheels_together; fi ;;
    *) copy_wheels ;;
    esac
    are_as_pinned || check_wheels
    bytes=$(cat "$stage"/wheels/* | wc -c | tr -d ' ')
    say "fetched $count wheels ($(megabytes "$bytes"), sha256 verified) in $(($(date +%s) - began)) s"
}

# All of them with one program.
are_as_pinned() {
    found=$(cd "$stage/wheels" && if has sha256sum; then sha256sum ./*; else shasum -a 256 ./*; fi 2>/dev/null | LC_ALL=C sort)
    wanted=$(while read -r kind name digest size; do
        if [ "$kind" != python ]; then echo "$digest  ./$name"; fi
    done <"$stage/pins" | LC_ALL=C sort)
    [ "$found" = "$wanted" ]
}

# One by one: what is not there yet is fetched, and what is something else is named.
check_wheels() {
    while read -r kind name digest size; do
        if [ "$kind" = python ]; then continue; fi
        if [ -f "$stage/wheels/$name" ]; then
            check "$stage/wheels/$name" "$digest" "$name" "$(shown "${kit:-the package index}")"
        elif [ -n "$kit" ]; then
            bring "wheels/$name" "$stage/wheels/$name" "$digest" "$size" "$kit"
        else
            die 5 "the package index gave another file than $name"
        fi
    done <"$stage/pins"
    are_as_pinned || die 4 'the wheels are not those that are pinned'
}

copy_wheels() {
    set --
    while read -r kind name digest size; do
        if [ -f "$kit/wheels/$name" ] && [ -r "$kit/wheels/$name" ]; then set -- "$@" "$kit/wheels/$name"; fi
    done <"$stage/pins"
    if [ $# -gt 0 ]; then said=$(cp "$@" "$stage/wheels/" 2>&1) || cannot_write wheels; fi
}

# Many small files over few connections; what does not come whole this way is asked for once more, by itself.
bring_wheels_together() {
    set --
    most=0
    while read -r kind name digest size; do
        if [ "$kind" = python ]; then continue; fi
        set -- "$@" -o "$stage/wheels/$name" "$kit/wheels/$(encoded "$name")"
        if [ "$size" -gt "$most" ]; then most=$size; fi
    done <"$stage/pins"
    blocks=$((most / 512 + 64))
    (curl_all "$@" >/dev/null 2>&1) || :
    while read -r kind name digest size; do
        if [ -f "$stage/wheels/$name" ] && [ "$(size_of "$stage/wheels/$name")" != "$size" ]; then rm "$stage/wheels/$name"; fi
    done <"$stage/pins"
}

# pip takes no file but those whose digests it is given.
ask_package_index() {
    while read -r kind name digest size; do
        if [ "$kind" = python ]; then continue; fi
        rest=${name#*-}
        printf '%s==%s --hash=sha256:%s\n' "${name%%-*}" "${rest%%-*}" "$digest"
    done <"$stage/pins" >"$stage/requirements"
    said=$(
        unset PIP_REQUIRE_VIRTUALENV PIP_NO_BINARY PIP_NO_DEPS PIP_PLATFORM PIP_PYTHON_VERSION PIP_ABI PIP_IMPLEMENTATION
        "$python" -I -m pip download --quiet --disable-pip-version-check --no-input --no-cache-dir --no-deps \
            --only-binary :all: --require-hashes --dest "$stage/wheels" -r "$stage/requirements" </dev/null 2>&1
    ) || {
        why=$(printf '%s\n' "$said" | sed -n '/^ERROR/{s/^ERROR: *//;p;q;}')
        case $said in
        *'DO NOT MATCH THE HASHES'*) die 4 'the package index has other bytes than are pinned' "$(printf '%s\n' "$said" | sed -n '/https*:/{s/^ *//;p;q;}')" ;;
        *'o space left'*) cannot_write wheels ;;
        esac
        die 5 "pip cannot fetch the wheels: ${why:-$said}" 'check the network and its proxy (https_proxy), or give --from a mirror'
    }
}

# Putting it together

place() {
    said=$("$python" -I - "$stage/wheels" 2>&1 <<'END'
import os, site, sys, zipfile

directory, prefix = sys.argv[1], os.path.join(sys.prefix, "")
inside = [path for path in sys.path if path.endswith("-packages") and path.startswith(prefix)]
packages = (inside or site.getsitepackages())[0]
try:
    for name in sorted(os.listdir(directory)):
        with zipfile.ZipFile(os.path.join(directory, name)) as wheel:
            wheel.extractall(packages, [path for path in wheel.namelist() if ".data/" not in path])
except OSError as fault:
    sys.exit(f"cannot place {name}: {fault.strerror or fault}")
print(packages)
END
    ) || {
        case $said in *'No space left'* | *'annot place'*) cannot_write wheels ;; esac
        does_not_run
    }
    packages=$(last_line "$said")
    rm -r "$stage/wheels"
    if [ -n "$checkout" ]; then said=$(place_checkout 2>&1) || cannot_write pyv; fi
    # As much of pyv as an installation loads: it tells whether all of this runs here, and leaves it compiled.
    runs "$python" || does_not_run
    cp "$stage/pins" "$stage/tree/python/.pins" # what it was made of, for whoever asks later
    count_files "$stage/tree/python" >"$stage/tree/python/.files"
}

# What takes its time is to compile, so somebody else begins with the second half.
runs() {
    (cd / && exec "$1" -I -c 'import pyv.trust.client' >/dev/null 2>&1 </dev/null) &
    said=$(cd / && "$1" -I -c 'import pyv.cli.app, pyv.cli.installing, pyv.install.installer, pyv.trust.client
print("pyv", pyv.__version__)' 2>&1 </dev/null) || said="$said (exit status $?)"
    wait
    [ "$(last_line "$said")" = "pyv $version" ]
}

does_not_run() { die 1 "pyv does not run on this machine: $(last_line "$said")" "$other_ways"; }

# A tree that was restored from a cache by halves has too few.
count_files() { find "$1" -type f ! -name '*.pyc' ! -name .files | wc -l | tr -d ' '; }

place_checkout() {
    cp -R "$checkout/src/pyv" "$packages/" && mkdir "$packages/pyv/manifests" &&
        cp -R "$checkout/manifests/metadata" "$checkout/manifests/targets" "$packages/pyv/manifests/" &&
        cp "$checkout/scripts/install.sh" "$packages/pyv/mirror/" || return 1
    find "$packages/pyv" -name __pycache__ -prune -exec rm -rf {} +
    rm -f "$packages"/pyv/manifests/targets/*/*.*.json
}

# bin/pyv is written by the pyv it will start, under its lock: of two of these at once, the last one counts.
settle() {
    "$1" -I -c 'import sys
from pyv.environment import current
from pyv.reporting import guarded
from pyv.store.own import settle
environment = current()
sys.exit(guarded(lambda: settle(environment.root, *sys.argv[1:]), environment))' "$2" "$release" </dev/null
}

sweep() {
    for left in "$self"/.new-*; do
        [ -d "$left" ] || continue
        owner=${left##*-}
        case $left in
        *".new-$host-$owner")
            if [ "$owner" != $$ ] && { kill -0 "$owner" 2>/dev/null || [ -d "/proc/$owner" ]; }; then continue; fi
            ;;
        *) [ -n "$(find "$left" -prune -mtime +0 2>/dev/null)" ] || continue ;; # of another machine: a day is enough
        esac
        rm -rf "$left" 2>/dev/null || :
    done
    rm -rf "$self"/.old-* 2>/dev/null || :
}

uninstall() {
    for name in pyv pyenv; do
        mine=$(quoted "$self/")
        if grep -qF "_pyv_python=${mine%\'}" "$root/bin/$name" 2>/dev/null; then
            rm -f "$root/bin/$name" "$root/bin/.$name-init-"*
        fi
    done
    if ! [ -d "$self" ]; then
        say "there is no pyv in $self"
        return 0
    fi
    # The directory may be a mirror's too, or a person's own.
    for release in "$self"/[0-9]*-???????????? "$self"/.new-* "$self"/.old-*; do rm -rf "$release"; done
    rmdir "$self" 2>/dev/null || say "what is not pyv's in $self stays"
    if ! [ -d "$root/versions" ]; then # then nothing was ever installed: what is left is what every pyv makes
        rm -f "$root/shims/.shim" "$root/shims/.seen" "$root"/locks/*.lock
        rmdir "$root/shims" "$root/locks" 2>/dev/null || :
    fi
    rmdir "$root/bin" 2>/dev/null || :
    say "removed pyv from $root"
    rmdir "$root" 2>/dev/null || say "its versions and shims stay: rm -r $root removes them too"
}

main() {
    quiet='' from=${PYV_SELF_FROM:-} root=${PYV_ROOT:-} deed=install
    while [ $# -gt 0 ]; do
        case $1 in
        --from=* | --root=*)
            word=${1#*=}
            option=${1%%=*}
            shift
            set -- "$option" "$word" "$@"
            continue
            ;;
        --from | --root)
            [ -n "${2:-}" ] || die 2 "$1 needs a value" 'see --help'
            case $1 in --from) from=$2 ;; *) root=$2 ;; esac
            shift
            ;;
        --uninstall) deed=uninstall ;;
        --quiet | -q) quiet=yes ;;
        --version) deed=version ;;
        --help | -h) usage && exit 0 ;;
        *) die 2 "\`$1\` is no option of this script" 'see --help' ;;
        esac
        shift
    done
    unset CDPATH
    if [ -z "$root" ]; then
        [ -n "${HOME:-}" ] || die 1 "there is no home directory to put pyv's root into" 'set HOME, or give --root'
        root=$HOME/.pyv
    fi
    case $root in /*) ;; *) root=$(pwd)/$root ;; esac
    case $root in *:* | *'
'*) die 1 "the root $root cannot be put on PATH: its name has a colon or a line feed" 'give --root a directory without them' ;; esac
    if [ "$deed" = uninstall ]; then
        [ ! -d "$root" ] || root=$(cd "$root" && pwd)
        self=$root/self
        uninstall
        return 0
    fi
    find_sources
    if [ "$deed" = version ]; then
        echo "pyv $version"
        return 0
    fi
    install
}

install() {
    cd / # the directory this was started in may be closed to whoever runs it, and find minds
    find_tools
    find_triple
    mkdir -p "$root/self" 2>/dev/null || die 7 "cannot make $root/self" 'name a --root you may write to'
    root=$(cd "$root" && pwd)
    self=$root/self
    host=$(uname -n | tr -c 'A-Za-z0-9\n' _)
    sweep
    pinned=$(list_pins)
    release=$version-$( (printf '%s\n' "$pinned" && { [ -z "$checkout" ] || digest_source; }) | sha256 | cut -c 1-12)
    PYV_ROOT=$root
    export PYV_ROOT
    target=$self/$release
    if [ -d "$target" ]; then
        if [ "$(count_files "$target")" != "$(cat "$target/.files" 2>/dev/null)" ]; then
            say "pyv $version is not whole: it is installed anew"
            rm -rf "$target"
        elif stands; then
            say "pyv $version is there already: $root/bin/pyv"
            return 0
        elif runs "$target/bin/python3"; then # the root was moved, or bin/pyv starts another one
            settle "$target/bin/python3" '' || exit $?
            tell
            return 0
        else
            rm -rf "$target"
        fi
    fi
    stage=$self/.new-$host-$$
    trap 'rm -rf "$stage"' EXIT
    trap 'exit 129' HUP
    trap 'exit 130' INT
    trap 'exit 143' TERM
    mkdir -m 700 "$stage" 2>/dev/null || die 7 "cannot make a directory in $self" 'name a --root you may write to'
    printf '%s\n' "$pinned" >"$stage/pins"
    bring_interpreter
    bring_wheels
    place
    settle "$python" "$stage/tree/python" || exit $?
    tell
}

quoted() { printf "'%s'\n" "$(printf '%s\n' "$1" | sed "s/'/'\\\\''/g")"; }

# Whether bin/pyv starts this release.
stands() {
    grep -qxF "_pyv_root=$(quoted "$root")" "$root/bin/pyv" 2>/dev/null &&
        grep -qxF "_pyv_python=$(quoted "$target/bin/python3")" "$root/bin/pyv"
}

tell() {
    say "installed pyv $version: $root/bin/pyv"
    case ":$PATH:" in *":$root/bin:"*) return 0 ;; esac
    case $root in
    *[!A-Za-z0-9/._+@%-]*)
        say "to use it here:   export PATH=$(quoted "$root/bin"):\"\$PATH\""
        say "in every shell:   $(quoted "$root/bin/pyv") init --install"
        ;;
    *)
        say "to use it here:   export PATH=\"$root/bin:\$PATH\""
        say "in every shell:   $root/bin/pyv init --install"
        ;;
    esac
}

main "$@"
