"""A dilated convolution that stays one operation, also when exported.

`keras.layers.Conv2D` is exact on the TensorFlow backend, but it spells a
dilation as SpaceToBatchND, Conv2D, BatchToSpaceND. With unknown image sizes
that becomes dozens of ONNX nodes a layer. Here the forward pass is a single
operation with a `dilations` attribute. So is the gradient where TensorFlow
has kernels for it; its CPU kernels without oneDNN have none, and there the
gradient goes the long way.
"""

import functools

import keras


@keras.saving.register_keras_serializable(package="keras_colorize")
class DilatedConv2D(keras.layers.Conv2D):
    """Computes what `keras.layers.Conv2D` computes, as one operation.

    Weights, configuration and numbers are those of `keras.layers.Conv2D`.
    On the TensorFlow backend the graph has one `Conv2D` operation with its
    dilation as an attribute, which converts to one ONNX `Conv` node whether
    height and width are known or not. On other backends, without dilation or
    with groups, nothing differs from the parent class.

    Args:
        filters: int. Number of output channels.
        kernel_size: int or pair of ints (height, width).
        dilation_rate: int or pair of ints (height, width).
        padding: `"same"` (the default here) or `"valid"`.
        **kwargs: Further arguments of `keras.layers.Conv2D`.

    Input shape:
        float (B, H, W, C).

    Output shape:
        float (B, H, W, filters) with `padding="same"`.
    """

    def __init__(
        self,
        filters,
        kernel_size,
        dilation_rate=2,
        padding="same",
        **kwargs,
    ):
        super().__init__(
            filters,
            kernel_size,
            dilation_rate=dilation_rate,
            padding=padding,
            **kwargs,
        )

    def convolution_op(self, inputs, kernel):
        """Convolves without the bias, as the parent class does."""
        if (
            keras.backend.backend() != "tensorflow"
            or max(self.dilation_rate) == 1
            or self.groups != 1
            or self.data_format != "channels_last"
        ):
            return super().convolution_op(inputs, kernel)
        return _convolve_with_attribute(
            inputs,
            kernel,
            padding=self.padding.upper(),
            dilations=list(self.dilation_rate),
        )


def _convolve_with_attribute(inputs, kernel, padding, dilations):
    import tensorflow as tf

    if _differentiates_dilation():
        return tf.nn.conv2d(inputs, kernel, 1, padding, dilations=dilations)

    @tf.custom_gradient
    def convolve(inputs, kernel):
        outputs = tf.nn.conv2d(inputs, kernel, 1, padding, dilations=dilations)

        def gradient(upstream):
            with tf.GradientTape() as tape:
                tape.watch((inputs, kernel))
                same_outputs = tf.nn.convolution(
                    inputs, kernel, 1, padding, dilations=dilations
                )
            return tape.gradient(same_outputs, (inputs, kernel), upstream)

        return outputs, gradient

    return convolve(tf.convert_to_tensor(inputs), tf.convert_to_tensor(kernel))


@functools.cache
def _differentiates_dilation():
    """Tries once whether this machine has kernels for the gradient.

    TensorFlow does not tell; without oneDNN its CPU kernels refuse when run.
    """
    import tensorflow as tf

    with tf.init_scope():
        try:
            # Raw, because `init_scope` also stops gradient tapes.
            tf.raw_ops.Conv2DBackpropFilter(
                input=tf.ones((1, 5, 5, 1)),
                filter_sizes=(3, 3, 1, 1),
                out_backprop=tf.ones((1, 5, 5, 1)),
                strides=(1, 1, 1, 1),
                padding="SAME",
                dilations=(1, 2, 2, 1),
            )
        except (tf.errors.InvalidArgumentError, tf.errors.UnimplementedError):
            return False
    return True
