from tests.report_modules import report


def test_report_names_long_modules_and_tiny_ones_of_one_importer(tmp_path):
    package = tmp_path / "keras_colorize"
    package.mkdir()
    (package / "long.py").write_text("import os\n" * 301)
    (package / "half.py").write_text("x = 1\n")
    (package / "shared.py").write_text("y = 1\n")
    uses = "from keras_colorize import shared\n"
    (package / "one.py").write_text(
        "from keras_colorize.half import x\n" + uses + "\n" * 60
    )
    (package / "two.py").write_text(uses + "\n" * 60)
    assert report(tmp_path) == [
        "Longer than 300 lines:",
        "   301 keras_colorize.long",
        "Shorter than 60 lines, with a single importer:",
        "     1 keras_colorize.half, for keras_colorize.one",
    ]
