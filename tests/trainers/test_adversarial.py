"""One fit for two networks: losses, gradients, modes, precision, misuse."""

import keras
import numpy as np
import pytest

if keras.backend.backend() != "tensorflow":
    pytest.skip("runs on TensorFlow", allow_module_level=True)

from keras_colorize.color.cielab import lab_to_rgb
from keras_colorize.losses.adversarial import KINDS
from keras_colorize.losses.weighted import WeightedLoss
from keras_colorize.models.registry import create_model
from keras_colorize.trainers.adversarial import AdversarialColorizer


def values_of(network):
    return [np.array(w) for w in network.weights]


def moved(before, network):
    """Whether each trainable weight of a network changed."""
    changes = zip(before, network.weights, strict=True)
    return [
        bool(np.abs(old - np.array(new)).max() > 0)
        for old, new in changes
        if new.trainable
    ]


def to_floats(losses):
    return {name: float(value) for name, value in losses.items()}


def test_losses_are_those_of_pix2pix(make_trainer, photos):
    trainer = make_trainer()
    L, ab = photos
    predicted = np.array(trainer.generator(L))
    judge = trainer.discriminator
    real = np.array(judge({"L": L, "ab": ab}))
    fake = np.array(judge({"L": L, "ab": predicted}))
    d_real, d_fake = np.log1p(np.exp(-real)), np.log1p(np.exp(fake))
    l1 = np.abs(predicted - ab).mean()
    adversarial = np.log1p(np.exp(-fake)).mean()
    expected = {
        "d_real": d_real.mean(),
        "d_fake": d_fake.mean(),
        "d_loss": 0.5 * (d_real.mean() + d_fake.mean()),
        "g_adversarial": adversarial,
        "l1": l1,
        "g_loss": adversarial + 100 * l1 / 110,
    }
    losses = to_floats(trainer.compute_losses(L, ab, training=False))
    assert losses == pytest.approx(expected, rel=1e-5)


def test_weights_and_spaces_of_losses_count(make_trainer, photos):
    L, ab = photos
    on_rgb = WeightedLoss(keras.losses.MeanSquaredError(), 7.0, on="rgb")
    trainer = make_trainer(
        adversarial_loss="least_squares",
        adversarial_weight=3.0,
        discriminator_weight=1.0,
        generator_losses={"rgb": on_rgb},
    )
    losses = to_floats(trainer.compute_losses(L, ab, training=False))
    rgb, predicted = (
        np.array(lab_to_rgb(np.concatenate([L, x], axis=-1)))
        for x in (ab, trainer.generator(L))
    )
    squared = np.square(rgb - predicted).mean()
    assert losses["rgb"] == pytest.approx(squared, rel=1e-4)
    total = 3.0 * losses["g_adversarial"] + 7.0 * losses["rgb"]
    assert losses["g_loss"] == pytest.approx(total, rel=1e-5)
    both = losses["d_real"] + losses["d_fake"]
    assert losses["d_loss"] == pytest.approx(both, rel=1e-5)


@pytest.mark.parametrize("frozen", ["generator", "discriminator"])
def test_each_optimizer_moves_its_own_network_only(
    make_trainer, photos, frozen
):
    still = keras.optimizers.SGD(0.0)
    trainer = make_trainer(**{f"{frozen}_optimizer": still})
    networks = {
        "generator": trainer.generator,
        "discriminator": trainer.discriminator,
    }
    before = {name: values_of(network) for name, network in networks.items()}
    trainer.train_on_batch(*photos)
    for name, network in networks.items():
        expected = name != frozen
        assert set(moved(before[name], network)) == {expected}, name


def test_generator_pays_the_discriminator_that_has_just_learned(
    make_trainer, photos
):
    L, ab = photos
    trainer = make_trainer(generator_optimizer=keras.optimizers.SGD(0.0))
    before = to_floats(trainer.compute_losses(L, ab, training=True))
    logged = to_floats(trainer.train_on_batch(L, ab, return_dict=True))
    after = to_floats(trainer.compute_losses(L, ab, training=True))
    assert logged["d_loss"] == pytest.approx(before["d_loss"], rel=1e-5)
    assert logged["g_adversarial"] == pytest.approx(
        after["g_adversarial"], rel=1e-5
    )
    assert after["g_adversarial"] != pytest.approx(
        before["g_adversarial"], rel=1e-5
    )


def test_without_other_losses_the_generator_still_learns(make_trainer, photos):
    trainer = make_trainer(generator_losses=None)
    before = values_of(trainer.generator)
    trainer.train_on_batch(*photos)
    assert all(moved(before, trainer.generator))


