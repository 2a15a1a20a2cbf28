"""Hints spread by likeness: nothing without hints, the color near and alike."""

import keras
import numpy as np
import pytest
from keras import ops

from keras_colorize.layers.hint_spread import HintGate
from keras_colorize.layers.hint_spread import HintSpread
from keras_colorize.layers.hint_spread import gather_hints


def maps(height=32, width=48, patches=()):
    """One photo; patches are (row, column, side, a, b)."""
    ab_hint = np.zeros((1, height, width, 2), "float32")
    hint_mask = np.zeros((1, height, width, 1), "float32")
    for row, column, side, a, b in patches:
        window = np.s_[:, row : row + side, column : column + side]
        ab_hint[window] = (a, b)
        hint_mask[window] = 1
    return ab_hint, hint_mask


def features(seed, height, width, channels=6):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(1, height, width, channels)).astype("float32")


def spread(layer, hints, queries=None, keys=None):
    queries = features(1, 8, 12) if queries is None else queries
    keys = features(2, 4, 6) if keys is None else keys
    return ops.convert_to_numpy(layer([queries, keys, *hints]))


def test_cells_hold_the_mean_color_of_their_hinted_pixels():
    # 8 x 8 pixels a cell. The first patch fills 4 of the 64 pixels of its
    # cell; the second lies in two cells, 3 x 6 pixels in each.
    hints = maps(patches=[(1, 2, 2, 40.0, -10.0), (17, 13, 6, 6.0, 12.0)])
    color, share = (
        ops.convert_to_numpy(x) for x in gather_hints(*hints, (4, 6))
    )
    assert color.shape == (1, 4, 6, 2) and share.shape == (1, 4, 6, 1)
    np.testing.assert_allclose(color[0, 0, 0], (40, -10), rtol=1e-5)
    np.testing.assert_allclose(color[0, 2, 1], (6, 12), rtol=1e-5)
    expected = np.zeros((4, 6), "float32")
    expected[0, 0] = 4 / 64
    expected[2, 1] = expected[2, 2] = 18 / 64
    np.testing.assert_allclose(share[0, ..., 0], expected, rtol=1e-5)
    assert color[0][expected == 0].max() == 0


def test_without_hints_every_value_is_exactly_0():
    layer = HintSpread()
    found = spread(layer, maps())
    assert found.shape == (1, 8, 12, 12)
    assert not found.any()
    gate = ops.convert_to_numpy(
        HintGate()([np.repeat(found, 2, 2), *maps(32, 48)])
    )
    assert gate.shape == (1, 8, 24, 4)
    assert not gate.any()


def test_one_hint_gives_its_color_as_far_as_it_is_sure():
    found = spread(HintSpread(), maps(patches=[(9, 20, 4, 55.0, -22.0)]))
    color, sureness = found[..., :8], found[..., 8:]
    assert 0 < sureness.min() and sureness.max() < 1
    # Units of 110: 55 is a half, -22 a fifth.
    np.testing.assert_allclose(color[..., 0::2], 0.5 * sureness, rtol=1e-4)
    np.testing.assert_allclose(color[..., 1::2], -0.2 * sureness, rtol=1e-4)


def test_what_is_near_is_surer_where_all_look_alike():
    hints = maps(patches=[(0, 0, 4, 30.0, 30.0)])
    same = np.ones((1, 8, 12, 6), "float32")
    found = spread(HintSpread(), hints, same, np.ones((1, 4, 6, 6), "float32"))
    along_row = found[0, 0, ::2, 8:]  # two queries a cell
    assert (np.diff(along_row, axis=0) < 0).all()


def test_what_looks_alike_takes_the_color_of_the_hint():
    layer = HintSpread(num_heads=1, head_dim=2)
    # Two kinds of features on the left and right; the hint lies on the left.
    keys = np.zeros((1, 4, 6, 2), "float32")
    keys[..., :3, 0] = keys[..., 3:, 1] = 4.0
    queries = np.repeat(np.repeat(keys, 2, 1), 2, 2)
    hints = maps(patches=[(16, 4, 4, 30.0, 0.0)])
    spread(layer, hints, queries, keys)  # builds it
    for kernel, _ in (layer.query, layer.key):
        kernel.assign(np.eye(2))
    layer.nothing[1].assign([4.0])
    layer.nothing[0].assign(np.zeros((2, 1)))
    layer.nearness.assign([-20.0])
    sureness = spread(layer, hints, queries, keys)[0, ..., 2]
    assert sureness[:, :6].min() > 0.9 and sureness[:, 6:].max() < 0.1


def test_gate_is_open_on_a_hint_and_half_open_by_half_a_sureness():
    found = np.zeros((1, 8, 12, 6), "float32")
    found[..., 4:] = (0.25, 0.75)  # two heads, the mean is a half
    hints = maps(patches=[(4, 8, 2, 11.0, 22.0)])
    gate = ops.convert_to_numpy(HintGate()([found, *hints]))
    np.testing.assert_allclose(gate[0, 1, 2], (1.0, 0.1, 0.2, 0.25), rtol=1e-5)
    gate[0, 1, 2] = (0.5, 0, 0, 0)
    np.testing.assert_allclose(gate, np.full_like(gate, [0.5, 0, 0, 0]))


def test_sizes_may_differ_from_call_to_call():
    layer = HintSpread(num_heads=2, head_dim=4)
    inputs = [keras.Input((None, None, n)) for n in (6, 6, 2, 1)]
    model = keras.Model(inputs, layer(inputs))
    for height, width in ((32, 48), (64, 32)):
        hints = maps(height, width, [(3, 5, 2, 9.0, 9.0)])
        queries = features(0, height // 4, width // 4)
        keys = features(1, height // 8, width // 8)
        found = model([queries, keys, *hints])
        assert found.shape == (1, height // 4, width // 4, 6)


def test_it_is_restored_from_its_config():
    layer = HintSpread(num_heads=3, head_dim=5, name="h")
    copy = HintSpread.from_config(layer.get_config())
    assert copy.get_config() == layer.get_config()


@pytest.mark.parametrize("seed", range(3))
def test_order_of_photos_in_a_batch_does_not_matter(seed):
    layer = HintSpread()
    one = maps(patches=[(1, 2, 2, 40.0, -10.0)])
    two = maps(patches=[(9, 30, 3, -20.0, 10.0), (20, 8, 5, 7.0, 7.0)])
    queries = np.concatenate([features(seed, 8, 12), features(seed + 9, 8, 12)])
    keys = np.concatenate([features(seed + 5, 4, 6), features(seed + 7, 4, 6)])
    hints = [np.concatenate(pair) for pair in zip(one, two, strict=True)]
    both = spread(layer, hints, queries, keys)
    alone = spread(layer, two, queries[1:], keys[1:])
    np.testing.assert_allclose(both[1:], alone, atol=1e-5)
