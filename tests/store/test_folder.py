"""A node's home: its places, its rights, its lock, its disk."""

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

from openline.store.contract import StoreFull
from openline.store.durable import make_folder, named_os, replace_file, sync_folder
from openline.store.faults import DiskFailed, StoreReadOnly
from openline.store.folder import (
    Home,
    HomeExposed,
    HomeInUse,
    HomeLock,
    MemoryDisk,
    NoHome,
    file_system,
    free_reserve,
    keep_reserve,
    make_home,
    open_home,
    refuse_memory_disk,
)
from tests.store.test_opening import run_python

MOUNTS = r"""22 1 254:0 / / rw,relatime - ext4 /dev/vda rw
23 22 0:20 / /dev/shm rw shared:3 - tmpfs tmpfs rw,size=24684092k
24 22 0:21 / /srv/with\040space rw - ramfs none rw
25 22 0:22 / /srv/layers rw - overlay overlay rw,lowerdir=/a,upperdir=/b,volatile
26 22 0:23 / /srv/image rw - overlay overlay rw,lowerdir=/a,upperdir=/b
27 22 0:24 / /srv/twice rw - tmpfs tmpfs rw
28 27 254:1 / /srv/twice rw master:1 propagate_from:2 - xfs /dev/vdb rw
not a line of mountinfo
"""


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return make_home(tmp_path / "home", memory_disk_allowed=True)


def test_a_home_is_made_for_its_owner_only_and_made_again_without_change(home: Home) -> None:
    assert {oct(folder.stat().st_mode & 0o777) for folder in home.folders} == {"0o700"}
    assert home.reserve.stat().st_mode & 0o777 == 0o600
    home.keyring.write_bytes(b"seeds")
    home.keyring.chmod(0o600)
    again = make_home(home.root, memory_disk_allowed=True)
    assert again == home and home.keyring.read_bytes() == b"seeds"
    places = [home.database, home.views, home.journal, home.config, home.socket]
    assert [str(place.relative_to(home.root)) for place in places] == [
        "data/openline.db", "data/views.db", "anchor/journal", "openline.toml", "node.sock"
    ]  # fmt: skip


def test_the_rights_do_not_depend_on_the_umask(tmp_path: Path) -> None:
    old = os.umask(0)
    try:
        home = make_home(tmp_path / "open", memory_disk_allowed=True)
        replace_file(home.keyring, b"seeds")
    finally:
        os.umask(old)
    assert {oct(folder.stat().st_mode & 0o777) for folder in home.folders} == {"0o700"}
    assert home.keyring.stat().st_mode & 0o777 == 0o600


def test_a_missing_home_is_named(tmp_path: Path, home: Home) -> None:
    with pytest.raises(NoHome, match="elsewhere"):
        open_home(tmp_path / "elsewhere")
    home.officers.rmdir()
    with pytest.raises(NoHome, match="officers"):
        open_home(home.root, memory_disk_allowed=True)


def test_keys_that_others_can_read_are_refused(home: Home) -> None:
    replace_file(home.keyring, b"seeds", 0o640)
    with pytest.raises(HomeExposed, match="keyring"):
        open_home(home.root, memory_disk_allowed=True)
    home.keyring.chmod(0o600)
    home.keys.chmod(0o711)
    with pytest.raises(HomeExposed, match="keys"):
        open_home(home.root, memory_disk_allowed=True)


def test_two_nodes_do_not_work_on_one_folder(home: Home) -> None:
    with HomeLock(home):
        with pytest.raises(HomeInUse, match=str(os.getpid())) as caught:
            HomeLock(home)
        assert caught.value.pid == os.getpid()
    with HomeLock(home) as lock:
        lock.release()
        HomeLock(home).release()


def test_the_lock_ends_with_its_process_even_a_killed_one(home: Home) -> None:
    source = (
        "import sys; from pathlib import Path; from openline.store.folder import *\n"
        "lock = HomeLock(Home(Path(sys.argv[1]))); print('held', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", source, str(home.root)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None and process.stdout.readline() == b"held\n"
        with pytest.raises(HomeInUse) as caught:
            HomeLock(home)
        assert caught.value.pid == process.pid
        process.kill()
    HomeLock(home).release()


AS_READER = """
import os, sys
from pathlib import Path
from openline.store.faults import StoreReadOnly
from openline.store.folder import Home, HomeLock, make_home, open_home
from openline.store.durable import replace_file
home = Home(Path(sys.argv[1]))
if os.geteuid() == 0:
    os.setgroups([])
    os.setgid(65534)
    os.setuid(65534)
for work in (lambda: HomeLock(home), lambda: replace_file(home.root / "x", b""),
             lambda: make_home(home.root / "inner", memory_disk_allowed=True)):
    try:
        work()
    except StoreReadOnly as error:
        print(error.code)
"""


def test_a_folder_that_may_not_be_written_is_refused_by_name(home: Home) -> None:
    for above in (home.root.parent, *home.root.parents):
        if above.stat().st_uid == os.geteuid() and not above.stat().st_mode & 0o001:
            above.chmod(0o755)
    home.root.chmod(0o555)
    assert run_python(AS_READER, str(home.root)).split() == ["store.read-only"] * 3
    home.root.chmod(0o700)


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/srv/data", "ext4"),
        ("/dev/shm/openline", "tmpfs"),
        ("/dev/shmother", "ext4"),
        ("/srv/with space/x", "ramfs"),
        ("/srv/layers/x", "overlay"),
        ("/srv/twice", "xfs"),
    ],
)
def test_the_file_system_of_a_path_is_that_of_its_deepest_mount(path: str, kind: str) -> None:
    assert file_system(Path(path), MOUNTS)[0] == kind


