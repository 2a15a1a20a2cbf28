// Color on a photo's own luminance, inside sRGB: what
// keras_colorize/color/luminance.py does before and after the model.

import {
  LINEAR_FROM_UINT8, labFromLinear, lightness, linearFromLab, luminance,
  srgbFromLinear,
} from "./cielab.js";

const ROUNDING_LEVELS = 1;  // what rounding three channels may move the gray
const CUT_OFF = 0.005;  // of the pixels, at either end
const FULL_CONTRAST = 200;  // levels
const NOTHING_TO_SPREAD = 16;

/**
 * Makes a faded photo as a network knows photos: from black to white.
 *
 * @param {Uint8Array} image (H, W, 3), sRGB.
 * @returns {Uint8Array} (H, W, 3), gray, spread; `image` itself where its
 *     contrast is full, or there is none.
 */
export function stretchContrast(image) {
  const levels = new Uint8Array(image.length / 3);
  const counts = new Uint32Array(256);
  for (let i = 0; i < levels.length; i++) {
    levels[i] = Math.round(255 * srgbFromLinear(luminanceAt(image, 3 * i)));
    counts[levels[i]] += 1;
  }
  const low = levelAt(counts, CUT_OFF * levels.length);
  const high = levelAt(counts, (1 - CUT_OFF) * levels.length);
  const contrast = high - low;
  if (contrast <= NOTHING_TO_SPREAD || contrast >= FULL_CONTRAST) return image;
  const spread = new Uint8Array(image.length);
  levels.forEach((level, i) => {
    const value = Math.round((level - low) * 255 / contrast);
    spread.fill(Math.min(Math.max(value, 0), 255), 3 * i, 3 * i + 3);
  });
  return spread;
}

/** The first level up to which so many pixels lie. */
function levelAt(counts, number) {
  let sum = 0;
  for (let level = 0; level < 256; level++) {
    sum += counts[level];
    if (sum >= number) return level;
  }
  return 255;
}

/**
 * Puts color on the luminance of a photo.
 *
 * @param {Uint8Array} image (H, W, 3), sRGB, the photo before.
 * @param {Uint8Array} colorized (H, W, 3), sRGB, colors on any luminance;
 *     changed in place.
 */
export function colorPhoto(image, colorized) {
  for (let i = 0; i < colorized.length; i += 3) {
    paint(colorized, i, luminanceAt(image, i));
  }
}

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
