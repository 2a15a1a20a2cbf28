import json

import pytest
from PIL import Image
from typer.testing import CliRunner

from training.loss_curves import app
from training.loss_curves import comparison_panels
from training.loss_curves import loss_panels
from training.loss_curves import read_baselines
from training.loss_curves import read_log
from training.loss_curves import single_panels
from training.loss_curves import validation_panel

LOG = """epoch,step,g_loss,d_loss,l1,val_g_loss,val_d_loss,val_l1
0,10,11.5,0.48,9.9,11.0,0.67,10.3
1,20,7.6,0.5,6.2,10.1,0.66,9.2
"""


SINGLE_LOG = """epoch,step,loss,val_loss,accuracy,val_accuracy
0,10,2.0,3.0,,
1,20,1.0,2.0,0.5,0.25
2,30,0.5,1.5,0.75,0.5
"""


@pytest.fixture
def log_file(tmp_path):
    (tmp_path / "plain").mkdir()
    path = tmp_path / "plain" / "log.csv"
    path.write_text(LOG)
    return path


def test_curves_are_the_columns_over_epochs_from_1(log_file):
    log = read_log(log_file)
    generator, discriminator = loss_panels(log)
    assert generator.series == {
        "training": [(1, 11.5), (2, 7.6)],
        "validation": [(1, 11.0), (2, 10.1)],
    }
    assert discriminator.series["training"] == [(1, 0.48), (2, 0.5)]
    both = validation_panel(log).series
    _, values = zip(*both["10 x discriminator"], strict=True)
    assert values == pytest.approx((6.7, 6.6))


def test_runs_are_compared_by_what_all_of_them_log(log_file):
    log = read_log(log_file)
    panels = comparison_panels({"a": log, "b": log})
    assert [set(panel.series) for panel in panels] == 3 * [{"a", "b"}]
    short = [{"epoch": 0.0, "val_g_loss": 1.0, "val_d_loss": 1.0}]
    assert len(comparison_panels({"a": log, "b": short})) == 2


def test_command_draws_each_run_and_the_comparison(log_file, tmp_path):
    other = tmp_path / "pretrained"
    other.mkdir()
    (other / "log.csv").write_text(LOG)
    out = tmp_path / "pictures"
    result = CliRunner().invoke(
        app,
        ["--run", str(log_file.parent), "--run", str(other), "--out", str(out)],
    )
    assert result.exit_code == 0, result.output
    assert sorted(path.name for path in out.iterdir()) == [
        "comparison.png",
        "plain_losses.png",
        "plain_validation.png",
        "pretrained_losses.png",
        "pretrained_validation.png",
    ]
    for path in out.iterdir():
        with Image.open(path) as picture:
            assert len(picture.convert("L").histogram()) == 256
            assert picture.convert("L").getextrema()[0] < 128


def test_single_network_has_its_loss_accuracy_and_baselines(tmp_path):
    run = tmp_path / "plain"
    run.mkdir()
    (run / "log.csv").write_text(SINGLE_LOG)
    log = read_log(run / "log.csv")
    (loss,) = single_panels([{"epoch": 0.0, "loss": 2.0, "val_loss": 3.0}], {})
    assert loss.series == {"training": [(1, 2.0)], "validation": [(1, 3.0)]}
    measured = {
        "gray": {"loss": 5.0, "accuracy": 0.375},
        "mean_color": {"loss": 4.0, "accuracy": 0.5},
        "mean_ab": [1.0, 2.0],
        "photos": 7,
    }
    (run / "baselines.json").write_text(json.dumps(measured))
    loss, accuracy = single_panels(log, read_baselines(run))
    assert loss.series["gray"] == [(1, 5.0), (3, 5.0)]
    # The first row is of a version that did not measure it.
    assert accuracy.series == {
        "training": [(2, 0.5), (3, 0.75)],
        "validation": [(2, 0.25), (3, 0.5)],
        "gray": [(1, 0.375), (3, 0.375)],
        "mean color": [(1, 0.5), (3, 0.5)],
    }
    # Nor did that version measure it of gray.
    _, accuracy = single_panels(log, {"gray": {"loss": 5.0}})
    assert list(accuracy.series) == ["training", "validation"]
    out = tmp_path / "pictures"
    result = CliRunner().invoke(app, ["--run", str(run), "--out", str(out)])
    assert result.exit_code == 0, result.output
    assert [path.name for path in out.iterdir()] == ["plain_losses.png"]


def test_adversarial_and_other_runs_are_not_compared(log_file, tmp_path):
    (tmp_path / "log.csv").write_text(SINGLE_LOG)
    logs = {"a": read_log(log_file), "b": read_log(tmp_path / "log.csv")}
    with pytest.raises(ValueError, match="runs of one kind"):
        comparison_panels(logs)
    (panel,) = comparison_panels({"b": logs["b"], "c": logs["b"]})
    assert panel.series["c"] == [(1, 3.0), (2, 2.0), (3, 1.5)]


@pytest.mark.parametrize(
    "log, missing",
    [
        ("epoch,step,loss\n0,1,2.0\n", "without val_loss"),
        ("epoch,step,loss,val_loss\n", "with 0 epochs"),
        ("epoch,g_loss,d_loss\n0,1,2\n", "without val_d_loss, val_g_loss"),
    ],
)
def test_log_without_validation_is_refused(tmp_path, log, missing):
    path = tmp_path / "log.csv"
    path.write_text(log)
    with pytest.raises(ValueError, match=missing):
        read_log(path)
