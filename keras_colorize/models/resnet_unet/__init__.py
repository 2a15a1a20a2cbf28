"""U-Net whose way down is a ResNet18, pretrained on ImageNet."""