def test_fit_lowers_the_distance_to_the_truth(make_trainer, photos):
    history = make_trainer().fit(*photos, batch_size=2, epochs=30, verbose=0)
    l1 = history.history["l1"]
    assert l1[-1] < 0.7 * l1[0]


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_adversarial_loss_trains(make_trainer, photos, kind):
    trainer = make_trainer(adversarial_loss=kind)
    before = values_of(trainer.generator), values_of(trainer.discriminator)
    history = trainer.fit(*photos, batch_size=3, epochs=2, verbose=0)
    assert np.isfinite(list(history.history.values())).all()
    assert any(moved(before[0], trainer.generator))
    assert any(moved(before[1], trainer.discriminator))


def test_logs_have_one_mean_a_loss_and_nothing_else(make_trainer, photos):
    names = ["d_real", "d_fake", "d_loss", "g_adversarial", "g_loss", "l1"]
    trainer = make_trainer()
    assert [m.name for m in trainer.metrics] == names
    history = trainer.fit(
        *photos, validation_data=photos, batch_size=3, verbose=0
    )
    assert set(history.history) == {*names, *(f"val_{n}" for n in names)}


def test_means_weigh_photos_alike_in_a_short_last_batch(make_trainer, photos):
    trainer = make_trainer()
    whole = trainer.evaluate(*photos, batch_size=6, verbose=0, return_dict=True)
    parts = trainer.evaluate(*photos, batch_size=4, verbose=0, return_dict=True)
    assert parts == pytest.approx(whole, rel=1e-5)


def test_validation_leaves_statistics_and_weights_alone(make_trainer, photos):
    trainer = make_trainer(norm="batch", dropout_rate=0.5)
    trainer.train_on_batch(*photos)
    networks = (trainer.generator, trainer.discriminator)
    before = [values_of(network) for network in networks]
    first = trainer.evaluate(*photos, verbose=0, return_dict=True)
    again = trainer.evaluate(*photos, verbose=0, return_dict=True)
    assert first == again  # no dropout
    for old, network in zip(before, networks, strict=True):
        for a, b in zip(old, values_of(network), strict=True):
            np.testing.assert_array_equal(a, b)
    calm = trainer.compute_losses(*photos, training=False)
    assert first["l1"] == pytest.approx(float(calm["l1"]), rel=1e-5)


def test_compiled_by_xla_the_steps_are_the_same(make_trainer, photos):
    histories = []
    for jit_compile in (False, True):
        trainer = make_trainer(norm="batch", jit_compile=jit_compile)
        fit = trainer.fit(*photos, batch_size=3, shuffle=False, verbose=0)
        histories.append({k: v[0] for k, v in fit.history.items()})
    assert histories[1] == pytest.approx(histories[0], rel=1e-3)


def test_half_floats_scale_the_loss_and_skip_overflows(make_trainer, photos):
    keras.mixed_precision.set_global_policy("mixed_float16")
    try:
        trainer = make_trainer()
    finally:
        keras.mixed_precision.set_global_policy("float32")
    optimizers = trainer.generator_optimizer, trainer.discriminator_optimizer
    for optimizer in optimizers:
        assert isinstance(optimizer, keras.optimizers.LossScaleOptimizer)
    before = values_of(trainer.generator)
    for _ in range(12):
        losses = trainer.train_on_batch(*photos, return_dict=True)
    assert np.isfinite(list(losses.values())).all()
    assert any(moved(before, trainer.generator))
    assert int(trainer.discriminator_optimizer.iterations) > 0
    # A step whose gradients overflow halves the scale and moves nothing.
    before = values_of(trainer.generator)
    optimizer = trainer.generator_optimizer
    optimizer.dynamic_scale.assign(2.0**100)
    trainer.train_on_batch(*photos)
    assert not any(moved(before, trainer.generator))
    assert float(optimizer.dynamic_scale) == 2.0**99


def test_other_precisions_do_not_scale_the_loss(make_trainer):
    keras.mixed_precision.set_global_policy("mixed_bfloat16")
    try:
        trainer = make_trainer()
    finally:
        keras.mixed_precision.set_global_policy("float32")
    assert isinstance(trainer.generator_optimizer, keras.optimizers.Adam)


def test_clipping_limits_what_a_step_changes(make_trainer, photos):
    trainer = make_trainer(
        generator_optimizer=keras.optimizers.SGD(1.0, global_clipnorm=1e-3)
    )
    before = values_of(trainer.generator)
    trainer.train_on_batch(*photos)
    changes = zip(before, values_of(trainer.generator), strict=True)
    length = sum(np.square(a - b).sum() for a, b in changes) ** 0.5
    assert length == pytest.approx(1e-3, rel=0.02)


def test_accumulated_gradients_wait_for_the_last_batch(make_trainer, photos):
    trainer = make_trainer(
        generator_optimizer=keras.optimizers.Adam(
            1e-3, gradient_accumulation_steps=2
        )
    )
    before = values_of(trainer.generator)
    trainer.train_on_batch(*photos)
    assert not any(moved(before, trainer.generator))
    trainer.train_on_batch(*photos)
    assert all(moved(before, trainer.generator))


