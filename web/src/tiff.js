// The first page of a TIFF, as 8-bit pixels; geotiff reads the file.

import { fromArrayBuffer } from "geotiff";

import { Unsupported } from "./decoded.js";
import { upright } from "./orientation.js";

// By number: geotiff does not know all of them by name.
const TAG = {
  subfile: 254, bitsPerSample: 258, compression: 259, photometric: 262, orientation: 274,
  stripBytes: 279, colorMap: 320, tileBytes: 325, extraSamples: 338, icc: 34675,
  dngVersion: 50706,
};
const [WHITE_IS_ZERO, BLACK_IS_ZERO, RGB, PALETTE, YCBCR] = [0, 1, 2, 3, 6];
const FAX = [2, 3, 4];
const [UNCOMPRESSED, OLD_JPEG, JPEG] = [1, 6, 7];
const COMPRESSIONS = [UNCOMPRESSED, 5, JPEG, 8, 32946, 32773];  // LZW, deflate, PackBits
const [REDUCED, MASK] = [1, 4];  // of NewSubfileType
const [PREMULTIPLIED, STRAIGHT] = [1, 2];  // of ExtraSamples
const BITS = [1, 2, 4, 8, 12, 16];
const PIXELS_AT_ONCE = 4e6;

/**
 * @param {ArrayBuffer} content
 * @param {(width: number, height: number) => void} checkSize Throws if it is too
 *     large; called before any pixel is decoded.
 * @returns {Promise<import("./decoded.js").Decoded>}
 * @throws {Unsupported} If it is of a kind that is not read.
 * @throws {Error} If it is damaged.
 */
export async function decodeTiff(content, checkSize) {
  const { page, count } = await firstPage(await fromArrayBuffer(content));
  const [width, height] = [page.getWidth(), page.getHeight()];
  checkSize(width, height);
  const kind = await kindOf(page);
  const { pixels, channels } = await readPixels(page, kind);
  const notes = [];
  if (count > 1) notes.push(`The first of ${count} pages.`);
  if (kind.bits > 8) notes.push(`8 of its ${kind.bits} bits are kept.`);
  const [orientation, icc] = await Promise.all(
    [TAG.orientation, TAG.icc].map((tag) => valueOf(page, tag)));
  const image = upright({ width, height, channels, pixels }, orientation ?? 1);
  // A palette has its colors in RGB; profiles of others fit their channels.
  return { ...image, icc: icc ? Uint8Array.from(icc) : null, notes };
}

/** Without small copies and masks, which are no pages. */
async function firstPage(tiff) {
  let [page, count] = [null, 0];
  for (let i = 0, total = await tiff.getImageCount(); i < total; i++) {
    const image = await tiff.getImage(i);
    if ((await valueOf(image, TAG.subfile) ?? 0) & (REDUCED | MASK)) continue;
    page ??= image;
    count += 1;
  }
  if (!page) throw new Unsupported("a raw file of a camera, or copies in small alone");
  // TRICKY: a file need not say what is usual; geotiff takes it for 0 then.
  const fields = page.fileDirectory.actualizedFields;
  if (await valueOf(page, TAG.bitsPerSample) === undefined) fields.set(TAG.bitsPerSample, [1]);
  return { page, count };
}

/** What its pixels are; refuses what would come out wrong. */
async function kindOf(page) {
  const [photometric, compression, extra, dng] = await Promise.all(
    [TAG.photometric, TAG.compression, TAG.extraSamples, TAG.dngVersion]
      .map((tag) => valueOf(page, tag)));
  const samples = page.getSamplesPerPixel();
  const bits = page.getBitsPerSample(0);
  if (dng || photometric > 32000) throw new Unsupported("a raw file of a camera");
  if (FAX.includes(compression)) throw new Unsupported("compressed as a fax is");
  if (compression === OLD_JPEG) throw new Unsupported("with the JPEG of old TIFFs");
  if (!COMPRESSIONS.includes(compression ?? UNCOMPRESSED)) {
    throw new Unsupported(`with the compression ${compression}`);
  }
  for (let i = 0; i < samples; i++) {
    if (page.getSampleFormat(i) !== 1) throw new Unsupported("of signed or floating point numbers");
    if (page.getBitsPerSample(i) !== bits || !BITS.includes(bits)) {
      throw new Unsupported(`with ${bits} bits`);
    }
  }
  const isGray = photometric === WHITE_IS_ZERO || photometric === BLACK_IS_ZERO;
  const isRgb = photometric === RGB || (photometric === YCBCR && compression === JPEG);
  if (!isGray && !isRgb && photometric !== PALETTE) {
    throw new Unsupported(photometric === 5 ? "with colors for print (CMYK)"
      : "with colors that are neither gray nor RGB");
  }
  if ((compression === JPEG && bits !== 8) || (!isGray && bits < 8 && photometric !== PALETTE)) {
    throw new Unsupported(`with ${bits} bits`);
  }
  const colors = isRgb ? 3 : 1;
  if (samples < colors) throw new Error("Too few samples a pixel.");
  const alpha = samples > colors && photometric !== PALETTE ? extra?.[0] : 0;
  return { photometric, bits, colors, alpha: [PREMULTIPLIED, STRAIGHT].includes(alpha) ? alpha : 0 };
}

