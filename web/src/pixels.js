// Photo files to pixels and back, by the browser's own decoders.

import { unreadable } from "./limits.js";

/**
 * @typedef {Object} Pixels
 * @property {number} width Of the upright photo.
 * @property {number} height
 * @property {Uint8Array} rgb (H, W, 3), sRGB.
 * @property {?Uint8Array} alpha (H, W), or null where all of it is opaque.
 */

/**
 * @param {File} file
 * @returns {Promise<Pixels>}
 * @throws {PageError} If the browser cannot read it.
 */
export async function readPixels(file) {
  const bitmap = await createImageBitmap(file, { imageOrientation: "from-image" }).catch(() => {
    throw unreadable(file.name);
  });
  const { width, height } = bitmap;
  const canvas = new OffscreenCanvas(width, height);
  // Kept off the graphics card, which may round.
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.drawImage(bitmap, 0, 0);
  bitmap.close();
  const { data } = context.getImageData(0, 0, width, height);
  const rgb = new Uint8Array(3 * width * height);
  const alpha = new Uint8Array(width * height);
  let isOpaque = true;
  for (let i = 0; i < alpha.length; i++) {
    for (let channel = 0; channel < 3; channel++) rgb[3 * i + channel] = data[4 * i + channel];
    alpha[i] = data[4 * i + 3];
    isOpaque &&= alpha[i] === 255;
  }
  return { width, height, rgb, alpha: isOpaque ? null : alpha };
}

/**
 * @param {Pixels} pixels
 * @param {"png" | "jpeg"} format PNG keeps every pixel as it is.
 * @returns {Promise<{blob: Blob, notes: string[]}>}
 */
export async function writePixels({ width, height, rgb, alpha }, format) {
  const image = new ImageData(width, height);
  for (let i = 0; i < width * height; i++) {
    for (let channel = 0; channel < 3; channel++) image.data[4 * i + channel] = rgb[3 * i + channel];
    image.data[4 * i + 3] = alpha ? alpha[i] : 255;
  }
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.putImageData(image, 0, 0);
  const notes = [];
  if (alpha && format === "jpeg") {
    context.globalCompositeOperation = "destination-over";
    context.fillStyle = "#fff";
    context.fillRect(0, 0, width, height);
    notes.push("Transparency is on white now: JPEG holds none.");
  }
  return { blob: await canvas.convertToBlob({ type: `image/${format}`, quality: 0.95 }), notes };
}
