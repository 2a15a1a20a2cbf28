// Photo files to pixels and back, by the browser's own decoders.

import { outOfMemory, unreadable } from "./limits.js";

// Larger photos are shown by a smaller JPEG until one looks closely: a page
// that decodes both of 100 megapixels takes two gigabytes.
const HEAVY_PIXELS = 16e6;
const PREVIEW_SIDE = 4096;
const CANARY = [12, 200, 77, 255];

/** A photo on a canvas; four bytes a pixel are all that it takes. */
export class CanvasPicture {
  /**
   * @param {Blob} file
   * @param {string} name
   * @throws {PageError} If the browser cannot read it, or has no room for it.
   */
  static async open(file, name) {
    const bitmap = await createImageBitmap(file, { imageOrientation: "from-image" }).catch(() => {
      throw unreadable(name);
    });
    const picture = new CanvasPicture(bitmap.width, bitmap.height);
    picture.context.drawImage(bitmap, 0, 0);
    bitmap.close();
    return picture;
  }

  constructor(width, height) {
    [this.width, this.height] = [width, height];
    this.canvas = new OffscreenCanvas(width, height);
    // Kept off the graphics card, which may round.
    this.context = this.canvas.getContext("2d", { willReadFrequently: true });
    this.#checkRoom();
  }

  /** A canvas beyond what a browser allows stays empty without a word. */
  #checkRoom() {
    const [x, y] = [this.width - 1, this.height - 1];
    this.context.fillStyle = `rgb(${CANARY.slice(0, 3).join()})`;
    this.context.fillRect(x, y, 1, 1);
    const { data } = this.context.getImageData(x, y, 1, 1);
    if (CANARY.some((value, i) => data[i] !== value)) throw outOfMemory(this.width, this.height);
    this.context.clearRect(x, y, 1, 1);
  }

  read(top, rows) {
    return this.context.getImageData(0, top, this.width, rows).data;
  }

  write(top, pixels) {
    this.context.putImageData(new ImageData(pixels, this.width), 0, top);
  }

  /** A smaller JPEG of what is on it now; null where it is small itself. */
  async preview() {
    if (this.width * this.height <= HEAVY_PIXELS) return null;
    const scale = PREVIEW_SIDE / Math.max(this.width, this.height);
    const size = [this.width, this.height].map((side) => Math.max(Math.round(scale * side), 1));
    const small = new OffscreenCanvas(...size);
    const context = small.getContext("2d");
    context.imageSmoothingQuality = "high";
    context.drawImage(this.canvas, 0, 0, ...size);
    const blob = await small.convertToBlob({ type: "image/jpeg", quality: 0.9 });
    return { blob, size: [this.width, this.height] };
  }

  /**
   * @param {"png" | "jpeg"} format PNG keeps every pixel as it is.
   * @param {boolean} isOpaque
   * @returns {Promise<{blob: Blob, notes: string[]}>}
   */
  async encode(format, isOpaque) {
    const notes = [];
    if (!isOpaque && format === "jpeg") {
      this.context.globalCompositeOperation = "destination-over";
      this.context.fillStyle = "#fff";
      this.context.fillRect(0, 0, this.width, this.height);
      notes.push("Transparency is on white now: JPEG holds none.");
    }
    const blob = await this.canvas.convertToBlob({ type: `image/${format}`, quality: 0.95 });
    return { blob, notes };
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
