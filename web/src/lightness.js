// Color on a photo's own luminance, inside sRGB: what
// keras_colorize/color/luminance.py does after the model.

import {
  LINEAR_FROM_UINT8, labFromLinear, lightness, linearFromLab, luminance,
  srgbFromLinear,
} from "./cielab.js";

const ROUNDING_LEVELS = 1;  // what rounding three channels may move the gray

/**
 * Gives pixels that were clipped the luminance that they had.
 *
 * A color outside sRGB, clipped channel by channel, is lighter or darker than
 * the photo was; it becomes paler here instead.
 *
 * @param {Uint8Array} image (H, W, 3), sRGB, the photo before.
 * @param {Uint8Array} colorized (H, W, 3), sRGB, the photo after; changed in
 *     place where its gray level differs by more than rounding explains.
 */
export function keepLightness(image, colorized) {
  for (let i = 0; i < colorized.length; i += 3) {
    if (!isClipped(colorized, i)) continue;
    const Y = luminanceAt(image, i);
    const difference = srgbFromLinear(luminanceAt(colorized, i)) - srgbFromLinear(Y);
    if (Math.abs(difference) * 255 > ROUNDING_LEVELS) paint(colorized, i, Y);
  }
}

function isClipped(pixels, i) {
  for (let j = i; j < i + 3; j++) {
    if (pixels[j] === 0 || pixels[j] === 255) return true;
  }
  return false;
}

function luminanceAt(pixels, i) {
  return Math.min(luminance(linearAt(pixels, i)), 1);
}

function linearAt(pixels, i) {
  return [0, 1, 2].map((channel) => LINEAR_FROM_UINT8[pixels[i + channel]]);
}

/** Puts the ab of a pixel on luminance Y, paler where sRGB ends. */
function paint(pixels, i, Y) {
  const [, a, b] = labFromLinear(linearAt(pixels, i));
  const linear = linearFromLab([lightness(Y), a, b]);
  const gray = luminance(linear);
  // Luminance is linear in linear light: mixing with gray keeps it exactly.
  const chroma = linear.map((value) => value - gray);
  const share = Math.min(1, ...chroma.map((value) =>
    (value > 0 ? 1 - Y : Y) / Math.max(Math.abs(value), 1e-9)));
  chroma.forEach((value, channel) => {
    const level = Math.round(255 * srgbFromLinear(Y + share * value));
    pixels[i + channel] = Math.min(Math.max(level, 0), 255);
  });
}
