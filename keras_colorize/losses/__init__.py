"""Losses: a function of (y_true, y_pred) and a thin Keras class each.

| module | compares |
| --- | --- |
| `regression` | ab with ab: squared and absolute error |
| `classification` | ab with scores over the 313 bins; lifts rare colors |
| `grid` | ab with scores over the 23 x 23 grid of SIGGRAPH17 |
| `perceptual` | photos as a pretrained VGG16 sees them |
| `colorfulness` | a photo with gray, without a truth |
| `adversarial` | a discriminator's logits with real or fake |
| `weighted` | none: one term of a sum of these, with its weight |
"""
