"""Reports as folders of Parquet files."""

import pytest

from keras_colorize.errors import SettingError
from keras_colorize.serving.batch import parquet
from keras_colorize.serving.batch.parquet import parquet_report_writer
from keras_colorize.serving.batch.run import FileResult

ROWS = [
    FileResult(f"in/{i}.jpg", f"out/{i}.jpg", "colorized", "tiny", 0.5 * i)
    for i in range(5)
] + [
    FileResult(
        "in/bad\udcff.jpg", "", "failed", "tiny", error="why", notes=("n",)
    )
]


def test_rows_come_back_even_if_the_run_is_cut_short(tmp_path, monkeypatch):
    pytest.importorskip("pyarrow", reason="part of the dev extra")
    from pyarrow import parquet as files

    monkeypatch.setattr(parquet, "_ROWS", 4)
    folder = tmp_path / "report.parquet"
    with pytest.raises(KeyboardInterrupt):
        with parquet_report_writer(str(folder)) as write_row:
            for row in ROWS:
                write_row(row)
            raise KeyboardInterrupt
    assert len(list(folder.iterdir())) == 2
    rows = files.read_table(folder).to_pylist()
    assert [row["seconds"] for row in rows] == [0.0, 0.5, 1.0, 1.5, 2.0, 0.0]
    assert rows[5]["error"] == "why" and rows[5]["notes"] == ["n"]
    assert rows[5]["input"] == "in/bad\\udcff.jpg"


def test_a_second_run_reports_beside_the_first(tmp_path):
    pytest.importorskip("pyarrow", reason="part of the dev extra")
    from pyarrow import parquet as files

    for _ in range(2):
        with parquet_report_writer(str(tmp_path / "r.parquet")) as write_row:
            write_row(ROWS[0])
    assert files.read_table(tmp_path / "r.parquet").num_rows == 2


def test_without_pyarrow_the_extra_is_named(tmp_path, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "pyarrow.parquet", None)
    with pytest.raises(SettingError, match=r"keras-colorize\[ray\]"):
        with parquet_report_writer(str(tmp_path)):
            pass
