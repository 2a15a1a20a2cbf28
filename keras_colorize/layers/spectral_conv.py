"""A convolution whose kernel cannot stretch its input."""

import keras
from keras import ops

# Of the largest singular value, when the layer is made: from a random start
# a handful of power iterations is within a few percent.
_FIRST_ITERATIONS = 10
_SMALLEST = 1e-12


@keras.saving.register_keras_serializable(package="keras_colorize")
class SpectralConv2D(keras.layers.Conv2D):
    """Convolution by a kernel divided by its largest singular value.

        kernel / (u . K v),  K the kernel as a matrix (out, h * w * in)

    u and v follow K by one power iteration a training call and stand still in
    inference; the gradient takes them as constants. The stored kernel stays
    as the optimizer left it, as in PyTorch's `spectral_norm`, whose
    checkpoints can be continued; `keras.layers.SpectralNormalization`
    overwrites it.

    Args:
        *args: arguments of `keras.layers.Conv2D`.
        **kwargs: arguments of `keras.layers.Conv2D`.

    Input shape:
        float (B, H, W, C).

    Output shape:
        That of `keras.layers.Conv2D`.

    Reference: Miyato et al., Spectral Normalization for Generative
    Adversarial Networks, ICLR 2018.
    """

    def build(self, input_shape):
        super().build(input_shape)
        self.u = self._add_vector("u", self.filters)
        self.v = self._add_vector("v", self._matrix(self.kernel).shape[0])
        for _ in range(_FIRST_ITERATIONS):
            self.iterate()

    # A convolution would save its kernel and bias alone.
    def save_own_variables(self, store):
        keras.layers.Layer.save_own_variables(self, store)

    def load_own_variables(self, store):
        keras.layers.Layer.load_own_variables(self, store)

    def call(self, inputs, training=False):
        if training:
            self.iterate()
        return super().call(inputs)

    def convolution_op(self, inputs, kernel):
        return super().convolution_op(inputs, self.normalize(kernel))

    def iterate(self):
        """Moves u and v towards the largest singular value of the kernel."""
        matrix = ops.stop_gradient(self._matrix(self.kernel))
        v = _unit(ops.matmul(matrix, self._vector(self.u)))
        u = _unit(ops.matmul(ops.transpose(matrix), v))
        self.u.assign(u[:, 0])
        self.v.assign(v[:, 0])

    def normalize(self, kernel):
        """Divides a kernel by the singular value that u and v belong to."""
        matrix = self._matrix(kernel)
        stretched = ops.matmul(ops.transpose(matrix), self._vector(self.v))
        sigma = ops.sum(stretched * self._vector(self.u))
        return kernel / ops.cast(ops.maximum(sigma, _SMALLEST), kernel.dtype)

    def _add_vector(self, name, length):
        return self.add_weight(
            name=name,
            shape=(length,),
            initializer=keras.initializers.RandomNormal(seed=len(name)),
            trainable=False,
            autocast=False,
            dtype="float32",
            aggregation="mean",  # the same on every replica
        )

    def _matrix(self, kernel):
        kernel = ops.cast(kernel, "float32")
        return ops.reshape(kernel, (-1, self.filters))  # (h * w * in, out)

    def _vector(self, variable):
        return ops.stop_gradient(ops.convert_to_tensor(variable))[:, None]


def _unit(x):
    return x / ops.maximum(ops.norm(x), _SMALLEST)
