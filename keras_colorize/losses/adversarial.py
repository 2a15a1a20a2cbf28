"""Adversarial losses on a discriminator's logits."""

from keras import ops

KINDS = ("vanilla", "least_squares", "hinge")


def adversarial_loss(y_true, logits, kind="vanilla", for_generator=False):
    """Computes what each logit costs whom wants it to say `y_true`.

                      real, y_true 1       fake, y_true 0
        vanilla       log(1 + exp(-x))     log(1 + exp(x))
        least_squares (x - 1)^2            x^2
        hinge         max(0, 1 - x)        max(0, 1 + x)

    Under "hinge" the generator has no margin: it pays -x, with 1 for
    `y_true`. Under the others it pays what the discriminator pays for a real
    photo.

    Args:
        y_true: 1 for real and 0 for fake; float that broadcasts against
            `logits`.
        logits: float, any shape; what the discriminator returns, without a
            sigmoid.
        kind: one of `KINDS`.
        for_generator: bool, whether it is the generator who pays.

    Returns:
        float32, of the shape of `logits`.

    Raises:
        ValueError: If `kind` is unknown.

    Reference: Goodfellow et al., Generative Adversarial Nets, NeurIPS 2014
    (with the generator's loss that does not saturate); Mao et al., Least
    Squares Generative Adversarial Networks, ICCV 2017; Lim and Ye, Geometric
    GAN, 2017.
    """
    check_kind(kind)
    logits = ops.cast(logits, "float32")
    y_true = ops.cast(y_true, "float32")
    if kind == "least_squares":
        return ops.square(logits - y_true)
    margin = (2.0 * y_true - 1.0) * logits  # above 0 where it is right
    if kind == "vanilla":
        return ops.softplus(-margin)
    return -margin if for_generator else ops.relu(1.0 - margin)


def check_kind(kind):
    """Refuses what is not in `KINDS`.

    Raises:
        ValueError: If `kind` is unknown.
    """
    if kind not in KINDS:
        raise ValueError(
            f"The kind of adversarial loss must be one of {', '.join(KINDS)}. "
            f"Received: {kind!r}."
        )
