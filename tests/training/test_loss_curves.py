import pytest
from PIL import Image
from typer.testing import CliRunner

from training.loss_curves import app
from training.loss_curves import comparison_panels
from training.loss_curves import loss_panels
from training.loss_curves import read_log
from training.loss_curves import validation_panel

LOG = """epoch,step,g_loss,d_loss,l1,val_g_loss,val_d_loss,val_l1
0,10,11.5,0.48,9.9,11.0,0.67,10.3
1,20,7.6,0.5,6.2,10.1,0.66,9.2
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


def test_log_of_a_single_network_is_refused(tmp_path):
    path = tmp_path / "log.csv"
    path.write_text("epoch,step,loss,val_loss\n0,1,2.0,3.0\n")
    with pytest.raises(ValueError, match="without d_loss, g_loss"):
        read_log(path)
