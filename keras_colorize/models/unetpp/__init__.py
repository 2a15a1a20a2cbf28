"""UNet++: the published nested U-Net, and one for color, in YUV."""
