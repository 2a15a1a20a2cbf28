"""What a step of training does with data, losses and gradients."""

import keras
import tensorflow as tf


def minimize(name, compute, optimizer, variables):
    """Computes losses, and takes a step down the one called `name`.

    Args:
        name: key of the loss.
        compute: function without arguments that returns a dict of losses,
            means over the photos of this replica.
        optimizer: built optimizer.
        variables: the variables that move, in the optimizer's order.

    Returns:
        What `compute` returned.
    """
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch([variable.value for variable in variables])
        losses = compute()
        # Optimizers add up the gradients of all replicas.
        replicas = tf.distribute.get_strategy().num_replicas_in_sync
        loss = optimizer.scale_loss(losses[name] / replicas)
    optimizer.apply(tape.gradient(loss, variables), variables)
    return losses


def mean_of(loss, y_true, y_pred):
    """Returns the mean of a loss over this replica's photos.

    Args:
        loss: `keras.losses.Loss`, or a function of truth and prediction.
        y_true: float tensor.
        y_pred: float tensor.

    Returns:
        float32 scalar.
    """
    # TRICKY: called as a whole, a Keras loss would divide by the number of
    # replicas, but only where its values are not reduced already.
    compute = loss.call if isinstance(loss, keras.losses.Loss) else loss
    return tf.reduce_mean(tf.cast(compute(y_true, y_pred), "float32"))


def unpack_pairs(data):
    """Returns L and ab of a batch.

    Raises:
        ValueError: If ab is missing, or there are sample weights.
    """
    L, ab, sample_weight = keras.utils.unpack_x_y_sample_weight(data)
    if ab is None or sample_weight is not None:
        raise ValueError(
            "Adversarial training takes pairs (L, ab) without sample weights. "
            f"Received: ab={ab}, sample_weight={sample_weight}."
        )
    return L, ab
