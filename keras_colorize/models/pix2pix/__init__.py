"""pix2pix for colour: the U-Net generator of a conditional GAN."""
