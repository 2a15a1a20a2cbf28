"""UNet++: the published nested U-Net, and one for colour, in YUV."""