@pytest.mark.parametrize("path", ["/dev/shm/x", "/srv/with space/x", "/srv/layers/x"])
def test_a_disk_that_forgets_is_refused_unless_told_otherwise(tmp_path: Path, path: str) -> None:
    mounts = tmp_path / "mountinfo"
    mounts.write_text(MOUNTS)
    with pytest.raises(MemoryDisk):
        refuse_memory_disk(Path(path), mounts=mounts)
    refuse_memory_disk(Path(path), mounts=mounts, allowed=True)
    refuse_memory_disk(Path("/srv/image/x"), mounts=mounts)
    refuse_memory_disk(Path(path), mounts=tmp_path / "not linux")


def test_a_home_is_not_made_on_a_disk_that_forgets(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = "/".join(["", *tmp_path.parts[1:]])
    mounts = tmp_path / "mountinfo"
    mounts.write_text(f"1 0 0:1 / / rw - ext4 d rw\n2 1 0:2 / {here} rw - tmpfs t rw\n")
    monkeypatch.setattr(
        "openline.store.folder.refuse_memory_disk",
        lambda path, allowed=False: refuse_memory_disk(path, allowed=allowed, mounts=mounts),
    )
    with pytest.raises(MemoryDisk):
        make_home(tmp_path / "home")
    assert not (tmp_path / "home").exists()
    make_home(tmp_path / "home", memory_disk_allowed=True)


def test_the_reserve_takes_room_and_gives_it_back(home: Home) -> None:
    free_reserve(home)
    keep_reserve(home, 1_000_000)
    assert home.reserve.stat().st_blocks * 512 >= 1_000_000, "blocks, not a hole"
    assert free_reserve(home) == 1_000_000 and free_reserve(home) == 0
    keep_reserve(home, 1_000)
    keep_reserve(home, 2_000)
    assert home.reserve.stat().st_size == 2_000


def test_a_replaced_file_is_the_old_one_or_the_new_one_at_every_failure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "keyring"
    replace_file(path, b"old")
    for name in ("write", "fsync", "rename", "fchmod"):
        with monkeypatch.context() as failing:
            failing.setattr(os, name, raising(OSError(errno.ENOSPC, "no space")))
            with pytest.raises(StoreFull):
                replace_file(path, b"new")
        assert path.read_bytes() == b"old"
    path.with_name("keyring.new").write_bytes(b"left by a crash")
    replace_file(path, b"new")
    assert path.read_bytes() == b"new" and [p.name for p in tmp_path.iterdir()] == ["keyring"]


def test_a_file_is_synced_before_it_gets_its_name_and_the_folder_after(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[str] = []
    fsync, rename = os.fsync, os.rename

    def noted_fsync(descriptor: int) -> None:
        calls.append("fsync " + Path(os.readlink(f"/proc/self/fd/{descriptor}")).name)
        fsync(descriptor)

    def noted_rename(old: Path, new: Path) -> None:
        calls.append(f"rename {old.name} {new.name}")
        rename(old, new)

    monkeypatch.setattr(os, "fsync", noted_fsync)
    monkeypatch.setattr(os, "rename", noted_rename)
    replace_file(tmp_path / "keyring", b"x")
    assert calls == ["fsync keyring.new", "rename keyring.new keyring", f"fsync {tmp_path.name}"]


def raising(error: OSError):  # type: ignore[no-untyped-def]
    """A function that raises."""

    def work(*_: object, **__: object) -> None:
        raise error

    return work


@pytest.mark.parametrize(
    ("number", "kind"),
    [
        (errno.ENOSPC, StoreFull),
        (errno.EDQUOT, StoreFull),
        (errno.EROFS, StoreReadOnly),
        (errno.EACCES, StoreReadOnly),
        (errno.EIO, DiskFailed),
    ],
)
def test_every_error_of_the_system_has_a_name_here(number: int, kind: type[Exception]) -> None:
    assert type(named_os(OSError(number, "text"), "what")) is kind


def test_folders_that_cannot_be_made_or_synced_are_named(tmp_path: Path) -> None:
    with pytest.raises(DiskFailed, match="missing"):
        sync_folder(tmp_path / "missing")
    with pytest.raises(DiskFailed, match="missing"):
        make_folder(tmp_path / "missing" / "inner")
