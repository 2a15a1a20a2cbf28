"""Pretrained feature extractors, their preprocessing inside.

Each module has `build_*`, which returns a model with fresh weights, and
`load_*_weights`, which fills it from a file: nothing is downloaded unless
"imagenet" asks for it.

| module | used by |
| --- | --- |
| `resnet18` | `lite`, `resnet18_unet` |
| `efficientnet_lite`, `mobilenet_v1` | `lite` |
| `convnext` | `ddcolor` |
| `vgg16` | `hypercolumn`, and the perceptual loss |

`pretrained` reads files of weights and puts them into networks.
"""
