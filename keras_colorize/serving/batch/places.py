"""Where many photos lie: a folder of this machine, or an address.

A place gives names of photos one by one, reads a photo and stores a result in
one step. An address is what fsspec takes: `s3://bucket/photos`,
`gs://bucket/photos`, `file:///photos` and so on. Folders of this machine need
no fsspec.
"""

import functools
import os
import re
import secrets
import stat
from collections.abc import Iterator
from pathlib import Path
from pathlib import PurePosixPath
from typing import Any
from typing import Protocol

from keras_colorize.errors import OutputError
from keras_colorize.errors import PhotoError
from keras_colorize.errors import SettingError
from keras_colorize.files import PART_PREFIX
from keras_colorize.files import explained_os_errors
from keras_colorize.files import write_bytes
from keras_colorize.photo_formats import READABLE_SUFFIXES

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+://")
# A PUT of theirs is seen whole or not at all. Others get a hidden name first.
_STORES_OF_OBJECTS = frozenset(
    ("s3", "s3a", "gs", "gcs", "az", "abfs", "abfss", "adl", "oss", "memory")
)


class Place(Protocol):
    """Photos or results by their names, which are paths with slashes.

    Can be pickled. Attributes:
        address: Of the place itself.
    """

    address: str

    def names(self, recursive: bool) -> Iterator[str]:
        """Gives the names of the photos that lie there, as they are listed."""
        ...

    def address_of(self, name: str) -> str:
        """Says where a file lies, for people."""
        ...

    def size(self, name: str) -> int:
        """Counts the bytes of a file; -1 where there is none."""
        ...

    def read(self, name: str) -> bytes:
        """Reads a file."""
        ...

    def write(self, name: str, data: bytes) -> None:
        """Stores a file; others see all of it or the former one."""
        ...


def is_address(text: str) -> bool:
    """Tells an address, such as `s3://bucket/photos`, from a local path."""
    return _SCHEME.match(text) is not None


def open_place(text: str) -> Place:
    """Returns the place of a local folder or of an address.

    Raises:
        SettingError: If the package that speaks to the address is missing,
            or nobody knows its scheme.
    """
    if not is_address(text):
        return LocalPlace(text)
    if text.lower().startswith("file://"):
        return LocalPlace(text[len("file://") :])
    return RemotePlace(text)


def check_apart(source: Place, target: Place) -> None:
    """Refuses places of which one lies in the other.

    Raises:
        SettingError: If results could replace photos, or become the photos
            of the next run.
    """
    a, b = (f"{place.address.rstrip('/')}/" for place in (source, target))
    if a.startswith(b) or b.startswith(a):
        raise SettingError(
            f"{target.address} and {source.address} must be apart: photos "
            "might be replaced, or results colorized again. Choose a folder "
            "beside it for the results."
        )


class LocalPlace:
    """A folder of this machine, or one that all machines mount.

    Args:
        folder: Its path.
    """

    def __init__(self, folder: str | os.PathLike):
        self.address = os.path.realpath(folder)

    def names(self, recursive: bool) -> Iterator[str]:
        """Gives the names of the photos, a folder before its subfolders.

        Raises:
            SettingError: If there is no such folder.
            PhotoError: If one cannot be read.
        """
        if not os.path.isdir(self.address):
            raise SettingError(
                f"{self.address} is not a folder. Expected a folder of photos."
            )
        waiting = [""]
        while waiting:
            inner = waiting.pop()
            folders = []
            for entry in self._scan(inner):
                if entry.name.startswith("."):
                    continue
                name = f"{inner}{entry.name}"
                if entry.is_dir(follow_symlinks=False):
                    folders.append(f"{name}/")
                elif _has_photo_name(name) and not entry.is_dir():
                    yield name
            if recursive:
                waiting += sorted(folders, reverse=True)

    def _scan(self, inner: str) -> Iterator[os.DirEntry]:
        folder = os.path.join(self.address, inner)
        try:
            with os.scandir(folder) as entries:
                yield from entries
        except OSError as error:
            raise PhotoError(
                f"{folder} cannot be read ({error.strerror or error}), and "
                "its photos would be left out. Change its permissions."
            ) from error

    def address_of(self, name: str) -> str:
        """Returns the path of a file."""
        return os.path.join(self.address, *name.split("/"))

    def size(self, name: str) -> int:
        """Counts the bytes of a file; -1 where there is none."""
        try:
            status = os.stat(self.address_of(name))
        except FileNotFoundError:
            return -1
        if stat.S_ISDIR(status.st_mode):
            raise OutputError(
                f"{self.address_of(name)} is a folder, where the result should "
                "go. Rename it, or the photo."
            )
        return status.st_size

    def read(self, name: str) -> bytes:
        """Reads a file.

        Raises:
            PhotoError: If it is no file: a pipe may never end.
            OSError: If it cannot be read.
        """
        path = self.address_of(name)
        if not stat.S_ISREG(os.stat(path).st_mode):
            raise PhotoError(f"{path} is no file. Expected a photo file.")
        return Path(path).read_bytes()

    def write(self, name: str, data: bytes) -> None:
        """Writes a file beside its place and renames it.

        Raises:
            OutputError: If it cannot be written there.
        """
        path = Path(self.address_of(name))
        with explained_os_errors(path):
            path.parent.mkdir(parents=True, exist_ok=True)
        write_bytes(data, path)


