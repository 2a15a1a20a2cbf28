"""Keras layers and functions on feature maps, one subject a module.

| to | module |
| --- | --- |
| resize maps, with sizes known only at run time | `resize` |
| enlarge maps by a whole factor | `bilinear_upsampling`, `pixel_shuffle` |
| pad maps so that they can be halved | `padding` |
| convolve with gaps, or with a bounded norm | `dilated_conv`, `spectral_conv` |
| convolve enlarged maps | `upsampled_conv` |
| convolve a hypercolumn that is never made | `hypercolumn_conv` |
| train wide layers in less memory | `photo_by_photo` |
| soften enlarged maps | `blur` |
| let pixels attend to one another | `spatial_attention`, `sine_position` |
| let color queries meet pixels | `query_fusion` |
| turn L into luma, scores over ab bins into ab | `luma`, `annealed_mean` |
| draw hints at the network's resolution | `hint_map` |
| spread hints to what looks alike | `hint_spread` |
"""
