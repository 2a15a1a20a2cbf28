// Which photos this page decodes itself, and what comes of it.

/**
 * @typedef {Object} Decoded A photo, upright.
 * @property {number} width
 * @property {number} height
 * @property {1 | 2 | 3 | 4} channels Gray or RGB, with alpha or without.
 * @property {Uint8Array} pixels
 * @property {?Uint8Array} icc Its color profile; sRGB without.
 * @property {string[]} notes
 */

/** A file that is whole, but of a kind that is not read. */
export class Unsupported extends Error {}

const TIFF_STARTS = ["II*\0", "MM\0*", "II+\0", "MM\0+"];  // and BigTIFF
const HEIC_BRANDS = ["heic", "heix", "heim", "heis", "hevc", "hevx", "mif1", "msf1"];

/**
 * @param {Blob} file
 * @returns {Promise<"TIFF" | "HEIC" | null>} By its content; null for all that
 *     is left to the browser.
 */
export async function formatOf(file) {
  const bytes = new Uint8Array(await file.slice(0, 64).arrayBuffer());
  const text = String.fromCharCode(...bytes);
  if (TIFF_STARTS.includes(text.slice(0, 4))) return "TIFF";
  if (text.slice(4, 8) !== "ftyp") return null;
  const length = bytes[3];  // of the list of brands
  const brands = text.slice(8, length).match(/.{4}/gs) ?? [];
  if (brands.includes("avif") || brands.includes("avis")) return null;
  return brands.some((brand) => HEIC_BRANDS.includes(brand)) ? "HEIC" : null;
}
