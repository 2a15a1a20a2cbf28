"""TIFF directories: read, written, and files of one or more pages made.

Tags keep their type and their bytes, so that a page can be moved from one
file into another (BigTIFF into TIFF, one of many into one alone) unchanged.
EXIF blocks are such files too.
"""

import dataclasses
import io
import itertools
import struct
from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Mapping
from collections.abc import Sequence
from types import MappingProxyType
from typing import IO
from typing import Any

from keras_colorize.serving.images.kinds import UnreadableError
from keras_colorize.serving.images.kinds import format_of_start

# Type of a tag -> struct code of one value.
_CODES = {1: "B", 2: "B", 3: "H", 4: "I", 5: "II", 6: "b", 7: "B", 8: "h"}
_CODES |= {9: "i", 10: "ii", 11: "f", 12: "d", 13: "I", 16: "Q", 17: "q"}
_CODES |= {18: "Q", 129: "B"}  # 129: UTF-8, of EXIF 3.0
_SIZES = {kind: struct.calcsize("<" + code) for kind, code in _CODES.items()}
_SHORT, _LONG, _LONG_8 = 3, 4, 16
_SMALLER_TYPES = {16: (4, "I"), 17: (9, "i"), 18: (13, "I")}
_MOST_DIRECTORIES = 100_000
# Of all directories of a file together, which may share what they hold.
_MOST_ENTRIES = 1_000_000
_MOST_COPIES, _FREE_BYTES = 4, 2**20
STRIP_OFFSETS, STRIP_BYTE_COUNTS = 273, 279
TILE_OFFSETS, TILE_BYTE_COUNTS = 324, 325
SUB_DIRECTORIES = 330
EXIF_DIRECTORY, GPS_DIRECTORY = 34665, 34853
INTEROPERABILITY = 40965  # of the EXIF directory
ORIENTATION = 274
_PLACES = (STRIP_OFFSETS, STRIP_BYTE_COUNTS, TILE_OFFSETS, TILE_BYTE_COUNTS)
# Tags that point elsewhere in the file, which is another one in the copy.
_POINTERS = (SUB_DIRECTORIES, 513, 514, EXIF_DIRECTORY, GPS_DIRECTORY)
_POINTERS = (*_POINTERS, INTEROPERABILITY)


@dataclasses.dataclass(frozen=True)
class Tag:
    """One entry of a directory.

    Attributes:
        kind: Type of its values, a number of the standard.
        data: Their bytes, in the byte order of the file.
    """

    kind: int
    data: bytes


@dataclasses.dataclass(frozen=True)
class Directory:
    """The tags of one picture.

    Attributes:
        tags: By number.
        order: "<" or ">", as `struct` names the byte order.
        next: Where the next directory is; 0 for the last.
        damaged: Numbers of tags whose values lie outside the file.
        place: Where in the file it is.
    """

    tags: Mapping[int, Tag]
    order: str
    next: int = 0
    damaged: tuple[int, ...] = ()
    place: int = 0

    def values(
        self,
        number: int,
        default: tuple[Any, ...] = (),
        most: int | None = None,
    ) -> tuple[Any, ...]:
        """Returns the values of a tag; text and bytes are `data_of`.

        Args:
            number: Of the tag.
            default: What a directory without that tag has.
            most: How many of them at most; None for all.
        """
        if number not in self.tags:
            return default
        return tuple(itertools.islice(self.each_value(number), most))

    def value(self, number: int, default: int = 0) -> int:
        """Returns the first value of a tag."""
        return next(self.each_value(number), default)

    def data_of(self, number: int) -> bytes | None:
        """Returns the bytes of a tag, or None."""
        tag = self.tags.get(number)
        return None if tag is None else tag.data

    def count_values(self, number: int) -> int:
        """Counts the values of a tag."""
        tag = self.tags.get(number)
        if tag is None:
            return 0
        return len(tag.data) // _SIZES[tag.kind] * len(_CODES[tag.kind])

    def each_value(self, number: int) -> Iterator[Any]:
        """Yields the values of a tag, which may be many."""
        tag = self.tags.get(number)
        if tag is None:
            return
        code = f"{self.order}{_CODES[tag.kind]}"
        for values in struct.iter_unpack(code, tag.data):
            yield from values


