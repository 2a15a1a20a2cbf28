"""A generator and a discriminator that learn from each other by `fit`.

Isola et al., Image-to-Image Translation with Conditional Adversarial
Networks, CVPR 2017: for each batch one step of the discriminator, then one of
the generator, which pays for what the discriminator sees through and for its
distance from the truth. The generator colorizes each batch once.
"""

import functools

import keras
import tensorflow as tf

from keras_colorize.color.cielab import lab_to_rgb
from keras_colorize.color.vividness import enhance_lab
from keras_colorize.losses.adversarial import adversarial_loss
from keras_colorize.losses.adversarial import check_kind
from keras_colorize.trainers.steps import mean_of
from keras_colorize.trainers.steps import minimize
from keras_colorize.trainers.steps import unpack_pairs

# Losses that every run reports, beside those of the generator by their names.
LOSS_NAMES = ("d_real", "d_fake", "d_loss", "g_adversarial", "g_loss")


@keras.saving.register_keras_serializable(package="keras_colorize")
class AdversarialColorizer(keras.Model):
    """Trains a colorizer against a discriminator; runs on TensorFlow.

    `fit`, `evaluate` and callbacks work as for any model; data are pairs of L,
    float (B, H, W, 1), L* in [0, 100], and ab, float (B, H, W, 2), CIE a* and
    b*. What is kept of it afterwards is `generator`.

    Args:
        generator: `Colorizer` without hints that returns ab of every pixel.
        discriminator: built `keras.Model` that is called with the dict of
            `"L"` and `"ab"` in CIE units, shapes as above, and returns
            logits of any shape, large for real colors. What it makes of the
            two (scaled Lab, RGB alone, …) is done by layers inside it.
        **kwargs: name and trainable.

    Raises:
        ValueError: If the generator returns something else.
    """

    def __init__(self, generator, discriminator, **kwargs):
        super().__init__(**kwargs)
        if (
            generator.output_kind != "ab"
            or generator.output_stride != 1
            or generator.takes_hints
        ):
            raise ValueError(
                "A generator returns ab of every pixel and takes no hints. "
                f"Received: {generator.name} with output_kind="
                f"{generator.output_kind!r}, output_stride="
                f"{generator.output_stride}."
            )
        self.generator = generator
        self.discriminator = discriminator
        self.built = True  # both parts are

    def compile(
        self,
        generator_optimizer,
        discriminator_optimizer,
        adversarial_loss="vanilla",
        adversarial_weight=1.0,
        discriminator_weight=0.5,
        generator_losses=None,
        color_enhancement=1.0,
        **kwargs,
    ):
        """Prepares training, and builds both optimizers.

        Args:
            generator_optimizer: Keras optimizer or its name. Gradient
                clipping (in each replica by itself) and accumulation are
                arguments of optimizers; under mixed_float16 its loss is
                scaled, unless `auto_scale_loss` is False.
            discriminator_optimizer: another one.
            adversarial_loss: one of `losses.adversarial.KINDS`.
            adversarial_weight: float, weight of the adversarial loss in the
                generator's sum.
            discriminator_weight: float, what the sum of the discriminator's
                two losses is multiplied with: 0.5 in pix2pix, 1 in DDColor.
            generator_losses: dict of name to `losses.weighted.WeightedLoss`,
                the further terms of the generator's sum.
            color_enhancement: float, see `color.vividness`: how much more
                vivid than true the photos are that the discriminator sees,
                and that losses on "rgb" compare with. 1.2 in DDColor; 1
                leaves them.
            **kwargs: `jit_compile`, `run_eagerly`, `steps_per_execution` and
                `auto_scale_loss` of `keras.Model.compile`.

        Raises:
            ValueError: If a loss is unknown or has a name that is taken.
        """
        check_kind(adversarial_loss)
        generator_losses = dict(generator_losses or {})
        taken = sorted(set(generator_losses) & set(LOSS_NAMES))
        if taken:
            raise ValueError(
                f"`generator_losses` cannot be called {', '.join(LOSS_NAMES)}. "
                f"Received: {', '.join(taken)}."
            )
        super().compile(optimizer=None, **kwargs)
        self._compile_options = kwargs
        self.generator_optimizer = self._prepare(
            generator_optimizer, self.generator
        )
        self.discriminator_optimizer = self._prepare(
            discriminator_optimizer, self.discriminator
        )
        self.adversarial_loss = adversarial_loss
        self.adversarial_weight = adversarial_weight
        self.discriminator_weight = discriminator_weight
        self.generator_losses = generator_losses
        self.color_enhancement = color_enhancement
        self._trackers = {
            name: keras.metrics.Mean(name=name)
            for name in (*LOSS_NAMES, *generator_losses)
        }

    def _prepare(self, optimizer, network):
        """Returns an optimizer with all its variables, for saved states."""
        optimizer = keras.optimizers.get(optimizer)
        is_half = network.dtype_policy.name == "mixed_float16"
        is_automatic = self._compile_options.get("auto_scale_loss", True)
        scales_loss = isinstance(optimizer, keras.optimizers.LossScaleOptimizer)
        if is_half and is_automatic and not scales_loss:
            # Small gradients would become 0 in float16. Named, not numbered:
            # saved states are found by their names.
            optimizer = keras.optimizers.LossScaleOptimizer(
                optimizer, name="loss_scale_optimizer"
            )
        # Saved states are only restored into variables that exist.
        optimizer.build(network.trainable_variables)
        return optimizer

    @property
    def metrics(self):
        """One mean for each loss; `fit` resets them between epochs."""
        return list(getattr(self, "_trackers", {}).values())

    def call(self, L, training=None):
        """Returns what the generator returns, float32 (B, H, W, 2)."""
        return self.generator(L, training=training)

    def predict_ab(self, L):
        """Predicts color of any size, see `Colorizer.predict_ab`."""
        return self.generator.predict_ab(L)

    def compute_losses(self, L, ab, training, discriminator_step=None):
        """Computes every loss of a batch.

        Args:
            L: float (B, H, W, 1), L* in [0, 100].
            ab: float (B, H, W, 2), CIE a* and b*, the truth.
            training: bool, whether dropout and batch statistics are those of
                training.
            discriminator_step: function that calls the function it is given,
                which computes the discriminator's losses, returns what that
                returns, and may change the discriminator. None only calls.

        Returns:
            dict of scalars, float32: "d_real" and "d_fake", what the
            discriminator pays for true and for predicted colors; "d_loss",
            its weighted sum; "g_adversarial", what the generator pays; each
            of `generator_losses` without its weight; "g_loss", the
            generator's weighted sum. Both sums have the network's own
            `losses` in them, such as penalties of weights.
        """
        L, ab = (tf.cast(x, "float32") for x in (L, ab))
        # Not `decode_ab`: it may clip, and clipped colors teach nothing.
        predicted = tf.cast(self.generator(L, training=training), "float32")
        judge = functools.partial(self._judge, L, training=training)

        def discriminator_losses():
            # A constant here: this is not the generator's to pay.
            fake = judge(tf.stop_gradient(predicted))
            vivid = enhance_lab(L, ab, self.color_enhancement)
            real = self._judge(*vivid, training=training)
            return self._discriminator_losses(real, fake)

        step = discriminator_step or (lambda compute: compute())
        losses = step(discriminator_losses)
        adversarial = tf.reduce_mean(
            adversarial_loss(
                1.0,
                judge(predicted),
                self.adversarial_loss,
                for_generator=True,
            )
        )
        terms = self._generator_terms(L, ab, predicted)
        total = self.adversarial_weight * adversarial + _own(self.generator)
        for name, term in terms.items():
            total += self.generator_losses[name].weight * term
        return {**losses, "g_adversarial": adversarial, **terms} | {
            "g_loss": total
        }

    def _judge(self, L, ab, training):
        return self.discriminator({"L": L, "ab": ab}, training=training)

    def _discriminator_losses(self, real_logits, fake_logits):
        kind = self.adversarial_loss
        real = tf.reduce_mean(adversarial_loss(1.0, real_logits, kind))
        fake = tf.reduce_mean(adversarial_loss(0.0, fake_logits, kind))
        total = self.discriminator_weight * (real + fake)
        total += _own(self.discriminator)
        return {"d_real": real, "d_fake": fake, "d_loss": total}

    def _generator_terms(self, L, ab, predicted):
        spaces = {term.on for term in self.generator_losses.values()}
        pairs = {"ab": (ab, predicted)}
        if "rgb" in spaces:
            truth = _rgb(*enhance_lab(L, ab, self.color_enhancement))
            pairs["rgb"] = (truth, _rgb(L, predicted))
        return {
            name: mean_of(term.loss, *pairs[term.on])
            for name, term in self.generator_losses.items()
        }

    def train_step(self, data):
        """Takes one step of the discriminator, then one of the generator."""
        L, ab = unpack_pairs(data)

        def discriminator_step(compute):
            return minimize(
                "d_loss",
                compute,
                self.discriminator_optimizer,
                self.discriminator.trainable_variables,
            )

        losses = minimize(
            "g_loss",
            lambda: self.compute_losses(L, ab, True, discriminator_step),
            self.generator_optimizer,
            self.generator.trainable_variables,
        )
        return self._track(losses, L)

    def test_step(self, data):
        """Computes all losses, with both networks in inference mode."""
        L, ab = unpack_pairs(data)
        return self._track(self.compute_losses(L, ab, training=False), L)

    def _track(self, losses, L):
        for name, value in losses.items():
            # Photos of a short last batch count as much as others.
            self._trackers[name].update_state(value, tf.shape(L)[0])
        return {name: m.result() for name, m in self._trackers.items()}

    def get_config(self):
        """Returns both networks, name and trainable."""
        return {
            "generator": keras.saving.serialize_keras_object(self.generator),
            "discriminator": keras.saving.serialize_keras_object(
                self.discriminator
            ),
            "name": self.name,
            "trainable": self.trainable,
        }

    @classmethod
    def from_config(cls, config, custom_objects=None):
        """Rebuilds a model from `get_config`, with fresh weights."""
        networks = {
            name: keras.saving.deserialize_keras_object(
                config[name], custom_objects
            )
            for name in ("generator", "discriminator")
        }
        return cls(**{**config, **networks})

    def get_compile_config(self):
        """Returns the arguments of `compile`, for a saved model."""
        if not self.compiled:
            return {}
        names = (
            "generator_optimizer",
            "discriminator_optimizer",
            "adversarial_loss",
            "adversarial_weight",
            "discriminator_weight",
            "generator_losses",
            "color_enhancement",
        )
        arguments = {name: getattr(self, name) for name in names}
        return keras.saving.serialize_keras_object(
            {**arguments, **self._compile_options}
        )

    def compile_from_config(self, config):
        """Compiles with what `get_compile_config` returned."""
        self.compile(**keras.saving.deserialize_keras_object(config))


def _own(network):
    """Returns the sum of the losses that a network brings itself."""
    return sum(tf.cast(loss, "float32") for loss in network.losses)


def _rgb(L, ab):
    return lab_to_rgb(tf.concat([L, ab], axis=-1))
