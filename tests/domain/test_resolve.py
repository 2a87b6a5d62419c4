"""Resolution: which artifact answers, and what the refusals say."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyv.domain.artifact import FLAVORS, Artifact
from pyv.domain.request import parse_request
from pyv.domain.resolve import Preferences, resolve
from pyv.domain.triple import PUBLISHED, Host, refusal, runnable_triples
from pyv.errors import ResolutionError

GNU = "x86_64-unknown-linux-gnu"
HOST = Host(os="linux", arch="x86_64", libc="gnu", libc_version=(2, 36), level=3)


def artifact(
    version: str, build: str = "20240224", flavor: str = "install_only_stripped", options: str = "", triple: str = GNU
) -> Artifact:
    return Artifact(version=version, triple=triple, flavor=flavor, options=options, build=build, sha256="0" * 64)


INDEX = [
    artifact("3.11.9", "20240415"),
    artifact("3.12.2", "20240224"),
    artifact("3.12.2", "20240224", "install_only"),
    artifact("3.12.2", "20240107", "install_only"),
    artifact("3.12.3", "20240415", "install_only"),
    artifact("3.12.3", "20240107"),
    artifact("3.13.0rc2", "20240909"),
    artifact("3.13.1", "20250115"),
    artifact("3.13.1", "20250115", "full", "freethreaded+pgo+lto"),
    artifact("3.13.1", "20250115", "full", "freethreaded+noopt"),
    artifact("3.13.1", "20250115", "full", "debug"),
    artifact("3.14.0rc1", "20250814"),
    artifact("3.10.20", "20250323"),
    artifact("3.10.20", "20251031"),
    artifact("3.9.2", "20210724", "full", "static+noopt"),
]  # fmt: skip


def chosen(text: str, *, host: Host = HOST, flavor: str | None = None, build: str | None = None) -> str:
    wanted = Preferences(triple=GNU, flavor=flavor, build=build)
    return resolve(parse_request(text), INDEX, host, wanted).artifact.name.replace(f"-{GNU}", "")


@pytest.mark.parametrize(
    ("request_text", "name"),
    [
        ("3", "cpython-3.13.1+20250115-install_only_stripped"),
        ("latest", "cpython-3.13.1+20250115-install_only_stripped"),
        ("3.12", "cpython-3.12.3+20240415-install_only"),
        ("3.12.2", "cpython-3.12.2+20240224-install_only_stripped"),
        ("3.12.2+20240107", "cpython-3.12.2+20240107-install_only"),
        (">=3.11,<3.12.3", "cpython-3.12.2+20240224-install_only_stripped"),
        ("3.13t", "cpython-3.13.1+20250115-freethreaded+pgo+lto-full"),
        ("3.13.1d", "cpython-3.13.1+20250115-debug-full"),
        ("3.14.0rc1", "cpython-3.14.0rc1+20250814-install_only_stripped"),
        ("3.10", "cpython-3.10.20+20250323-install_only_stripped"),
        ("3.9.2+20210724", "cpython-3.9.2+20210724-static+noopt-full"),
    ],
)
def test_chosen(request_text: str, name: str) -> None:
    assert chosen(request_text) == name


def test_tag_20250323_is_of_march_2026() -> None:
    assert chosen("3.10.20") == "cpython-3.10.20+20250323-install_only_stripped"


def test_flavor_and_build_narrow() -> None:
    assert chosen("3.12.2", flavor="install_only") == "cpython-3.12.2+20240224-install_only"
    assert chosen("3.12", build="20240107") == "cpython-3.12.3+20240107-install_only_stripped"


@pytest.mark.parametrize(
    ("request_text", "preferences", "message", "hint"),
    [
        ("3.8", {}, f"no build of `3.8` for {GNU}", "there is 3.13.1, 3.12.3, 3.12.2, 3.11.9, 3.10.20"),
        ("3.12.9", {}, f"no build of `3.12.9` for {GNU}", "there is 3.12.3, 3.12.2"),
        ("3.14", {}, f"no build of `3.14` for {GNU}", "there is 3.14.0rc1"),
        ("3.12t", {}, f"no freethreaded build of `3.12t` for {GNU}", "there is 3.12.3, 3.12.2"),
        ("3.12.2+20200101", {}, f"no build 20200101 of `3.12.2+20200101` for {GNU}", "there is 3.12.2+20240224, 3.12.2+20240107"),
        ("3.13.1", {"flavor": "install_only"}, f"no install_only archive of `3.13.1` for {GNU}", "there is install_only_stripped"),
        ("3.9", {}, f"only static builds of `3.9` for {GNU}", "there is 3.9.2+20210724"),
    ],
)  # fmt: skip
def test_no_match_names_what_there_is(request_text: str, preferences: dict[str, str], message: str, hint: str) -> None:
    with pytest.raises(ResolutionError) as caught:
        chosen(request_text, flavor=preferences.get("flavor"))
    assert (caught.value.message, caught.value.hint) == (message, hint)
    assert caught.value.exit_code == 3


def test_an_empty_index_says_where_to_look() -> None:
    with pytest.raises(ResolutionError) as caught:
        resolve(parse_request("3.12"), [], HOST, Preferences(triple=GNU))
    assert caught.value.hint == "see what there is with `pyv available`"


REFUSALS = [
    (Host(os="linux", arch="x86_64", libc="gnu", libc_version=(2, 12)), GNU, "it needs glibc 2.17, this host has 2.12"),
    (Host(os="linux", arch="x86_64", libc="gnu"), GNU, "it needs glibc 2.17, this host has an unknown version"),
    (Host(os="linux", arch="riscv64", libc="gnu", libc_version=(2, 27)), "riscv64-unknown-linux-gnu",
     "it needs glibc 2.28, this host has 2.27"),
    (Host(os="linux", arch="x86_64", libc="musl"), GNU, "it is built for gnu, this host has musl"),
    (Host(os="linux", arch="x86_64"), GNU, "it is built for gnu, this host has no libc that pyv knows"),
    (HOST, "x86_64-unknown-linux-musl", "it is built for musl, this host has gnu"),
    (HOST, "x86_64_v4-unknown-linux-gnu", "it needs a CPU of level x86-64-v4, this one is v3"),
    (HOST, "aarch64-unknown-linux-gnu", "it is built for aarch64, this host is x86_64"),
    (HOST, "x86_64-apple-darwin", "it is built for darwin, this host is linux"),
    (Host(os="darwin", arch="aarch64", os_version=(10, 15)), "aarch64-apple-darwin", "it needs macOS 11.0, this host has 10.15"),
    (Host(os="darwin", arch="x86_64", os_version=(10, 14)), "x86_64-apple-darwin", "it needs macOS 10.15, this host has 10.14"),
    (HOST, "aarch64_v3-unknown-linux-gnu", "`aarch64_v3-unknown-linux-gnu` is not a triple such as `x86_64-unknown-linux-gnu`"),
    (HOST, "nonsense", "`nonsense` is not a triple such as `x86_64-unknown-linux-gnu`"),
]  # fmt: skip


@pytest.mark.parametrize(("host", "triple", "reason"), REFUSALS)
def test_a_host_refuses_what_it_cannot_run(host: Host, triple: str, reason: str) -> None:
    assert refusal(triple, host) == reason


def test_the_refusal_comes_before_any_download_with_the_reason() -> None:
    old = Host(os="linux", arch="x86_64", libc="gnu", libc_version=(2, 12))
    with pytest.raises(ResolutionError) as caught:
        chosen("3.12", host=old)
    assert caught.value.message == (
        f"`3.12` has builds for {GNU}, but this host cannot run them: it needs glibc 2.17, this host has 2.12"
    )
    assert caught.value.hint == f"this host runs {GNU}"


def test_what_a_host_runs() -> None:
    assert runnable_triples(HOST) == [GNU, "x86_64_v2-unknown-linux-gnu", "x86_64_v3-unknown-linux-gnu"]
    assert runnable_triples(Host(os="darwin", arch="aarch64")) == ["aarch64-apple-darwin"]
    assert runnable_triples(Host(os="windows", arch="x86_64")) == ["x86_64-pc-windows-msvc"]
    assert all(refusal(triple, HOST) is None for triple in runnable_triples(HOST))
    assert set(runnable_triples(HOST)) <= set(PUBLISHED)


ARTIFACTS = st.lists(
    st.builds(
        artifact,
        st.builds(lambda minor, patch, pre: f"3.{minor}.{patch}{pre}", st.integers(8, 13), st.integers(0, 3), st.sampled_from(["", "", "rc1"])),
        st.sampled_from(["20240107", "20240224", "20250323", "20251031"]),
        st.sampled_from(FLAVORS),
        st.sampled_from(["", "freethreaded", "debug", "freethreaded+pgo+lto", "static"]),
    ),
    max_size=30,
)  # fmt: skip


@given(
    ARTIFACTS,
    st.sampled_from(["3", "3.12", "3.12.1", "3.13t", "3.13.0rc1", ">=3.9,<3.12", "latest", "3.12d", "3.9+20240107"]),
)
def test_the_answer_fits_the_request_and_nothing_beats_it(artifacts: list[Artifact], text: str) -> None:
    request = parse_request(text)
    try:
        best = resolve(request, artifacts, HOST, Preferences(triple=GNU)).artifact
    except ResolutionError:
        fitting = [a for a in artifacts if request.accepts(a.parsed_version) and a.variant == request.variant]
        assert all(a.is_static if request.build is None else a.build != request.build for a in fitting)
        return
    assert best.variant == request.variant
    assert request.accepts(best.parsed_version)
    assert request.stage or not best.parsed_version.is_prerelease
    rivals = [
        a
        for a in artifacts
        if request.accepts(a.parsed_version)
        and a.variant == request.variant
        and (a.build == request.build if request.build else not a.is_static)
    ]
    assert best.parsed_version == max(a.parsed_version for a in rivals)
    newest = [a for a in rivals if a.parsed_version == best.parsed_version]
    assert best.date == max(a.date for a in newest)
    first = [a for a in newest if a.date == best.date]
    assert FLAVORS.index(best.flavor) == min(FLAVORS.index(a.flavor) for a in first)


@given(ARTIFACTS, st.randoms())
def test_the_order_of_records_does_not_matter(artifacts: list[Artifact], random: Random) -> None:
    shuffled = list(artifacts)
    random.shuffle(shuffled)
    results = []
    for records in (artifacts, shuffled):
        try:
            results.append(resolve(parse_request("3"), records, HOST, Preferences(triple=GNU)).artifact.name)
        except ResolutionError as error:
            results.append(error.message)
    assert results[0] == results[1]
