"""How close a colorized photo is to the true one, and how colorful.

| score | function |
| --- | --- |
| PSNR, SSIM | `fidelity.psnr`, `fidelity.ssim` |
| CIEDE2000 | `fidelity.pixel_delta_e_2000`, `fidelity.mean_delta_e_2000` |
| RMSE of ab | `fidelity.ab_rmse` |
| AuC | `fidelity.ab_accuracy`, whose mean it is |
| colorfulness | `colorfulness.colorfulness` |

These are the definitions of every published figure: `training.measure.scoring`
applies them to photos, `training.measure.summary` takes the means. They are
NumPy and scikit-image; what a network can learn from is in `losses` and, for
color differences, in `color.difference`. Nothing is imported here.
"""
