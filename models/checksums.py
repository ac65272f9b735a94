"""The hashes of a model's files, in the format of ``sha256sum``, so that a damaged file is found before it is used.

``python -m models.checksums FOLDER`` writes them for a folder that is final.
"""

import hashlib
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

SUMS_FILE = "SHA256SUMS"
CARD = "README.md"

_CHUNK_BYTES = 1 << 20
_LFS_POINTER = b"version https://git-lfs"


def hash_file(path: Path) -> str:
    """Hash the bytes of a file with SHA-256, as 64 hex digits."""
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while block := stream.read(_CHUNK_BYTES):
            digest.update(block)
    return digest.hexdigest()


def write_checksums(folder: Path, remark: str = "") -> Path:
    """Write the hashes of all files of a folder, apart from hidden files and the card.

    Args:
        folder: of a model.
        remark: first line, for a reader; may be empty.

    Returns:
        The path of the file.
    """
    names = sorted(path.relative_to(folder).as_posix() for path in _weighty(folder))
    lines = [f"# {remark}"] if remark else []
    lines += [f"{hash_file(folder / name)}  {name}" for name in names]
    path = folder / SUMS_FILE
    path.write_text("\n".join(lines) + "\n", encoding="utf-8", newline="\n")
    return path


def _weighty(folder: Path) -> Iterator[Path]:
    for path in folder.rglob("*"):
        hidden = any(part.startswith(".") for part in path.relative_to(folder).parts)
        if path.is_file() and not hidden and path.relative_to(folder).as_posix() not in (SUMS_FILE, CARD):
            yield path


def read_checksums(folder: Path) -> dict[str, str]:
    """Read the hashes of a folder.

    Returns:
        Hash by name of the file.

    Raises:
        FileNotFoundError: there are none.
        ValueError: a line is no hash with a name below the folder.
    """
    found = {}
    for number, line in enumerate((folder / SUMS_FILE).read_text(encoding="utf-8").splitlines(), start=1):
        if not line or line.startswith("#"):
            continue
        value, _, name = line.partition("  ")
        inside = name and not Path(name).is_absolute() and ".." not in Path(name).parts
        if len(value) != 64 or not inside:
            raise ValueError(f"line {number} of {SUMS_FILE} is no hash with the name of a file")
        found[name] = value
    return found


def find_damage(folder: Path, pinned: Mapping[str, str] | None = None) -> dict[str, str]:
    """Say which files of a model are not as they should be.

    Args:
        folder: of the model.
        pinned: hashes that a recipe states; they are checked beside those of the folder.

    Returns:
        What is wrong, by name of the file; empty where all is well, or where nothing is stated.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as place:
    ...     _ = (Path(place) / "weights").write_bytes(b"1")
    ...     _ = write_checksums(Path(place))
    ...     _ = (Path(place) / "weights").write_bytes(b"2")
    ...     find_damage(Path(place))
    {'weights': 'is damaged: its hash is not the one in SHA256SUMS'}
    """
    try:
        stated = read_checksums(folder)
    except FileNotFoundError:
        stated = {}
    except (ValueError, UnicodeDecodeError):
        return {SUMS_FILE: "is damaged: it is no list of hashes"}
    damage = {}
    for origin, hashes in ((SUMS_FILE, stated), ("the recipe", pinned or {})):
        for name, value in hashes.items():
            problem = _problem(folder / name, value, origin)
            if problem and name not in damage:
                damage[name] = problem
    return dict(sorted(damage.items()))


def _problem(path: Path, value: str, origin: str) -> str | None:
    if not path.is_file():
        return "is missing"
    with path.open("rb") as stream:
        if stream.read(len(_LFS_POINTER)) == _LFS_POINTER:
            return "is a pointer of git-lfs and not the file itself"
    return None if hash_file(path) == value else f"is damaged: its hash is not the one in {origin}"


def main(arguments: list[str]) -> None:
    """Write the hashes of the folders that are named."""
    for folder in arguments:
        sys.stdout.write(f"{write_checksums(Path(folder))}\n")


if __name__ == "__main__":
    main(sys.argv[1:])
