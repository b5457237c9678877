"""Forms with files: one spelling, read in any pieces, never more kept than may be attached."""

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openline.desk.pages import multipart
from openline.desk.pages.form_files import names, short, without_file
from openline.desk.pages.multipart import Garbled, Parts, Posted, boundary_of
from openline.formats import openjson
from openline.formats.attachment import FILE_BYTES_MAX, Attached

MARK = "----WebKitFormBoundaryAbc"


def field(name: str, value: str) -> bytes:
    head = f'--{MARK}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n'
    return head.encode() + value.encode() + b"\r\n"


def file(name: str, filename: str, data: bytes) -> bytes:
    head = (
        f'--{MARK}\r\nContent-Disposition: form-data; name="{name}"; filename="{filename}"\r\n'
        "Content-Type: text/html\r\n\r\n"
    )
    return head.encode() + data + b"\r\n"


def body(*parts: bytes) -> bytes:
    return b"".join(parts) + f"--{MARK}--\r\n".encode()


def read(data: bytes, cuts: list[int] | None = None, *, is_keeping: bool = True) -> Posted:
    parts = Parts(MARK.encode(), is_keeping=is_keeping)
    places = sorted({0, len(data), *(each % (len(data) + 1) for each in cuts or [])})
    for begin, end in pairwise(places):
        parts.feed(data[begin:end])
    return parts.end()


WHOLE = body(
    field("form", "secret"),
    field("f.subject", "a\r\nb"),
    file("a.photos", "drone %22one%22.jpg", b"\r\n--" + MARK[:-1].encode() + b"\xff\0"),
    file("a.photos", "", b""),
)


@given(st.lists(st.integers(0, 10_000), max_size=40))
def test_a_form_reads_the_same_however_its_bytes_come(cuts: list[int]) -> None:
    found = read(WHOLE, cuts)
    assert found.fields == {"form": "secret", "f.subject": "a\nb"}
    (upload,) = found.files
    assert (upload.at, upload.name) == ("a.photos", 'drone "one".jpg')
    assert upload.data == b"\r\n--" + MARK[:-1].encode() + b"\xff\0"


def test_of_a_file_that_is_too_long_its_length_is_told_and_nothing_is_kept() -> None:
    taken: list[int] = []
    parts = Parts(MARK.encode(), is_keeping=True, take=taken.append)
    long = bytes(FILE_BYTES_MAX + 1)
    parts.feed(body(file("a.x", "long", long), file("a.x", "short", b"ok"), field("z", "kept")))
    found = parts.end()
    assert [(each.size, each.data) for each in found.files] == [(len(long), None), (2, b"ok")]
    assert found.fields == {"z": "kept"}
    assert sum(taken) <= FILE_BYTES_MAX + 2


def test_files_of_one_form_are_bounded_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(multipart, "FILES_BYTES_MAX", 10)
    found = read(body(file("a.x", "1", b"12345678"), file("a.x", "2", b"1234"),
                      file("a.x", "3", b"12")))  # fmt: skip
    assert [each.data for each in found.files] == [b"12345678", None, b"12"]


def test_a_strangers_file_is_read_over_and_named() -> None:
    found = read(WHOLE, is_keeping=False)
    assert [(each.name, each.data) for each in found.files] == [('drone "one".jpg', None)]
    assert found.fields["form"] == "secret"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        WHOLE[:-4],
        WHOLE[: len(WHOLE) // 2],
        WHOLE + b"more",
        b"preamble\r\n" + WHOLE,
        WHOLE.replace(b"form-data; ", b"form-data;", 1),
        WHOLE.replace(b"form-data", b"attachment", 1),
        WHOLE.replace(b'name="form"', b"name=form", 1),
        WHOLE.replace(b"Content-Type", b"Content-Transfer-Encoding", 1),
        WHOLE.replace(b"secret", b"\xff\xfe", 1),
        WHOLE.replace(MARK.encode() + b"\r\n", MARK.encode() + b"x\r\n", 1),
        body(field("form", "a"), field("form", "b")),
        body(field("x" * 9_000, "a")),
        body(field("x", "y" * (multipart.FIELDS_BYTES_MAX + 1))),
        body(*(field(f"f{n}", "") for n in range(multipart.PARTS_MAX + 1))),
    ],
    ids=range(15),
)
def test_what_no_browser_sends_is_refused(data: bytes) -> None:
    with pytest.raises(Garbled):
        read(data)


@pytest.mark.parametrize("kind", ["multipart/form-data", "multipart/mixed; boundary=a",
                                  "multipart/form-data; boundary=", "text/plain; boundary=a",
                                  "multipart/form-data; boundary=a; boundary=b",
                                  f"multipart/form-data; boundary={'a' * 71}"])  # fmt: skip
def test_a_boundary_is_named_once(kind: str) -> None:
    assert boundary_of("multipart/form-data; boundary=" + MARK) == MARK.encode()
    assert boundary_of(f'multipart/form-data; boundary="{MARK}"') == MARK.encode()
    with pytest.raises(Garbled):
        boundary_of(kind)


def test_the_third_of_three_files_is_taken_out_and_a_fourth_is_none() -> None:
    typed = {"f.photos": "a\nb\nc", "f.place": "x"}
    assert without_file(typed, "photos.3") == {"f.photos": "a\nb", "f.place": "x"}
    for place in ("photos.4", "photos.0", "photos.", "photos.x", "nothing"):
        assert without_file(typed, place)["f.photos"] == "a\nb\nc"


def test_two_texts_side_by_side_name_their_files_and_show_no_hashes() -> None:
    files = [Attached(name, 400, bytes(32), bytes(32)) for name in ("plate.jpg", "report.pdf")]
    files[1] = replace(files[1], age=b"x" * 32)
    held = "\n".join(openjson.encode(each.value()).decode() for each in files)
    assert names(held + "\nnot a file") == "plate.jpg\nreport.pdf"


def test_a_name_in_a_refusal_turns_nothing_around_it() -> None:
    assert "\u202e" not in short("a\u202eb") and len(short("x" * 500)) <= 80
