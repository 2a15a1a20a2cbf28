"""The names that a configuration chooses from."""

# Loss -> what a network must return for it, see `Colorizer.output_kind`.
OUTPUT_KIND_OF_LOSS = {
    "rebalanced_crossentropy": "q_logits",
    "crossentropy": "q_logits",
    "hybrid": "q_logits",
    "ab_l2": "ab",
    "ab_l1": "ab",
    "uv_mse": "uv",
    "rgb_mse": "rgb",
    "siggraph17": "ab_and_q_logits",
    "adversarial": "ab",
}
LOSSES = tuple(OUTPUT_KIND_OF_LOSS)
# Those that weigh colors by how rare they are: they need a prior.
REBALANCED_LOSSES = ("rebalanced_crossentropy", "hybrid")
OPTIMIZERS = ("adam", "adamw")
SCHEDULES = ("constant", "cosine", "linear", "steps", "plateau", "stall")
# Lowered by callbacks that watch the loss of a single network.
WATCHING_SCHEDULES = ("plateau", "stall")
# `training.run.adversarial` builds these.
DISCRIMINATORS = ("patchgan", "ddcolor")
GENERATOR_LOSSES = ("l1", "pixel", "perceptual", "colorfulness")
ADVERSARIAL_KINDS = ("vanilla", "least_squares", "hinge")
PRECISIONS = ("float32", "mixed_bfloat16", "mixed_float16")
ESTIMATE = "estimate"
