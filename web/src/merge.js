// The network's ab on a photo's own lightness, strip by strip:
// keras_colorize/serving/merge.py.

import {
  F_OF_LEVEL, LINEAR_FROM_UINT8, encode8Bit, fFromRatio, linearAt, luminance,
  linearOf,
} from "./cielab.js";
import {
  contrastTable, intoGamut, keepLightness, realizable, showsNothing,
} from "./lightness.js";
import { antialiasedAxis, neighbors } from "./resize.js";

const STRIP_PIXELS = 2 ** 20;
const WHITE_L = 100;

/**
 * A photo that is read and written in strips of rows.
 *
 * @typedef {Object} Picture
 * @property {number} width
 * @property {number} height
 * @property {(top: number, rows: number) => Uint8ClampedArray} read RGBA.
 * @property {(top: number, pixels: Uint8ClampedArray) => void} write
 */

/**
 * What a network sees of a photo: of a faded one with full contrast; one that
 * shows nothing as white paper, which models leave without color.
 *
 * @param {Picture} picture
 * @param {[number, number]} size Height and width of the network's image.
 * @returns {{L: Float32Array, levels: ?Uint8Array}} CIE L*, and of a faded
 *     photo the gray of full contrast that stands for each gray level.
 */
export function networkView(picture, size) {
  const counts = new Uint32Array(256);
  const L = shrunk(picture, size, (Y, fy) => {
    counts[encode8Bit(Y)] += 1;
    return 116 * fy - 16;
  });
  const total = picture.width * picture.height;
  if (showsNothing(counts, total)) return { L: L.fill(WHITE_L), levels: null };
  const levels = contrastTable(counts, total);
  if (!levels) return { L, levels };
  const stretched = (Y) => 116 * F_OF_LEVEL[levels[encode8Bit(Y)]] - 16;
  return { L: shrunk(picture, size, stretched), levels };
}

/**
 * Puts predicted chroma on the lightness of a photo.
 *
 * @param {Picture} source
 * @param {Picture} target Of the same size; may be `source`.
 * @param {Float32Array} ab (h, w, 2), CIE a* and b* at the network's size.
 * @param {[number, number]} size h and w.
 * @param {number} strength Factor on `ab`.
 * @param {?Uint8Array} levels As `networkView` gave them.
 * @returns {boolean} Whether all of the photo is opaque.
 */
export function mergePhoto(source, target, ab, size, strength, levels) {
  const { width } = source;
  const chroma = new FullSizeChroma(ab, size, source.height, width, strength);
  const a = new Float32Array(width), b = new Float32Array(width);
  let isOpaque = true;
  for (const [top, pixels] of strips(source)) {
    for (let i = 0, row = top; i < pixels.length; row++) {
      chroma.row(row, a, b);
      for (let x = 0; x < width; x++, i += 4) {
        if (levels) mergeFaded(pixels, i, a[x], b[x], levels);
        else mergePixel(pixels, i, a[x], b[x]);
        isOpaque &&= pixels[i + 3] === 255;
      }
    }
    target.write(top, pixels);
  }
  return isOpaque;
}

const light = new Float64Array(3);  // of the pixel at work

function mergePixel(pixels, i, a, b) {
  const Y = luminanceAt(pixels, i);
  linearOf(Y, fFromRatio(Y), a, b, light);
  let isClipped = false;
  for (let channel = 0; channel < 3; channel++) {
    const level = pixels[i + channel] = encode8Bit(light[channel]);
    isClipped ||= level === 0 || level === 255;
  }
  if (isClipped) keepLightness(Y, pixels, i);
}

function mergeFaded(pixels, i, a, b, levels) {
  const Y = luminanceAt(pixels, i);
  const seen = levels[encode8Bit(Y)];
  [a, b] = realizable(LINEAR_FROM_UINT8[seen], F_OF_LEVEL[seen], a, b);
  linearOf(Y, fFromRatio(Y), a, b, light);
  intoGamut(Y, light);
  for (let channel = 0; channel < 3; channel++) pixels[i + channel] = encode8Bit(light[channel]);
}

class FullSizeChroma {
  constructor(ab, [height, width], photoHeight, photoWidth, strength) {
    const { low, high, weight } = neighbors(width, photoWidth);
    this.width = photoWidth;
    this.planes = [0, 1].map((channel) => {
      const plane = new Float32Array(height * photoWidth);
      for (let y = 0, i = 0; y < height; y++) {
        const at = (x) => ab[2 * (y * width + x) + channel] * strength;
        for (let x = 0; x < photoWidth; x++, i++) {
          plane[i] = at(low[x]) * (1 - weight[x]) + at(high[x]) * weight[x];
        }
      }
      return plane;
    });
    this.rows = neighbors(height, photoHeight);
  }

  /** Writes a* and b* of a row of the photo into two arrays. */
  row(row, ...into) {
    const { low, high, weight } = this.rows;
    const upper = this.width * low[row], lower = this.width * high[row], share = weight[row];
    this.planes.forEach((plane, channel) => {
      for (let x = 0; x < this.width; x++) {
        into[channel][x] = plane[upper + x] * (1 - share) + plane[lower + x] * share;
      }
    });
  }
}

/** Shrinks what `lightnessOf` computes of Y and f(Y) of each pixel. */
function shrunk(picture, [height, width], lightnessOf) {
  const across = antialiasedAxis(picture.width, width);
  const down = antialiasedAxis(picture.height, height);
  const small = new Float64Array(height * width), row = new Float64Array(width);
  for (const [top, pixels] of strips(picture)) {
    for (let i = 0, y = top; i < pixels.length; y++) {
      row.fill(0);
      for (let x = 0; x < picture.width; x++, i += 4) {
        const Y = luminanceAt(pixels, i);
        const isGray = pixels[i] === pixels[i + 1] && pixels[i] === pixels[i + 2];
        const L = lightnessOf(Y, isGray ? F_OF_LEVEL[pixels[i]] : fFromRatio(Y));
        const { first, weights } = across[x];
        for (let k = 0; k < weights.length; k++) row[first + k] += weights[k] * L;
      }
      const { first, weights } = down[y];
      for (let k = 0; k < weights.length; k++) {
        const at = (first + k) * width;
        for (let x = 0; x < width; x++) small[at + x] += weights[k] * row[x];
      }
    }
  }
  return Float32Array.from(small);
}

function luminanceAt(pixels, i) {
  if (pixels[i] === pixels[i + 1] && pixels[i] === pixels[i + 2]) return LINEAR_FROM_UINT8[pixels[i]];
  return Math.min(luminance(linearAt(pixels, i)), 1);
}

function* strips(picture) {
  const rows = Math.max(1, Math.floor(STRIP_PIXELS / picture.width));
  for (let top = 0; top < picture.height; top += rows) {
    yield [top, picture.read(top, Math.min(rows, picture.height - top))];
  }
}