class Budget:
    """What the directories of a file may still take of memory.

    They lie anywhere and may share what they hold, so a small file can have
    many of the same large entry.

    Args:
        file: Opened for reading bytes.
    """

    def __init__(self, file: IO[bytes]):
        self._length = file.seek(0, io.SEEK_END)
        self._num_bytes = self._num_entries = 0

    def take(self, num_bytes: int, num_entries: int = 0) -> None:
        """Counts what is about to be read.

        Raises:
            UnreadableError: If it is too much, together with all before.
        """
        self._num_bytes += num_bytes
        self._num_entries += num_entries
        if self._num_bytes > _MOST_COPIES * self._length + _FREE_BYTES:
            raise UnreadableError(
                f"a TIFF of {self._length} bytes whose directories share them "
                f"and hold {self._num_bytes} or more"
            )
        if self._num_entries > _MOST_ENTRIES:
            raise UnreadableError(
                f"a TIFF of more than {_MOST_ENTRIES} entries in its "
                "directories"
            )


def read_chain(
    file: IO[bytes], budget: Budget | None = None
) -> list[Directory]:
    """Reads the directories of a file, one after the other.

    Args:
        file: Opened for reading bytes.
        budget: Of what is read of the file beside; None for nothing else.

    Raises:
        ValueError: If the first one is not there.
        UnreadableError: If they exceed the budget.
    """
    budget = budget or Budget(file)
    order, is_big, place = _read_header(file)
    found, seen = [], set()
    while place and place not in seen and len(found) < _MOST_DIRECTORIES:
        seen.add(place)
        try:
            found.append(_read_directory(file, place, order, is_big, budget))
        except UnreadableError:
            raise
        except ValueError:
            if not found:
                raise
            break  # what a cut file still has
        place = found[-1].next
    return found


def read_linked(
    file: IO[bytes],
    directory: Directory,
    number: int,
    budget: Budget | None = None,
) -> list[Directory]:
    """Reads the directories that a tag of another one points to.

    Args:
        file: Opened for reading bytes.
        directory: The one with the tag.
        number: Of the tag.
        budget: As `read_chain` takes it.

    Raises:
        ValueError: If one of them is not there.
        UnreadableError: If they exceed the budget.
    """
    budget = budget or Budget(file)
    order, is_big, _ = _read_header(file)
    return [
        _read_directory(file, place, order, is_big, budget)
        for place in directory.each_value(number)
    ]


def read_exif_directories(
    file: IO[bytes], directory: Directory
) -> tuple[dict[int, Directory], bool]:
    """Reads what a directory says of a photo in other ones.

    Returns:
        The directories of EXIF, GPS and interoperability, by the number of
        the tag that points to them, and whether one of them is damaged.
    """
    linked, is_damaged = {}, False
    for number in (EXIF_DIRECTORY, GPS_DIRECTORY, INTEROPERABILITY):
        inside = number == INTEROPERABILITY
        holder = linked.get(EXIF_DIRECTORY) if inside else directory
        try:
            if holder is not None:
                for other in read_linked(file, holder, number)[:1]:
                    linked[number] = other
        except ValueError:
            is_damaged = True
    return linked, is_damaged


def page_file(
    directory: Directory,
    blocks: Sequence[bytes],
    changed: Mapping[int, tuple[int, ...]] | None = None,
) -> io.BytesIO:
    """Writes a TIFF file of one page.

    Args:
        directory: Its tags; those that point to other directories are left
            out.
        blocks: Its strips or tiles, as they are compressed.
        changed: Whole numbers for tags, in place of those of `directory`.
    """
    tags = _copied(directory)
    for number, values in (changed or {}).items():
        tags[number] = _whole_numbers(values, directory.order)
    file = io.BytesIO()
    file.write(_header(directory.order))
    _append(file, tags, directory.order, blocks)
    return file


def whole_file(file: IO[bytes], directory: Directory) -> io.BytesIO:
    """Copies a TIFF (not a BigTIFF) with a page of it as the only one.

    For pages whose tags point to more than strips and tiles. The page counts
    as upright in the copy.
    """
    file.seek(0)
    data = bytearray(file.read())
    struct.pack_into(directory.order + "I", data, 4, directory.place)
    (count,) = struct.unpack_from(directory.order + "H", data, directory.place)
    end = directory.place + 2 + 12 * count
    struct.pack_into(directory.order + "I", data, end, 0)
    for entry in range(directory.place + 2, end, 12):
        number, kind = struct.unpack_from(directory.order + "HH", data, entry)
        if number == ORIENTATION:
            code = directory.order + _CODES[kind]
            struct.pack_into(code, data, entry + 8, 1)
    return io.BytesIO(data)


