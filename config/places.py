"""Where this clone keeps its own things, and as whom its servers run.

PostgreSQL refuses to run as root, so under root the servers run as ``nobody``, who must be able to reach the data
folder: inside the clone where the path there is open to everyone, else below ``/var/lib/wishmill``. Permissions of
folders that are not ours are never changed. A Unix socket path may have 107 bytes at most, so sockets live in a short
folder below ``/tmp`` whatever the clone is called.
"""

from __future__ import annotations

import hashlib
import os
import pwd
import secrets
import stat
from dataclasses import dataclass
from pathlib import Path

CLONE = Path(__file__).resolve().parent.parent
SERVER_USER_UNDER_ROOT = "nobody"


class PlaceUnusable(Exception):
    """A folder cannot be used; the message says which and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """Folders and the user of the embedded servers of one clone; nothing is created by building it."""

    data: Path
    runtime: Path
    uid: int
    gid: int

    @property
    def postgres_data(self) -> Path:
        return self.data / "postgres"

    @property
    def redis_data(self) -> Path:
        return self.data / "redis"

    @property
    def redis_socket(self) -> Path:
        return self.runtime / "redis.sock"

    @property
    def lease(self) -> Path:
        """Clients hold a shared lock on it for as long as they may use the servers."""
        return self.data / "lease"

    @property
    def lock(self) -> Path:
        """The guardian holds it exclusively; its content is the guardian's process id."""
        return self.data / "lock"

    @property
    def log(self) -> Path:
        return self.data / "servers.log"

    @property
    def secret_key(self) -> Path:
        return self.data / "secret_key"


def places() -> Places:
    """The places of this clone, for the user that asks."""
    chosen = os.environ.get("WISHMILL_DATA_DIR")
    if os.geteuid() != 0:
        data = Path(chosen).absolute() if chosen else CLONE / ".data"
        return _at(data, os.geteuid(), os.getegid())
    user = pwd.getpwnam(SERVER_USER_UNDER_ROOT)
    if chosen:
        data = Path(chosen).absolute()
    elif _open_to_everyone(CLONE):
        data = CLONE / ".data"
    else:
        data = Path("/var/lib/wishmill") / _clone_mark()
    return _at(data, user.pw_uid, user.pw_gid)


def prepare(where: Places) -> None:
    """Create the folders that are missing, each with the owner and mode it needs. Repeating it is safe.

    Raises
    ------
    PlaceUnusable
        If a folder cannot be made, or its name is taken by somebody else.
    """
    if os.geteuid() == 0 and not _open_to_everyone(next(each for each in where.data.parents if each.exists())):
        raise PlaceUnusable(
            f"{where.data} cannot be reached by the user {SERVER_USER_UNDER_ROOT}; set WISHMILL_DATA_DIR"
        )
    try:
        where.data.mkdir(parents=True, exist_ok=True, mode=0o755)
        for folder in (where.postgres_data, where.redis_data, where.runtime):
            _private_folder(folder, where.uid, where.gid)
    except OSError as error:
        raise PlaceUnusable(f"cannot use {error.filename}: {error.strerror}; set WISHMILL_DATA_DIR") from error


def secret_key(where: Places) -> str:
    """The clone's secret, made once and readable by its owner only."""
    if not where.secret_key.exists():
        where.data.mkdir(parents=True, exist_ok=True, mode=0o755)
        draft = where.secret_key.with_name(f"secret_key.{os.getpid()}")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_urlsafe(50))
        # A hard link never replaces a secret that another process made in the meantime.
        try:
            os.link(draft, where.secret_key)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return where.secret_key.read_text().strip()


def _at(data: Path, uid: int, gid: int) -> Places:
    mark = hashlib.sha256(os.fsencode(data)).hexdigest()[:10]
    return Places(data=data, runtime=Path(f"/tmp/wishmill-{mark}"), uid=uid, gid=gid)


def _open_to_everyone(folder: Path) -> bool:
    return all(each.stat().st_mode & stat.S_IXOTH for each in (folder, *folder.parents))


def _clone_mark() -> str:
    """A name for this clone's data; a new clone at an old path gets a new one."""
    folder = CLONE / ".data"
    file = folder / "clone"
    if not file.exists():
        folder.mkdir(exist_ok=True)
        file.write_text(secrets.token_hex(8))
    return hashlib.sha256(os.fsencode(CLONE) + file.read_bytes()).hexdigest()[:16]


def _private_folder(folder: Path, uid: int, gid: int) -> None:
    try:
        folder.mkdir(mode=0o700)
        if os.geteuid() == 0:
            os.chown(folder, uid, gid)
    except FileExistsError:
        found = folder.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != uid:
            raise PlaceUnusable(f"{folder} belongs to somebody else; set WISHMILL_DATA_DIR to another folder") from None