class RemotePlace:
    """A folder of what fsspec speaks to.

    Its login, region and endpoint are those of the package behind it, from
    its environment variables and files (`AWS_PROFILE`, `AWS_ENDPOINT_URL`,
    `GOOGLE_APPLICATION_CREDENTIALS`, `FSSPEC_…`).

    Args:
        address: `<scheme>://…`.

    Raises:
        SettingError: If fsspec, or the package of the scheme, is missing.
    """

    def __init__(self, address: str):
        self.address = address.rstrip("/")
        self._scheme = address.split("://", 1)[0].lower()
        _ = self._opened

    @functools.cached_property
    def _opened(self) -> tuple[Any, str]:
        """The file system and the path of the folder in it."""
        try:
            from fsspec.core import url_to_fs
        except ImportError as error:
            raise SettingError(
                f"{self.address} needs fsspec. Install it with "
                'pip install "keras-colorize[remote]".'
            ) from error
        # Listings are not kept: others write there at the same time.
        is_store = self._scheme in _STORES_OF_OBJECTS
        options = {"use_listings_cache": False} if is_store else {}
        try:
            system, path = url_to_fs(self.address, **options)
        except (ImportError, ValueError) as error:
            raise SettingError(
                f"{self.address} cannot be opened: {error}. For s3:// install "
                '"keras-colorize[remote]", for gs:// gcsfs, for az:// adlfs.'
            ) from error
        return system, str(path).rstrip("/")

    def __getstate__(self):
        return {"address": self.address, "_scheme": self._scheme}

    def names(self, recursive: bool) -> Iterator[str]:
        """Gives the names of the photos, as they are listed.

        Of S3 a page at a time; of others a folder at a time.

        Raises:
            SettingError: If there is no such place.
            PhotoError: If it cannot be listed.
        """
        system, root = self._opened
        pages = _pages_of_s3 if hasattr(system, "call_s3") else _pages_of_walk
        try:
            for paths in pages(system, root, recursive):
                for path in paths:
                    name = path[len(root) + 1 :]
                    parts = name.split("/")
                    is_hidden = any(part.startswith(".") for part in parts)
                    if _has_photo_name(name) and not is_hidden:
                        yield name
        except FileNotFoundError as error:
            raise SettingError(
                f"{self.address} is not there. Expected a folder of photos."
            ) from error
        except OSError as error:
            raise PhotoError(
                f"{self.address} cannot be listed: {error}. Check its name, "
                "and who may list it."
            ) from error

    def address_of(self, name: str) -> str:
        """Returns the address of a file."""
        return f"{self.address}/{name}"

    def size(self, name: str) -> int:
        """Counts the bytes of a file; -1 where there is none."""
        system, root = self._opened
        try:
            info = system.info(f"{root}/{name}")
        except FileNotFoundError:
            return -1
        # A prefix of other objects is no file, and takes no name away.
        return -1 if info["type"] == "directory" else int(info["size"] or 0)

    def read(self, name: str) -> bytes:
        """Reads a file.

        Raises:
            OSError: If it cannot be read.
        """
        system, root = self._opened
        return system.cat_file(f"{root}/{name}")

    def write(self, name: str, data: bytes) -> None:
        """Stores a file in one step.

        Raises:
            OutputError: If it cannot be stored.
        """
        system, root = self._opened
        path = f"{root}/{name}"
        try:
            if self._scheme in _STORES_OF_OBJECTS:
                system.pipe_file(path, data)
                return
            folder, _, last = path.rpartition("/")
            suffix = PurePosixPath(last).suffix
            part = f"{folder}/{PART_PREFIX}{secrets.token_hex(8)}.part{suffix}"
            system.makedirs(folder, exist_ok=True)
            system.pipe_file(part, data)
            system.mv(part, path)
        except OSError as error:
            raise OutputError(
                f"{self.address_of(name)} cannot be written: {error}. Check "
                "its name, and who may write there."
            ) from error


def _pages_of_s3(system, root, recursive) -> Iterator[list[str]]:
    """Lists objects by up to 1,000: millions need no memory of their own."""
    bucket, _, prefix = root.partition("/")
    request = {"Bucket": bucket, "Prefix": f"{prefix}/" if prefix else ""}
    if not recursive:
        request["Delimiter"] = "/"
    while True:
        page = system.call_s3("list_objects_v2", **request)
        yield [f"{bucket}/{row['Key']}" for row in page.get("Contents", ())]
        if not page.get("IsTruncated"):
            return
        request["ContinuationToken"] = page["NextContinuationToken"]


def _pages_of_walk(system, root, recursive) -> Iterator[list[str]]:
    if not system.isdir(root):
        raise FileNotFoundError(root)
    depth = None if recursive else 1
    for folder, _, files in system.walk(root, maxdepth=depth):
        yield [f"{folder.rstrip('/')}/{name}" for name in files]


def _has_photo_name(name: str) -> bool:
    return PurePosixPath(name).suffix.lower() in READABLE_SUFFIXES
