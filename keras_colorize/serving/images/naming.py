"""Names of results."""

from dataclasses import dataclass
from pathlib import Path

from keras_colorize.errors import SettingError
from keras_colorize.photo_formats import FORMAT_OF_SUFFIX
from keras_colorize.photo_formats import PHOTO_FORMATS
from keras_colorize.serving.images.read import peek_format

BESIDE_SUFFIX = ".colorized"


@dataclass(frozen=True)
class Naming:
    """How the name of a result comes from the name of its photo.

    Attributes:
        suffix: What is put between name and extension, such as ".color";
            None for ".colorized" beside the photo and nothing elsewhere.
        extension: Such as ".png"; None for that of the photo.

    Raises:
        SettingError: If the suffix is a path or the extension is not one of
            a format that is written.
    """

    suffix: str | None = None
    extension: str | None = None

    def __post_init__(self):
        if self.suffix and ("/" in self.suffix or "\\" in self.suffix):
            raise SettingError(
                "The suffix is a part of a file name, such as .color. "
                f"Received: {self.suffix!r}."
            )
        extension = self.extension
        if extension is not None and extension not in FORMAT_OF_SUFFIX:
            names = (suffix[1:] for suffix in FORMAT_OF_SUFFIX)
            raise SettingError(
                f"The format must be one of {', '.join(names)}. Received: "
                f"{extension.removeprefix('.')!r}."
            )

    def beside(self, source: Path) -> Path:
        """Returns the path of the result in the folder of its photo."""
        return self.inside(source.parent, source, BESIDE_SUFFIX)

    def inside(self, folder: Path, source: Path, suffix: str = "") -> Path:
        """Returns the path of the result in another folder.

        Args:
            folder: Where to.
            source: The photo; opened if its name does not say its format.
            suffix: What to take where no suffix was asked for.
        """
        suffix = suffix if self.suffix is None else self.suffix
        extension = self.extension or _extension_of(source)
        return folder / f"{source.stem}{suffix}{extension}"


def page_path(target: Path, page: int) -> Path:
    """Names the file of a page where a format has one page a file.

    Args:
        target: File of the first page.
        page: Number of the page, from 1.
    """
    if page == 1:
        return target
    return target.with_name(f"{target.stem}.page{page}{target.suffix}")


def _extension_of(source: Path) -> str:
    # A photo whose name does not say its format gets the suffix it lacks.
    if source.suffix.lower() in FORMAT_OF_SUFFIX:
        return source.suffix
    format = peek_format(source)
    return PHOTO_FORMATS[format].suffixes[0] if format else source.suffix
