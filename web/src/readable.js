// Photos as the browser can read them: TIFF and HEIC as a PNG.

import { formatOf } from "./decoded.js";
import { unreadable } from "./limits.js";
import { Link } from "./link.js";

/** @type {WeakMap<Blob, Promise<?Readable>>} */
const decoded = new WeakMap();
let turn = Promise.resolve();

/** @typedef {{file: File, size: [number, number], notes: string[]}} Readable */

/**
 * @param {File} file
 * @returns {Promise<Readable>} What the browser can read of it, with the size
 *     of the upright photo.
 * @throws {PageError} If there is no way.
 */
export async function readable(file) {
  return await replacement(file) ?? { file, size: await sizeOf(file), notes: [] };
}

/**
 * The PNG of a TIFF or HEIC; null of all other files. Decoded once, one at a
 * time.
 *
 * @param {File} file
 * @returns {Promise<?Readable>}
 */
export async function replacement(file) {
  if (!decoded.has(file)) {
    const format = await formatOf(file).catch(() => { throw unreadable(file.name); });
    if (!decoded.has(file)) decoded.set(file, format ? inTurn(file, format) : Promise.resolve(null));
  }
  return decoded.get(file);
}

function inTurn(file, format) {
  const work = turn.then(() => decode(file, format));
  turn = work.catch((error) => {
    if (!error.isFinal) decoded.delete(file);
  });
  return work;
}

async function decode(file, format) {
  const link = new Link(
    new Worker(new URL("./decoding_worker.js", import.meta.url), { type: "module" }));
  try {
    const { blob, size, notes } = await link.ask("decode", { file, name: file.name, format });
    return { file: new File([blob], file.name, { type: blob.type }), size, notes };
  } finally {
    link.close();  // gives its memory back
  }
}

/** Width and height of the upright photo; reads no more than its header. */
function sizeOf(file) {
  const url = URL.createObjectURL(file);
  const image = new Image();
  return new Promise((resolve, reject) => {
    image.onload = () => resolve([image.naturalWidth, image.naturalHeight]);
    image.onerror = () => reject(unreadable(file.name));
    image.src = url;
  }).finally(() => URL.revokeObjectURL(url));
}
