"""Key files: two kinds of key, encrypted or not, and nothing else."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, rsa, x25519

from pyv.errors import DocumentError, PyvError, TrustError
from pyv.trust.pem import ECDSA, ED25519, PrivateKey, from_pem, generate, public_from_pem, public_pem, to_pem

PEM, PKCS8 = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
PLAIN = serialization.NoEncryption()
FOREIGN: dict[str, Callable[[], rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey]] = {
    "rsa": lambda: rsa.generate_private_key(65537, 2048),
    "p-384": lambda: ec.generate_private_key(ec.SECP384R1()),
    "p-521": lambda: ec.generate_private_key(ec.SECP521R1()),
    "secp256k1": lambda: ec.generate_private_key(ec.SECP256K1()),
}
NO_PRIVATE = "root.pem: not an Ed25519 or P-256 private key in PKCS#8 PEM form"
NO_PUBLIC = "root.pub: not an Ed25519 or P-256 public key in PEM form"


def never(document: str) -> bytes | None:
    raise AssertionError(f"nobody is to be asked for the passphrase of {document}")


def raw(private: PrivateKey) -> bytes:
    return private.private_bytes(serialization.Encoding.DER, PKCS8, PLAIN)


@pytest.mark.parametrize("kind", [ED25519, ECDSA])
def test_a_key_survives_its_file(kind: str) -> None:
    key = generate(kind)
    text = to_pem(key)
    assert text.startswith(b"-----BEGIN PRIVATE KEY-----\n")
    assert raw(from_pem(text, "root.pem", never)) == raw(key)
    public = public_from_pem(public_pem(key.public_key()), "root.pub")
    assert public_pem(public) == public_pem(key.public_key())


def test_kinds() -> None:
    assert isinstance(generate(), ed25519.Ed25519PrivateKey)
    key = generate(ECDSA)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    assert isinstance(key.curve, ec.SECP256R1)


@pytest.mark.parametrize("kind", [ED25519, ECDSA])
def test_an_encrypted_key_opens_with_its_passphrase_only(kind: str) -> None:
    key, asked = generate(kind), []
    text = to_pem(key, "pässword ".encode())
    assert text.startswith(b"-----BEGIN ENCRYPTED PRIVATE KEY-----\n")
    assert raw(key)[-32:] not in text

    def answer(passphrase: bytes | None) -> Callable[[str], bytes | None]:
        def ask(document: str) -> bytes | None:
            asked.append(document)
            return passphrase

        return ask

    assert raw(from_pem(text, "root.pem", answer("pässword ".encode()))) == raw(key)
    for wrong in (b"password ", "pässword".encode(), b""):
        with pytest.raises(TrustError) as caught:
            from_pem(text, "root.pem", answer(wrong))
        assert caught.value.message == "root.pem: the passphrase is wrong, or the file is damaged"
    with pytest.raises(TrustError, match="root.pem: the key is encrypted, and there is no passphrase"):
        from_pem(text, "root.pem")
    assert asked == ["root.pem"] * 4


def test_a_damaged_file_of_an_encrypted_key() -> None:
    lines = to_pem(generate(), b"secret").splitlines(keepends=True)
    for damaged in ([*lines[:2], *lines[3:]], [*lines[:-1]], [lines[0], lines[-1]]):
        with pytest.raises(TrustError, match="or the file is damaged") as caught:
            from_pem(b"".join(damaged), "root.pem", lambda _: b"secret")
        assert "secret" not in f"{caught.value.message}{caught.value.hint}{caught.value.fields}"


def test_the_same_key_is_never_encrypted_twice_alike() -> None:
    key = generate()
    assert to_pem(key, b"secret") != to_pem(key, b"secret")


@pytest.mark.parametrize("kind", FOREIGN)
def test_another_kind_of_key_is_refused(kind: str) -> None:
    key = FOREIGN[kind]()
    with pytest.raises(DocumentError) as caught:
        from_pem(key.private_bytes(PEM, PKCS8, PLAIN), "root.pem", never)
    assert caught.value.message == NO_PRIVATE
    encrypted = key.private_bytes(PEM, PKCS8, serialization.BestAvailableEncryption(b"secret"))
    with pytest.raises(DocumentError) as caught:
        from_pem(encrypted, "root.pem", lambda _: b"secret")
    assert caught.value.message == NO_PRIVATE
    public = key.public_key().public_bytes(PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    with pytest.raises(DocumentError) as caught:
        public_from_pem(public, "root.pub")
    assert caught.value.message == NO_PUBLIC


@pytest.mark.parametrize("key", [ed448.Ed448PrivateKey.generate(), x25519.X25519PrivateKey.generate()])
def test_a_relative_of_ed25519_is_refused(key: ed448.Ed448PrivateKey | x25519.X25519PrivateKey) -> None:
    with pytest.raises(DocumentError, match="root.pem: not an Ed25519 or P-256 private key"):
        from_pem(key.private_bytes(PEM, PKCS8, PLAIN), "root.pem", never)


@pytest.mark.parametrize("how", ["empty", "nothing", "public", "der", "traditional", "openssh", "cut", "zeros"])
def test_what_is_no_key_file(how: str) -> None:
    key = generate(ECDSA)
    content = {
        "empty": b"",
        "nothing": b"\x00\xff no key at all\n",
        "public": public_pem(key.public_key()),
        "der": raw(key),
        "traditional": key.private_bytes(PEM, serialization.PrivateFormat.TraditionalOpenSSL, PLAIN),
        "openssh": key.private_bytes(PEM, serialization.PrivateFormat.OpenSSH, PLAIN),
        "cut": to_pem(key)[:60],
        "zeros": b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
    }[how]
    with pytest.raises(PyvError) as caught:
        from_pem(content, "root.pem", never)
    assert (type(caught.value), caught.value.message) == (DocumentError, NO_PRIVATE)


@pytest.mark.parametrize("content", [b"", b"no key\n", to_pem(generate()), to_pem(generate(), b"secret")])
def test_what_is_no_public_key_file(content: bytes) -> None:
    """A private key that was named by mistake is not taken for its public half."""
    with pytest.raises(DocumentError) as caught:
        public_from_pem(content, "root.pub")
    assert caught.value.message == NO_PUBLIC