async function readPixels(page, { photometric, bits, colors, alpha }) {
  const [width, height] = [page.getWidth(), page.getHeight()];
  await checkAllIsThere(page);
  const samples = colors + (alpha ? 1 : 0);
  const convert = photometric === PALETTE
    ? paletteOf(await valueOf(page, TAG.colorMap), bits)
    : { table: levelsOf(bits, photometric === WHITE_IS_ZERO), channels: samples };
  const { table } = convert;
  const pixels = new Uint8Array(width * height * convert.channels);
  const block = page.getTileHeight();
  const rows = block * Math.max(Math.floor(PIXELS_AT_ONCE / width / block), 1);
  for (let top = 0, at = 0; top < height; top += rows) {
    const window = [0, top, width, Math.min(top + rows, height)];
    const options = { window, interleave: true, samples: [...Array(samples).keys()] };
    const values = await page.readRasters(options);
    if (photometric === PALETTE) {
      for (const value of values) {
        for (let c = 0; c < 3; c++) pixels[at++] = table[3 * value + c];
      }
    } else {
      for (let i = 0; i < values.length; i++) pixels[at++] = table[values[i]];
    }
  }
  if (alpha) straighten(pixels, samples, alpha === PREMULTIPLIED, photometric === WHITE_IS_ZERO);
  if (photometric === YCBCR) fromYcbcr(pixels, samples);
  return { pixels, channels: convert.channels };
}

/** geotiff gives zeros for what a file says to have no bytes. */
async function checkAllIsThere(page) {
  const counts = await valueOf(page, TAG.stripBytes) ?? await valueOf(page, TAG.tileBytes);
  if (!counts || [...counts].some((count) => Number(count) === 0)) {
    throw new Error("Parts of it were not written.");
  }
}

/** 8-bit level of each value. */
function levelsOf(bits, isInverted) {
  const most = 2 ** bits - 1;
  return Uint8Array.from({ length: most + 1 }, (_, value) =>
    Math.round(255 * (isInverted ? most - value : value) / most));
}

/** 8-bit red, green, blue of each value. */
function paletteOf(map, bits) {
  const count = 2 ** bits;
  if (map?.length !== 3 * count) throw new Error("Its palette is not of the size that it says.");
  // Some write 257 times the level, some 256 times, and a few the level itself.
  const shift = map.some((value) => value > 255) ? 8 : 0;
  const table = Uint8Array.from({ length: 3 * count }, (_, i) =>
    map[(i % 3) * count + Math.floor(i / 3)] >> shift);
  return { table, channels: 3 };
}

function straighten(pixels, samples, isPremultiplied, isInverted) {
  for (let at = samples - 1; at < pixels.length; at += samples) {
    if (isInverted) pixels[at] = 255 - pixels[at];
    if (!isPremultiplied || pixels[at] === 0) continue;
    for (let c = at - samples + 1; c < at; c++) {
      pixels[c] = Math.min(Math.round(255 * pixels[c] / pixels[at]), 255);
    }
  }
}

/** BT.601 with full range, as JPEG has it; in place. */
function fromYcbcr(pixels, samples) {
  const level = (value) => Math.min(Math.max(Math.round(value), 0), 255);
  for (let at = 0; at < pixels.length; at += samples) {
    const [y, cb, cr] = [pixels[at], pixels[at + 1] - 128, pixels[at + 2] - 128];
    pixels[at] = level(y + 1.402 * cr);
    pixels[at + 1] = level(y - 0.344136 * cb - 0.714136 * cr);
    pixels[at + 2] = level(y + 1.772 * cb);
  }
}

async function valueOf(page, tag) {
  return page.fileDirectory.hasTag(tag) ? page.fileDirectory.loadValue(tag) : undefined;
}
