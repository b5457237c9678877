"""Tiles: the published paths, and files from which the whole tree can be computed again."""

import struct

import pytest

from openline.formats.head import Head
from openline.formats.note import Note, Signature
from openline.record.tiles import LeafTooLong, export_tiles, tile_number, tile_path
from openline.record.tree import EMPTY, BadProof, leaf_hash, root_of
from tests.record.builder import NORTH, World
from tests.vectors import load

STRANGER = (Signature("log.example", b"abcd", b"anything"),)


def unsigned_note(leaves: list[bytes]) -> bytes:
    root = EMPTY.extend([leaf_hash(leaf) for leaf in leaves]).root
    return Note(Head("log.example", len(leaves), root).text(), STRANGER).encode()


def exported(size: int) -> tuple[list[bytes], dict[str, bytes]]:
    leaves = [b"leaf %d" % i for i in range(size)]
    pairs = list(export_tiles(leaves, unsigned_note(leaves)))
    files = dict(pairs)
    assert len(files) == len(pairs), "no path occurs twice"
    return leaves, files


def split_bundle(data: bytes) -> list[bytes]:
    entries = []
    while data:
        (length,) = struct.unpack_from(">H", data)
        entries.append(data[2 : 2 + length])
        data = data[2 + length :]
    return entries


def test_tile_numbers_are_the_published_ones() -> None:
    for number, path in load("notes")["tile_paths"].items():
        assert tile_number(int(number)) == path


@pytest.mark.parametrize("size", [0, 1, 255, 256, 257, 511, 512, 700])
def test_bundles_give_the_leaves_and_tiles_their_hashes(size: int) -> None:
    leaves, files = exported(size)
    read: list[bytes] = []
    hashes: list[bytes] = []
    for number in range((size + 255) // 256):
        width = min(256, size - 256 * number)
        read += split_bundle(files[tile_path("entries", number, width)])
        tile = files[tile_path("0", number, width)]
        assert len(tile) == 32 * width
        hashes += [tile[i : i + 32] for i in range(0, len(tile), 32)]
    assert read == leaves
    assert hashes == [leaf_hash(leaf) for leaf in leaves]
    full = size // 256
    if full:
        above = files[tile_path("1", 0, full)]
        assert above == b"".join(root_of(hashes[256 * i : 256 * i + 256]) for i in range(full))
    assert set(files) == {
        "checkpoint",
        *(tile_path(kind, i) for kind in ("entries", "0") for i in range(full)),
        *(tile_path(kind, full, size % 256) for kind in ("entries", "0") if size % 256),
        *([tile_path("1", 0, full)] if full else []),
    }


def test_a_full_tile_of_tiles_goes_two_levels_up() -> None:
    leaves, files = exported(65_536 + 1)
    assert len(files["tile/1/000"]) == 8192
    assert files["tile/2/000.p/1"] == root_of([leaf_hash(leaf) for leaf in leaves[:65_536]])
    assert files["tile/0/256.p/1"] == leaf_hash(leaves[-1])
    assert "tile/1/001.p/1" not in files, "a partial tile is never hashed upward"


def test_a_real_log_ends_with_its_checkpoint() -> None:
    log = World().log(NORTH)
    leaves = [entry.leaf.encode() for entry in log.entries]
    *_, last = export_tiles(leaves, log.note())
    assert last == ("checkpoint", log.note()) or last[0] == "checkpoint"


def test_leaves_that_are_not_those_of_the_checkpoint_yield_no_checkpoint() -> None:
    leaves = [b"leaf %d" % i for i in range(300)]
    note = unsigned_note(leaves)
    for wrong in (leaves[:-1], [*leaves, b"more"], [b"other", *leaves[1:]]):
        paths = []
        with pytest.raises(BadProof):
            for path, _ in export_tiles(wrong, note):
                paths.append(path)
        assert "checkpoint" not in paths


def test_a_leaf_too_long_for_a_bundle_is_refused() -> None:
    leaves = [bytes(65_536)]
    with pytest.raises(LeafTooLong):
        list(export_tiles(leaves, unsigned_note(leaves)))
