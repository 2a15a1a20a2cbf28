"""The ECCV16 release: `colorization_release_v2-9b330a0b.pth`."""

from keras_colorize.convert.release import Release

RELEASE = Release(
    model="eccv16_base",
    file="colorization_release_v2-9b330a0b.pth",
    source="https://github.com/richzhang/colorization",
    license="BSD-2-Clause (github.com/richzhang/colorization)",
    layers={
        "stack1_conv1": "model1.0",
        "stack1_conv2": "model1.2",
        "stack1_norm": "model1.4",
        "stack2_conv1": "model2.0",
        "stack2_conv2": "model2.2",
        "stack2_norm": "model2.4",
        "stack3_conv1": "model3.0",
        "stack3_conv2": "model3.2",
        "stack3_conv3": "model3.4",
        "stack3_norm": "model3.6",
        "stack4_conv1": "model4.0",
        "stack4_conv2": "model4.2",
        "stack4_conv3": "model4.4",
        "stack4_norm": "model4.6",
        "stack5_conv1": "model5.0",
        "stack5_conv2": "model5.2",
        "stack5_conv3": "model5.4",
        "stack5_norm": "model5.6",
        "stack6_conv1": "model6.0",
        "stack6_conv2": "model6.2",
        "stack6_conv3": "model6.4",
        "stack6_norm": "model6.6",
        "stack7_conv1": "model7.0",
        "stack7_conv2": "model7.2",
        "stack7_conv3": "model7.4",
        "stack7_norm": "model7.6",
        "stack8_up": "model8.0",
        "stack8_conv1": "model8.2",
        "stack8_conv2": "model8.4",
        "q_logits": "model8.6",
        "ab_decoder": "model_out",
    },
    # The release multiplies its output by 110; our bins are in CIE units.
    scales={"model_out.weight": 110.0},
    # Its softmax has no temperature: the weights contain it.
    overrides={"temperature": 1.0},
)
