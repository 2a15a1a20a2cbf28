// Decodes one photo that browsers do not read into a PNG, which they do. The
// decoders are loaded here: only by those who have such a photo.

import { Unsupported } from "./decoded.js";
import { PageError } from "./errors.js";
import { checkSize, damaged, outOfMemory, unsupported } from "./limits.js";
import { pngOf } from "./png.js";

const DECODERS = {
  async TIFF(file, check) {
    const { decodeTiff } = await import("./tiff.js");
    return decodeTiff(await file.arrayBuffer(), check);
  },
  async HEIC(file, check) {
    const [{ default: libheif }, { default: url }, { decodeHeic }] = await Promise.all([
      import("libheif-js/libheif-wasm/libheif.js"),
      import("libheif-js/libheif-wasm/libheif.wasm?url"), import("./heic.js"),
    ]);
    const response = await fetch(new URL(url, self.location));
    if (!response.ok) throw new PageError("The decoder of HEIC could not be loaded. Try again.");
    const wasm = await response.arrayBuffer();
    return decodeHeic(libheif, wasm, new Uint8Array(await file.arrayBuffer()), check);
  },
};

async function decode(file, name, format) {
  if (typeof CompressionStream !== "function") {
    throw new PageError(`This browser is too old for ${format}. Save the photo as JPEG or PNG.`, true);
  }
  let size = null;
  const check = (...found) => {
    size = found;
    checkSize(...found);
  };
  try {
    const image = await DECODERS[format](file, check);
    return { blob: await pngOf(image), size: [image.width, image.height], notes: image.notes };
  } catch (error) {
    if (error instanceof PageError) throw error;
    if (error instanceof Unsupported) throw unsupported(name, format, error.message);
    if (size && /allocation|memory/i.test(error?.message)) throw outOfMemory(...size);
    if (/import|fetch/i.test(error?.message)) {
      throw new PageError(`The decoder of ${format} could not be loaded. Try again.`);
    }
    console.warn(error);
    throw damaged(name, format);
  }
}

self.addEventListener("message", async ({ data: { id, content: { file, name, format } } }) => {
  try {
    self.postMessage({ id, result: await decode(file, name, format) });
  } catch ({ message, isFinal }) {
    self.postMessage({ id, failure: { reason: message, isFinal } });
  }
});
