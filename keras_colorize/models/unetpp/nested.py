"""What the UNet++ models share: the triangle of nodes and the heads.

    X(0,0) ─── X(0,1) ─── X(0,2) ─ …     each node reads all nodes to its
        ╲     ╱    ╲     ╱               left and the one below left,
         X(1,0) ─── X(1,1) ─ …           enlarged
             ╲     ╱
              X(2,0) ─ …

Reference: Zhou et al., UNet++: A Nested U-Net Architecture for Medical Image
Segmentation, 2018.
"""

from keras import layers

# Largest |U| and |V| of BT.601 in sRGB: one unit of the heads.
_UV_SCALE = (0.436, 0.615)


def check_arguments(stackwise_filters):
    """Raises a `ValueError` where the triangle has less than two levels."""
    if len(stackwise_filters) < 2 or min(stackwise_filters) < 1:
        raise ValueError(
            "`stackwise_filters` must be at least 2 positive ints, one per "
            f"level. Received: stackwise_filters={stackwise_filters}."
        )


def apply_nested_nodes(x, stackwise_filters, apply_node, apply_up):
    """Builds the triangle of nodes.

        X(0,0) = node(x)
        X(i,0) = node(max_pool(X(i-1,0)))
        X(i,j) = node(concat(up(X(i+1,j-1)), X(i,0), …, X(i,j-1)))

    Args:
        x: symbolic float (B, H, W, C).
        stackwise_filters: sequence of N ints, channels of the nodes of each
            level; H and W must be multiples of 2^(N-1).
        apply_node: function (x, filters, name) to (B, h, w, filters).
        apply_up: function (x, filters, name) to (B, 2h, 2w, filters).

    Returns:
        list of the nodes X(0,1) to X(0,N-1), (B, H, W, filters of level 0).
    """
    levels = []  # levels[i][j] is X(i,j), (B, H/2^i, W/2^i, filters of i)
    for i, filters in enumerate(stackwise_filters):
        if i > 0:
            x = layers.MaxPooling2D(2, name=f"pool{i}")(levels[i - 1][0])
        levels.append([apply_node(x, filters, name=f"node{i}_0")])
    for j in range(1, len(levels)):
        for i in range(len(levels) - j):
            filters = stackwise_filters[i]
            up = apply_up(levels[i + 1][j - 1], filters, name=f"up{i}_{j}")
            x = layers.Concatenate(name=f"skip{i}_{j}")([up, *levels[i]])
            levels[i].append(apply_node(x, filters, name=f"node{i}_{j}"))
    return levels[0][1:]


def apply_uv_heads(nodes, deep_supervision, activation=None):
    """Predicts UV from the last node, or the mean of what all nodes predict.

    Args:
        nodes: list of X(0,1) to X(0,N-1), symbolic float (B, H, W, C).
        deep_supervision: bool, whether each node gets a head.
        activation: Keras activation of the heads, whose unit is the largest
            U and V in sRGB.

    Returns:
        symbolic float32 (B, H, W, 2), U and V.
    """
    heads = [
        layers.Conv2D(
            2,
            1,
            activation=activation,
            kernel_initializer="he_normal",
            dtype="float32",
            name=f"uv_scaled{j}",
        )(node)
        for j, node in enumerate(nodes, start=1)
        if deep_supervision or j == len(nodes)
    ]
    uv_scaled = heads[-1]
    if len(heads) > 1:
        uv_scaled = layers.Average(dtype="float32", name="uv_mean")(heads)
    return layers.Rescaling(_UV_SCALE, dtype="float32", name="uv")(uv_scaled)