def join_pages(files: Iterable[bytes]) -> bytes:
    """Joins several TIFF files that have one page each and one byte order.

    Raises:
        ValueError: If they are too long for a TIFF, 4 GB together.
    """
    result, link = io.BytesIO(), 4
    for data in files:
        source = io.BytesIO(data)
        directory = read_chain(source)[0]
        if not result.tell():
            result.write(_header(directory.order))
        linked, _ = read_exif_directories(source, directory)
        link = _append(
            result,
            _copied(directory),
            directory.order,
            list(read_blocks(source, directory)),
            linked,
            link,
        )
    return result.getvalue()


def directory_file(
    directory: Directory, linked: Mapping[int, Directory]
) -> bytes:
    """Writes a directory without a picture, as EXIF blocks are.

    Args:
        directory: The tags; those that point to other directories are left
            out.
        linked: Directories that it points to, by the number of the tag.
    """
    file = io.BytesIO()
    file.write(_header(directory.order))
    _append(file, _copied(directory), directory.order, (), linked)
    return file.getvalue()


def with_tags(
    data: bytes, directory: Directory, linked: Mapping[int, Directory]
) -> bytes:
    """Adds tags to a TIFF file of one page.

    Args:
        data: The file; its own tags stay where both have one.
        directory: What to add, of any byte order.
        linked: Directories to point to, by the number of the tag.
    """
    source = io.BytesIO(data)
    page = read_chain(source)[0]
    added = _reordered(directory, page.order)
    tags = {**_copied(added), **_copied(page)}
    others = {
        number: _reordered(other, page.order)
        for number, other in linked.items()
    }
    file = io.BytesIO()
    file.write(_header(page.order))
    blocks = list(read_blocks(source, page))
    _append(file, tags, page.order, blocks, others)
    return file.getvalue()


def read_blocks(file: IO[bytes], directory: Directory) -> Iterator[bytes]:
    """Reads the strips or tiles of a page, as they are stored.

    Raises:
        ValueError: If one lies outside the file.
    """
    names = _PLACES[2:] if TILE_OFFSETS in directory.tags else _PLACES[:2]
    num_places, num_counts = map(directory.count_values, names)
    places, counts = map(directory.each_value, names)
    if num_counts < num_places:
        if num_places != 1 or num_counts:
            raise ValueError("the lengths of its strips are missing")
        end = file.seek(0, io.SEEK_END)
        counts = iter((end - directory.value(names[0]),))
    for place, count in zip(places, counts, strict=False):
        file.seek(place)
        data = file.read(count)
        if len(data) < count:
            raise ValueError("it ends before its pixels do")
        yield data


def _read_header(file: IO[bytes]) -> tuple[str, bool, int]:
    file.seek(0)
    start = file.read(16)
    if format_of_start(start) != "TIFF" or len(start) < 8:
        raise ValueError("it has no TIFF header")
    order = "<" if start[:1] == b"I" else ">"
    is_big = b"+" in start[2:4]
    code, at = ("Q", 8) if is_big else ("I", 4)
    try:
        return order, is_big, struct.unpack_from(order + code, start, at)[0]
    except struct.error as error:
        raise ValueError("its header is cut short") from error


def _read_directory(
    file: IO[bytes], place: int, order: str, is_big: bool, budget: Budget
) -> Directory:
    length = file.seek(0, io.SEEK_END)
    file.seek(min(place, length))
    count_code, entry_code, next_code = ("H", "HHI4s", "I")
    if is_big:
        count_code, entry_code, next_code = ("Q", "HHQ8s", "Q")
    size = struct.calcsize(order + entry_code)
    head = file.read(struct.calcsize(order + count_code))
    try:
        (count,) = struct.unpack(order + count_code, head)
    except struct.error as error:
        raise ValueError("a directory lies outside the file") from error
    if count * size > length - file.tell():
        raise ValueError("a directory is cut short")
    budget.take(count * size, 1 + count)
    entries = file.read(count * size)
    end = file.read(struct.calcsize(order + next_code))
    tags, damaged = {}, []
    for number, kind, many, inside in struct.iter_unpack(
        order + entry_code, entries
    ):
        if kind not in _SIZES or number in tags:
            continue
        data_size = _SIZES[kind] * many
        data = _tag_data(file, order, data_size, inside, length, budget)
        if data is None:
            damaged.append(number)
        else:
            tags[number] = Tag(kind, data)
    following = 0  # in a file that ends here, as some cameras' EXIF does
    if len(end) == struct.calcsize(order + next_code):
        (following,) = struct.unpack(order + next_code, end)
    return Directory(tags, order, following, tuple(damaged), place)


