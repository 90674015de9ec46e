"""Files are read within limits and written whole or not at all: what was there stays until the new one is complete."""

import contextlib
import errno
import os
import secrets
import stat
from pathlib import Path

from symnet.errors import InvalidInput

PACKAGE = Path(__file__).resolve().parent  # symnet itself; no other file says where it lies
LARGEST = 32_000_000  # bytes; a larger text is no model, answer or network that can be worked on in memory


def read_text(path: str | Path) -> str:
    """The text of a file in UTF-8, with or without a byte order mark; what cannot be read is refused in one line."""
    return text_of(read_bytes(path), f"'{path}'")


def read_bytes(path: str | Path) -> bytes:
    """The bytes of a file, one more than ``LARGEST`` at most."""
    try:
        with open(path, "rb") as file:
            return file.read(LARGEST + 1)
    except FileNotFoundError:
        raise InvalidInput(f"there is no file '{path}'") from None
    except OSError as error:
        raise InvalidInput(f"cannot read '{path}': {error.strerror or error}") from None
    except ValueError:  # a NUL in the name
        raise InvalidInput(f"no file can be called '{path}'") from None


def text_of(data: bytes, what: str) -> str:
    """The text of bytes in UTF-8; ``what`` names them in a refusal."""
    if len(data) > LARGEST:
        raise InvalidInput(f"{what} has more than {LARGEST:,} bytes, the most that is read")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InvalidInput(f"cannot read {what}: it is not UTF-8 text (byte {error.start})") from None


def write_whole(path: Path, content: str | bytes) -> None:
    """Write to a temporary file beside ``path``, then rename: what was there stays until the new file is complete.

    A link is followed and stays a link; the mode and, where the system lets us, the owner of an existing file are kept.
    What is no regular file (a device, a pipe) is written into: to replace it would take it from everybody else.
    """
    data = content.encode("utf-8", "backslashreplace") if isinstance(content, str) else content
    there = _status(path)
    if there and (not stat.S_ISREG(there.st_mode) or path.absolute().parts[1:2] in (("dev",), ("proc",))):
        with open(path, "ab" if stat.S_ISREG(there.st_mode) else "wb") as node:
            node.write(data)
        return
    target = Path(os.path.realpath(path))
    if not target.parent.is_dir():
        raise FileNotFoundError(errno.ENOENT, "there is no such folder", str(target.parent))
    if there and not os.access(target, os.W_OK):
        raise PermissionError(errno.EACCES, "the file may not be written", str(path))
    temporary = target.parent / f".symnet-{secrets.token_hex(8)}"
    try:
        with open(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666), "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        if there:
            _as_before(temporary, there)
        os.replace(temporary, target)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def _status(path: Path) -> os.stat_result | None:
    try:
        return os.stat(path)
    except FileNotFoundError:
        return None
    except ValueError:  # a NUL in the name
        raise FileNotFoundError(errno.EINVAL, "no file can have this name", str(path)) from None


def _as_before(temporary: Path, there: os.stat_result) -> None:
    if hasattr(os, "chown"):
        with contextlib.suppress(PermissionError):  # only root may give a file away; it is ours then
            os.chown(temporary, there.st_uid, there.st_gid)
    os.chmod(temporary, stat.S_IMODE(there.st_mode))
