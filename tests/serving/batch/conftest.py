import pytest

from tests.helpers import textured_photo
from tests.helpers import write_photo

RGB = textured_photo(20, 30)


@pytest.fixture
def tree(tmp_path):
    """Two photos of the same stem in folders, one above, and other files."""
    root = tmp_path / "in"
    for name in ("a.png", "sea/a.png", "forest/deep/a.JPG"):
        write_photo(root / name, RGB)
    (root / "notes.txt").write_text("not a photo")
    (root / "._a.png").write_bytes(b"what macOS leaves")
    (root / ".thumbnails").mkdir()
    write_photo(root / ".thumbnails" / "a.png", RGB)
    return root
