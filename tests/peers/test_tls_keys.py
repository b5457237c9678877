"""A card pins the TLS key of an address: whoever answers there with another key learns nothing."""

import asyncio
import contextlib
import datetime
import ssl
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from hypothesis import given
from hypothesis import strategies as st

from openline.envelope.tls_key import CERTIFICATE_BYTES_MAX, NotACertificate, pin_of
from openline.exchange.peer.client import OtherKey, PeerClient, Unreachable
from openline.formats.spell import b64
from openline.watch.links import pins_of
from tests.peers.conftest import CH, US, Wire, eventually, on, station_of

ANSWER = b"HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\nyes"


@dataclass
class Certificate:
    """A TLS key with a certificate that no authority signed."""

    file: Path
    pem: bytes
    public: bytes

    @property
    def context(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.file)
        return context


def certificate(file: Path) -> Certificate:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    pem = made.public_bytes(Encoding.PEM)
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    file.write_bytes(private + pem)
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return Certificate(file, pem, public)


@dataclass
class Proxy:
    """What ends TLS in front of a node, with a key that can be changed; counts what it is told."""

    shown: Certificate
    behind: int | None = None
    heard: int = 0
    port: int = 0
    _open: set[asyncio.StreamWriter] = field(default_factory=set)
    _loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.new_event_loop)
    _server: asyncio.Server | None = None

    @property
    def url(self) -> str:
        return f"https://localhost:{self.port}"

    def shows(self, other: Certificate) -> None:
        """Present another key from now on; connections that stand are cut."""
        self.shown = other
        asyncio.run_coroutine_threadsafe(self._listen(), self._loop).result(10)

    def ends(self) -> None:
        asyncio.run_coroutine_threadsafe(self._cut(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)

    async def _cut(self) -> None:
        if self._server is not None:
            self._server.close()
        for writer in list(self._open):
            writer.transport.abort()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        await asyncio.gather(*others, return_exceptions=True)

    async def _listen(self) -> None:
        await self._cut()
        self._server = await asyncio.start_server(
            self._serve, "127.0.0.1", self.port, ssl=self.shown.context
        )
        self.port = self._server.sockets[0].getsockname()[1]

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open.add(writer)
        with contextlib.suppress(OSError, ssl.SSLError):
            if self.behind is None:
                self.heard += len(await reader.readuntil(b"\r\n\r\n"))
                writer.write(ANSWER)
            else:
                back, forth = await asyncio.open_connection("127.0.0.1", self.behind)
                self._open.add(forth)
                await asyncio.gather(self._copy(reader, forth), self._copy(back, writer))
        self._open.discard(writer)
        writer.close()

    async def _copy(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while part := await reader.read(65_536):
            self.heard += len(part)
            writer.write(part)
            await writer.drain()
        writer.close()


@contextlib.contextmanager
def proxied(shown: Certificate, behind: int | None = None) -> Iterator[Proxy]:
    proxy = Proxy(shown, behind)
    thread = threading.Thread(target=proxy._loop.run_forever)
    thread.start()
    try:
        proxy.shows(shown)
        yield proxy
    finally:
        proxy.ends()
        thread.join()
        proxy._loop.close()


@pytest.fixture(scope="module")
def theirs(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return certificate(tmp_path_factory.mktemp("theirs") / "key.pem")


@pytest.fixture(scope="module")
def strange(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return certificate(tmp_path_factory.mktemp("strange") / "key.pem")


async def asked(url: str, *pins: bytes) -> bytes:
    client = PeerClient()
    try:
        return await client.post(url, "/", b"what is told", pins)
    finally:
        await client.close()


def last_error(wire: Wire, at: str, peer: str) -> str:
    """What the board of a node says of its link to a peer."""
    return str({row["peer"]: row for row in wire[at].call("board")["links"]}[peer]["last_error"])


def test_a_pinned_key_is_taken_without_an_authority_and_another_hears_nothing(
    theirs: Certificate, strange: Certificate
) -> None:
    pin, next_pin = pin_of(theirs.pem), pin_of(strange.public)
    with proxied(theirs) as proxy:
        assert asyncio.run(asked(proxy.url, next_pin, pin)) == ANSWER[-3:]
        heard = proxy.heard
        with pytest.raises(Unreachable):  # no pin, and no authority vouches for it
            asyncio.run(asked(proxy.url))
        with pytest.raises(OtherKey):
            asyncio.run(asked(proxy.url, next_pin))
        assert proxy.heard == heard > 0


def test_a_message_waits_while_another_key_answers_at_the_address_on_a_card(
    wire: Wire, theirs: Certificate, strange: Certificate
) -> None:
    with proxied(theirs, wire.ports[US]) as proxy:
        try:
            moved = wire[US].call("party_move", urls=[proxy.url], pins=[b64(pin_of(theirs.pem))])
            assert moved["pins"] == [b64(pin_of(theirs.pem))]
            wire[US].call("settle", parties=[CH], hello=[CH])
            station = station_of(wire[CH])
            eventually(lambda: on(wire[CH], pins_of, station, US) == (pin_of(theirs.pem),))
            through = wire.say(CH, "through the proxy")
            eventually(lambda: wire.receipt_of(CH, through, US))

            proxy.shows(strange)
            heard = proxy.heard
            held_back = wire.say(CH, "not for strangers")
            eventually(lambda: "another TLS key" in last_error(wire, CH, US))
            assert proxy.heard == heard
            assert not wire.receipt_of(CH, held_back, US)

            proxy.shows(theirs)
            eventually(lambda: wire.receipt_of(CH, held_back, US), 40)
        finally:
            wire[US].call("party_move", urls=[f"http://127.0.0.1:{wire.ports[US]}"], pins=[])


def test_a_move_says_nothing_of_keys_where_nothing_was_said_of_them(
    wire: Wire, theirs: Certificate
) -> None:
    pin = b64(pin_of(theirs.pem))
    urls = [f"http://127.0.0.1:{wire.ports[US]}"]
    assert wire[US].call("party_move", urls=urls, pins=[pin])["pins"] == [pin]
    assert wire[US].call("party_move", urls=urls)["pins"] == [pin]
    assert wire[US].call("party_move", urls=urls, pins=[])["pins"] == []


def test_the_pin_of_a_certificate_is_that_of_its_key(theirs: Certificate) -> None:
    assert pin_of(theirs.pem) == pin_of(theirs.public)


@given(st.binary(max_size=300) | st.just(b"x" * (CERTIFICATE_BYTES_MAX + 1)))
def test_what_is_no_certificate_is_refused_by_name(junk: bytes) -> None:
    for pem in (
        junk,
        b"-----BEGIN PUBLIC KEY-----\n" + junk,
        b"-----BEGIN CERTIFICATE-----" + junk,
    ):
        with pytest.raises(NotACertificate):
            pin_of(pem)
