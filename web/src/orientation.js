// Turning of photos that lie on their side.

/**
 * Turns a photo upright.
 *
 * @param {{width: number, height: number, channels: number, pixels: Uint8Array}} image
 * @param {number} orientation 1 to 8, of EXIF and TIFF; others leave it as it is.
 */
export function upright(image, orientation) {
  const { width, height, channels, pixels } = image;
  if (!(orientation > 1 && orientation <= 8)) return image;
  const isTurned = orientation >= 5;
  const [wide, high] = isTurned ? [height, width] : [width, height];
  // Steps in the result for one to the right, and one down, in the file.
  const fromRight = [2, 3, 6, 7].includes(orientation);
  const fromBottom = [3, 4, 7, 8].includes(orientation);
  const [across, down] = [fromRight ? -1 : 1, fromBottom ? -wide : wide];
  const [stepX, stepY] = isTurned ? [down, across] : [across, down];
  const start = (fromRight ? wide - 1 : 0) + (fromBottom ? wide * (high - 1) : 0);
  const turned = new Uint8Array(pixels.length);
  for (let y = 0, from = 0; y < height; y++) {
    for (let x = 0, to = start + y * stepY; x < width; x++, to += stepX) {
      for (let c = 0; c < channels; c++) turned[to * channels + c] = pixels[from++];
    }
  }
  return { width: wide, height: high, channels, pixels: turned };
}