def _tag_data(file, order, size, inside, length, budget) -> bytes | None:
    if size <= len(inside):
        return inside[:size]
    code = "Q" if len(inside) == 8 else "I"
    (place,) = struct.unpack(order + code, inside)
    if place + size > length:
        return None
    budget.take(size)
    file.seek(place)
    return file.read(size)


def _reordered(directory: Directory, order: str) -> Directory:
    """Writes the same tags in a byte order."""
    if directory.order == order:
        return directory
    tags = {}
    for number, tag in directory.tags.items():
        values = directory.values(number)
        code = _CODES[tag.kind] * (len(tag.data) // _SIZES[tag.kind])
        tags[number] = Tag(tag.kind, struct.pack(order + code, *values))
    return Directory(tags, order)


def _copied(directory: Directory) -> dict[int, Tag]:
    """Tags for another file; of types that a plain TIFF has."""
    tags = {}
    for number, tag in directory.tags.items():
        if number in _POINTERS:
            continue
        if tag.kind in _SMALLER_TYPES:
            kind, code = _SMALLER_TYPES[tag.kind]
            values = directory.values(number)
            if number in _PLACES:
                values = (0,) * len(values)
            data = struct.pack(f"{directory.order}{len(values)}{code}", *values)
            tag = Tag(kind, data)
        tags[number] = tag
    return tags


def _whole_numbers(values: Sequence[int], order: str) -> Tag:
    kind = _SHORT if max(values, default=0) < 2**16 else _LONG
    return Tag(
        kind, struct.pack(f"{order}{len(values)}{_CODES[kind]}", *values)
    )


def _header(order: str) -> bytes:
    mark = b"II" if order == "<" else b"MM"
    return mark + struct.pack(order + "HI", 42, 0)


def _append(
    file: IO[bytes],
    tags: dict[int, Tag],
    order: str,
    blocks: Sequence[bytes],
    linked: Mapping[int, Directory] = MappingProxyType({}),
    link: int = 4,
) -> int:
    """Writes blocks and a directory; returns where the next one's place goes.

    Args:
        file: At its end.
        tags: Of the directory.
        order: Byte order.
        blocks: Strips, or tiles if there are tags of tiles.
        linked: Directories to point to, by the number of the tag.
        link: Where the place of this directory is written.
    """
    if blocks:
        is_tiled = TILE_OFFSETS in tags
        places = []
        for block in blocks:
            places.append(file.tell())
            file.write(block)
        names = _PLACES[2:] if is_tiled else _PLACES[:2]
        sizes = [len(block) for block in blocks]
        for number, values in zip(names, (places, sizes), strict=True):
            if max(values) >= 2**32:
                raise ValueError("the pages exceed 4 GB together")
            data = struct.pack(f"{order}{len(values)}I", *values)
            tags[number] = Tag(_LONG, data)
    others = {number: _copied(other) for number, other in linked.items()}
    for number in sorted(others, reverse=True):  # what is pointed to first
        inside = number == INTEROPERABILITY
        holder = others[EXIF_DIRECTORY] if inside else tags
        place = _write_directory(file, others[number], order)
        holder[number] = Tag(_LONG, struct.pack(order + "I", place))
    place = _write_directory(file, tags, order)
    end = file.tell()
    if end >= 2**32:
        raise ValueError("the pages exceed 4 GB together")
    file.seek(link)
    file.write(struct.pack(order + "I", place))
    file.seek(end)
    # The place of the next directory follows the entries of this one.
    return place + 2 + 12 * len(tags)


def _write_directory(
    file: IO[bytes], tags: Mapping[int, Tag], order: str
) -> int:
    """Writes what the tags hold, then the tags; returns where they are."""
    entries = []
    for number, tag in sorted(tags.items()):
        count = len(tag.data) // _SIZES[tag.kind]
        inside = tag.data
        if len(inside) > 4:
            file.write(b"\0" * (file.tell() % 2))
            inside = struct.pack(order + "I", file.tell())
            file.write(tag.data)
        entries.append(
            struct.pack(order + "HHI", number, tag.kind, count)
            + inside.ljust(4, b"\0")
        )
    file.write(b"\0" * (file.tell() % 2))
    place = file.tell()
    file.write(struct.pack(order + "H", len(entries)))
    file.writelines(entries)
    file.write(struct.pack(order + "I", 0))
    return place
