// Photo files to pixels and back, by the browser's own decoders.

import { unreadable } from "./limits.js";

/** A photo on a canvas; four bytes a pixel are all that it takes. */
export class CanvasPicture {
  constructor(width, height) {
    this.width = width;  // of the upright photo
    this.height = height;
    this.canvas = new OffscreenCanvas(width, height);
    // Kept off the graphics card, which may round.
    this.context = this.canvas.getContext("2d", { willReadFrequently: true });
  }

  read(top, rows) {
    return this.context.getImageData(0, top, this.width, rows).data;
  }

  write(top, pixels) {
    this.context.putImageData(new ImageData(pixels, this.width), 0, top);
  }
}

/** A photo in memory, RGBA. */
export class MemoryPicture {
  constructor(width, height, pixels = new Uint8ClampedArray(4 * width * height)) {
    this.width = width;
    this.height = height;
    this.pixels = pixels;
  }

  read(top, rows) {
    return this.pixels.slice(4 * top * this.width, 4 * (top + rows) * this.width);
  }

  write(top, pixels) {
    this.pixels.set(pixels, 4 * top * this.width);
  }
}

/**
 * @param {File} file
 * @returns {Promise<CanvasPicture>} sRGB, upright.
 * @throws {PageError} If the browser cannot read it.
 */
export async function readPicture(file) {
  const bitmap = await createImageBitmap(file, { imageOrientation: "from-image" }).catch(() => {
    throw unreadable(file.name);
  });
  const picture = new CanvasPicture(bitmap.width, bitmap.height);
  picture.context.drawImage(bitmap, 0, 0);
  bitmap.close();
  return picture;
}

/**
 * @param {CanvasPicture} picture
 * @param {boolean} isOpaque Whether nothing shines through.
 * @param {"png" | "jpeg"} format PNG keeps every pixel as it is.
 * @returns {Promise<{blob: Blob, notes: string[]}>}
 */
export async function writePicture({ canvas, context, width, height }, isOpaque, format) {
  const notes = [];
  if (!isOpaque && format === "jpeg") {
    context.globalCompositeOperation = "destination-over";
    context.fillStyle = "#fff";
    context.fillRect(0, 0, width, height);
    notes.push("Transparency is on white now: JPEG holds none.");
  }
  return { blob: await canvas.convertToBlob({ type: `image/${format}`, quality: 0.95 }), notes };
}
