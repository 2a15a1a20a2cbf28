"""pix2pix for color: the U-Net generator of a conditional GAN."""
