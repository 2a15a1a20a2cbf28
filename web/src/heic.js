// The main photo of a HEIC file, as 8-bit pixels; libheif decodes it.

// The error that C returns as a struct: code, subcode and message, 4 bytes
// each, and room to align what follows.
const ERROR_BYTES = 16;

/**
 * @param {Function} libheif The factory of libheif-js.
 * @param {ArrayBuffer} wasmBinary Its WASM.
 * @param {Uint8Array} content
 * @param {(width: number, height: number) => void} checkSize Throws if it is too
 *     large; called before any pixel is decoded.
 * @returns {Promise<import("./decoded.js").Decoded>} Upright: libheif turns it.
 * @throws {Error} If it is damaged.
 */
export async function decodeHeic(libheif, wasmBinary, content, checkSize) {
  const heif = libheif({ wasmBinary });
  const photos = new heif.HeifDecoder().decode(content);
  const photo = photos.find(({ handle }) => heif.heif_image_handle_is_primary_image(handle))
    ?? photos[0];
  if (!photo) throw new Error("libheif finds no photo in it.");
  const [width, height] = [photo.get_width(), photo.get_height()];
  checkSize(width, height);
  const bits = heif._heif_image_handle_get_luma_bits_per_pixel(pointerOf(photo));
  const rgba = { data: new Uint8ClampedArray(4 * width * height), width, height };
  const isDone = await new Promise((resolve) => photo.display(rgba, resolve));
  if (!isDone) throw new Error("libheif cannot decode it.");
  const notes = [];
  if (photos.length > 1) notes.push(`The main one of ${photos.length} photos.`);
  if (bits > 8) notes.push(`8 of its ${bits} bits are kept.`);
  const pixels = photo.has_alpha_channel() ? { channels: 4, pixels: rgba.data }
    : { channels: 3, pixels: withoutAlpha(rgba.data) };
  return { width, height, ...pixels, icc: profileOf(heif, photo), notes };
}

/** Of what libheif-js has no function for in its own terms. */
function pointerOf(photo) {
  return photo.handle.$$.ptr;
}

function profileOf(heif, photo) {
  const size = heif._heif_image_handle_get_raw_color_profile_size(pointerOf(photo));
  if (!size) return null;
  const room = heif._malloc(ERROR_BYTES + size);
  heif._heif_image_handle_get_raw_color_profile(room, pointerOf(photo), room + ERROR_BYTES);
  const isFine = heif.HEAPU8.slice(room, room + 4).every((byte) => byte === 0);
  const icc = heif.HEAPU8.slice(room + ERROR_BYTES, room + ERROR_BYTES + size);
  heif._free(room);
  return isFine ? icc : null;
}

function withoutAlpha(rgba) {
  const rgb = new Uint8Array(rgba.length / 4 * 3);
  for (let from = 0, to = 0; from < rgba.length; from++) {
    if (from % 4 !== 3) rgb[to++] = rgba[from];
  }
  return rgb;
}