def test_keras_file_keeps_networks_optimizers_and_losses(
    make_trainer, photos, tmp_path
):
    trainer = make_trainer(norm="batch")
    trainer.fit(*photos, batch_size=2, verbose=0)
    trainer.save(tmp_path / "trainer.keras")
    again = keras.saving.load_model(tmp_path / "trainer.keras")
    assert int(again.generator_optimizer.iterations) == 3
    assert int(again.discriminator_optimizer.iterations) == 3
    assert again.generator_losses["l1"].weight == pytest.approx(100 / 110)
    losses = [
        model.train_on_batch(*photos, return_dict=True)
        for model in (trainer, again)
    ]
    assert losses[1] == pytest.approx(losses[0], rel=1e-5)


def test_keras_file_keeps_the_arguments_of_compile(make_trainer, tmp_path):
    options = {
        "steps_per_execution": 4,
        "run_eagerly": True,
        "jit_compile": False,
        "auto_scale_loss": False,
    }
    for given in (options, {"jit_compile": True}, {}):
        trainer = make_trainer(**given)
        trainer.save(tmp_path / "trainer.keras")
        again = keras.saving.load_model(tmp_path / "trainer.keras")
        for model in (trainer, again):
            assert model.steps_per_execution == given.get(
                "steps_per_execution", 1
            )
            assert model.run_eagerly == given.get("run_eagerly", False)
            assert model.jit_compile == trainer.jit_compile
        assert again.get_compile_config() == trainer.get_compile_config()
        kept = again.get_compile_config()
        assert {name: kept.get(name) for name in options} == {
            name: given.get(name) for name in options
        }


def test_half_floats_are_not_scaled_where_it_is_not_wanted(make_trainer):
    keras.mixed_precision.set_global_policy("mixed_float16")
    try:
        trainer = make_trainer(auto_scale_loss=False)
    finally:
        keras.mixed_precision.set_global_policy("float32")
    assert isinstance(trainer.generator_optimizer, keras.optimizers.Adam)


def test_penalties_of_weights_are_paid(make_trainer, photos):
    L, ab = photos
    trainer = make_trainer(
        generator_optimizer=keras.optimizers.SGD(0.5),
        discriminator_optimizer=keras.optimizers.SGD(0.5),
        adversarial_weight=0.0,
        discriminator_weight=0.0,
        generator_losses=None,
    )
    kernels = {}
    for name in ("generator", "discriminator"):
        variables = getattr(trainer, name).trainable_variables
        kernel = next(v for v in variables if v.name == "kernel")
        kernel.regularizer = keras.regularizers.L2(0.1)
        kernels[name] = kernel
    losses = to_floats(trainer.compute_losses(L, ab, training=False))
    before = {name: np.array(kernel) for name, kernel in kernels.items()}
    trainer.train_on_batch(L, ab)
    for name, kernel in kernels.items():
        squares = np.square(before[name]).sum()
        assert losses[f"{name[0]}_loss"] == pytest.approx(0.1 * squares)
        # The gradient is 2 * 0.1 k, and half of it the step.
        np.testing.assert_allclose(
            np.array(kernel), 0.9 * before[name], rtol=1e-4, atol=1e-6
        )


def test_predicts_what_the_generator_predicts(make_trainer, photos):
    trainer = make_trainer()
    L = photos[0][:, :13, :21]
    np.testing.assert_array_equal(
        np.array(trainer.predict_ab(L)),
        np.array(trainer.generator.predict_ab(L)),
    )
    np.testing.assert_allclose(
        trainer.predict(photos[0], verbose=0),
        np.array(trainer.generator(photos[0])),
        atol=1e-4,
    )


def test_generators_return_ab_of_every_pixel():
    classifier = create_model("eccv16_small", stackwise_filters=(4,) * 8)
    with pytest.raises(ValueError, match="output_kind='q_logits'"):
        AdversarialColorizer(classifier, keras.Sequential())
    coarse = create_model("eccv16_l2_small", stackwise_filters=(4,) * 8)
    with pytest.raises(ValueError, match="output_stride=4"):
        AdversarialColorizer(coarse, keras.Sequential())


def test_wrong_losses_and_data_are_refused(make_trainer, photos):
    with pytest.raises(ValueError, match="Received: 'wgan'"):
        make_trainer(adversarial_loss="wgan")
    taken = WeightedLoss(keras.losses.MeanAbsoluteError())
    with pytest.raises(ValueError, match="Received: g_loss"):
        make_trainer(generator_losses={"g_loss": taken})
    with pytest.raises(ValueError, match=r"pairs \(L, ab\)"):
        make_trainer().fit(photos[0], batch_size=2, verbose=0)
