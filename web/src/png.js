// Pixels into a PNG that keeps their color profile, which a canvas does not.

import { crc32 } from "../../keras_colorize/serving/web/zip.js";

const SIGNATURE = [137, 80, 78, 71, 13, 10, 26, 10];
const COLOR_TYPES = { 1: 0, 2: 4, 3: 2, 4: 6 };  // by the number of channels
const BYTES_AT_ONCE = 1 << 22;

/**
 * @param {import("./decoded.js").Decoded} image
 * @returns {Promise<Blob>}
 */
export async function pngOf({ width, height, channels, pixels, icc }) {
  const header = new DataView(new ArrayBuffer(13));
  header.setUint32(0, width);
  header.setUint32(4, height);
  header.setUint8(8, 8);  // bits
  header.setUint8(9, COLOR_TYPES[channels]);
  const parts = [Uint8Array.from(SIGNATURE), chunk("IHDR", new Uint8Array(header.buffer))];
  if (icc) {
    const name = new TextEncoder().encode("icc\0\0");  // the last 0: deflate
    const profile = [];
    for await (const bytes of deflated([icc])) profile.push(bytes);
    parts.push(chunk("iCCP", joined([name, ...profile])));
  }
  const rows = rowsOf(pixels, width * channels, height);
  for await (const bytes of deflated(rows)) parts.push(chunk("IDAT", bytes));
  parts.push(chunk("IEND", new Uint8Array()));
  return new Blob(parts, { type: "image/png" });
}

/** Some rows at a time, each behind its filter, which is none. */
function* rowsOf(pixels, length, height) {
  const most = Math.max(Math.floor(BYTES_AT_ONCE / length), 1);
  for (let top = 0; top < height; top += most) {
    const count = Math.min(most, height - top);
    const rows = new Uint8Array(count * (length + 1));
    for (let i = 0; i < count; i++) {
      const from = (top + i) * length;
      rows.set(pixels.subarray(from, from + length), i * (length + 1) + 1);
    }
    yield rows;
  }
}

async function* deflated(pieces) {
  const iterator = pieces[Symbol.iterator]();
  const stream = new ReadableStream({
    pull(controller) {
      const { done, value } = iterator.next();
      if (done) controller.close();
      else controller.enqueue(value);
    },
  });
  const reader = stream.pipeThrough(new CompressionStream("deflate")).getReader();
  for (let piece = await reader.read(); !piece.done; piece = await reader.read()) yield piece.value;
}

function chunk(type, content) {
  const bytes = joined([new Uint8Array(4), new TextEncoder().encode(type), content, new Uint8Array(4)]);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, content.length);
  view.setUint32(bytes.length - 4, crc32(bytes.subarray(4, -4)));
  return bytes;
}

function joined(pieces) {
  const bytes = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes;
}
