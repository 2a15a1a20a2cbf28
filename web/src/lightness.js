// Color on a photo's own luminance, inside sRGB: what
// keras_colorize/color/luminance.py and planes.py do.

import {
  encode8Bit, fFromRatio, labFromLinear, linearAt, linearOf, luminance, srgbFromLinear,
} from "./cielab.js";

const ROUNDING_LEVELS = 1;  // what rounding three channels may move the gray
const CUT_OFF = 0.005;  // of the pixels, at either end
const FULL_CONTRAST = 200;  // levels
const NOTHING_TO_SPREAD = 16;
const SPECK = 0.001;  // of the pixels, at either end: a bird may be this small

/**
 * How the levels of a faded photo are spread from black to white, as a network
 * knows photos.
 *
 * @param {Uint32Array} counts How many pixels have each level of gray.
 * @param {number} total
 * @returns {?Uint8Array} The new levels; null where contrast is full, or there
 *     is none.
 */
export function contrastTable(counts, total) {
  const low = levelAt(counts, CUT_OFF * total);
  const high = levelAt(counts, (1 - CUT_OFF) * total);
  const contrast = high - low;
  if (contrast <= NOTHING_TO_SPREAD || contrast >= FULL_CONTRAST) return null;
  return Uint8Array.from({ length: 256 }, (_, level) =>
    Math.min(Math.max(Math.round((level - low) * 255 / contrast), 0), 255));
}

/**
 * Whether all of a photo is one gray, up to specks and grain: the back of a
 * print, an empty page.
 *
 * @param {Uint32Array} counts How many pixels have each level of gray.
 * @param {number} total
 * @returns {boolean}
 */
export function showsNothing(counts, total) {
  const contrast = levelAt(counts, (1 - SPECK) * total) - levelAt(counts, SPECK * total);
  return contrast <= NOTHING_TO_SPREAD;
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
 * Gives a pixel that was clipped the luminance that it had.
 *
 * A color outside sRGB, clipped channel by channel, is lighter or darker than
 * the photo was; it becomes paler here instead.
 *
 * @param {number} Y The luminance.
 * @param {Uint8ClampedArray} pixels Changed in place where the gray level
 *     differs by more than rounding explains.
 * @param {number} i Where the pixel begins.
 */
export function keepLightness(Y, pixels, i) {
  const linear = linearAt(pixels, i);
  const difference = srgbFromLinear(Math.min(luminance(linear), 1)) - srgbFromLinear(Y);
  if (Math.abs(difference) * 255 <= ROUNDING_LEVELS) return;
  colorOnLuminance(Y, fFromRatio(Y), linear);
  for (let channel = 0; channel < 3; channel++) pixels[i + channel] = encode8Bit(linear[channel]);
}

/** Puts the ab of linear light on another luminance, inside sRGB, in place. */
function colorOnLuminance(Y, fy, linear) {
  const [, a, b] = labFromLinear(linear);
  linearOf(Y, fy, a, b, linear);
  intoGamut(Y, linear);
}

/**
 * Makes linear light paler, as far as it lies outside sRGB, in place.
 *
 * Luminance is linear in linear light: mixing with gray keeps it exactly.
 */
export function intoGamut(Y, linear) {
  const gray = luminance(linear);
  let share = 1;
  for (let i = 0; i < 3; i++) {
    linear[i] -= gray;
    const room = linear[i] > 0 ? 1 - Y : Y;
    share = Math.min(share, room / Math.max(Math.abs(linear[i]), 1e-9));
  }
  for (let i = 0; i < 3; i++) linear[i] = Y + share * linear[i];
}

/** The chroma that sRGB has at a lightness: [a, b], or as near as it comes. */
export function realizable(Y, fy, a, b) {
  const linear = [0, 0, 0];
  linearOf(Y, fy, a, b, linear);
  if (Math.min(...linear) >= 0 && Math.max(...linear) <= 1) return [a, b];
  for (let i = 0; i < 3; i++) linear[i] = Math.min(Math.max(linear[i], 0), 1);
  const difference = srgbFromLinear(luminance(linear)) - srgbFromLinear(Y);
  if (Math.abs(difference) * 255 > ROUNDING_LEVELS) colorOnLuminance(Y, fy, linear);
  return labFromLinear(linear).slice(1);
}
