// What a browser must be able to do, and which photos it can take.

import { listed } from "../../keras_colorize/serving/web/words.js";

import { PageError } from "./errors.js";

// A photo takes four bytes a pixel on a canvas, and as many while it is decoded.
export const MEGAPIXELS = 100;
const LONGEST_SIDE = 16384;  // of a canvas, in Chromium and Safari
/** What browsers read, and what this page decodes itself. */
export const READ = ["JPEG", "PNG", "WebP", "GIF", "BMP", "AVIF", "TIFF", "HEIC"];
const ELSEWHERE = "Shrink the photo, or use the command line (keras-colorize image).";

/** What this page needs and does not find, as a sentence; null if all is there. */
export function missingAbility() {
  if (typeof WebAssembly !== "object") {
    return "This browser has no WebAssembly, which runs the model. It may be switched "
      + "off (lockdown and strict modes do): allow it for this page, or use another browser.";
  }
  if (typeof Worker !== "function" || typeof OffscreenCanvas !== "function") {
    return "This browser is too old for this page, which needs workers with a canvas: "
      + "Chrome 80, Firefox 105, Safari 16.4 or newer.";
  }
  if (!globalThis.crypto?.subtle) {
    return "The model's checksum can only be checked on a secure page: open it by https, "
      + "or from localhost.";
  }
  if (!readsTruePixels()) {
    return "This browser changes the pixels that a page reads, as a protection against "
      + "fingerprinting: allow this page to read canvas data, or use another browser.";
  }
  return null;
}

/** Whether pixels come back from a canvas as they were put there. */
function readsTruePixels() {
  const [width, height] = [16, 9];
  const context = new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true });
  const image = new ImageData(width, height);
  image.data.forEach((_, i, data) => { data[i] = i % 4 === 3 ? 255 : (37 * i) % 256; });
  context.putImageData(image, 0, 0);
  const { data } = context.getImageData(0, 0, width, height);
  return data.every((value, i) => value === image.data[i]);
}

/**
 * Refuses photos that are too large for the page, before they are decoded.
 *
 * @param {number} width
 * @param {number} height
 */
export function checkSize(width, height) {
  const size = `The photo has ${width} × ${height} pixels`;
  if (width * height > 1e6 * MEGAPIXELS) {
    const megapixels = (width * height / 1e6).toFixed(1);
    throw new PageError(`${size}, ${megapixels} megapixels; this page takes at most `
      + `${MEGAPIXELS}. ${ELSEWHERE}`, true);
  }
  if (Math.max(width, height) > LONGEST_SIDE) {
    throw new PageError(`${size}; browsers draw at most ${LONGEST_SIDE} in a row or column. `
      + ELSEWHERE, true);
  }
}

/** The refusal of a photo that turned out to be too large at work. */
export function outOfMemory(width, height) {
  return new PageError(`A photo of ${width} × ${height} pixels needs more memory than this `
    + `browser gives to the page. ${ELSEWHERE}`);
}

export function unreadable(name) {
  return new PageError(`${name} is not a photo that this browser can read. It reads `
    + `${listed(READ)}: save the photo as one of these.`, true);
}

/** The refusal of a file that is cut off, or was changed. */
export function damaged(name, format) {
  return new PageError(`${name} is damaged: it begins as a ${format} does, but its photo cannot `
    + "be read. Copy it once more from where it came from, or save it as JPEG or PNG.", true);
}

/** @param {string} what The kind of file that it is, "compressed as a fax is". */
export function unsupported(name, format, what) {
  return new PageError(`${name} is a ${format} ${what}, which this page does not read. Save it `
    + "as PNG, or use the command line (keras-colorize image).", true);
}
