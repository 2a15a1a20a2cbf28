// Works on photos beside the page, which stays responsive.

import { Colorizer } from "./colorizer.js";
import { PageError } from "./errors.js";
import { outOfMemory } from "./limits.js";
import { fetchManifest, fetchModel } from "./model.js";
import { CanvasPicture, MemoryPicture, readPicture, writePicture } from "./pixels.js";
import { loadRuntime, threadCount } from "./runtime.js";
import { generatedPhoto } from "./self_check.js";

const NO_PHOTO = { key: null, picture: null };
let colorizer = null;
/** The photo of before: a setting that changes needs no second decoding. */
let last = NO_PHOTO;

const TASKS = {
  /** Loads model and runtime. */
  async load({ manifestUrl, device }) {
    const manifest = await fetchManifest(manifestUrl);
    const total = manifest.bytes + manifest.runtimes[device];
    let bytes = 0;
    const onBytes = (more) => self.postMessage({ progress: { bytes: bytes += more, total } });
    const [model, ort] = await Promise.all([
      fetchModel(manifest, manifestUrl, onBytes), loadRuntime(device, onBytes),
    ]);
    colorizer = await Colorizer.create(ort, model, manifest, device);
    return { threads: device === "wasm" ? threadCount() : null };
  },

  /** Colorizes the generated photo, for the comparison of devices. */
  async check() {
    const { width, height, pixels } = generatedPhoto();
    const result = new MemoryPicture(width, height);
    await colorizer.colorize(new MemoryPicture(width, height, pixels), result);
    return result.pixels;
  },

  async colorize({ file, key, size, settings, format }) {
    try {
      if (last.key !== key) {
        last = NO_PHOTO;  // not two at a time
        last = { key, picture: await readPicture(file) };
      }
      const { width, height } = last.picture;
      const result = new CanvasPicture(width, height);
      const { isOpaque } = await colorizer.colorize(last.picture, result, settings);
      return await writePicture(result, isOpaque, format);
    } catch (error) {
      throw isAboutMemory(error) ? outOfMemory(...size) : error;
    }
  },
};

/** Memory that ran out in WASM comes as a text or as a bare number. */
function isAboutMemory(error) {
  return typeof error === "number" || error instanceof RangeError
    || /alloc|memory|OOM|out of bounds/i.test(String(error?.message));
}

self.addEventListener("message", async ({ data: { task, id, content } }) => {
  try {
    self.postMessage({ id, result: await TASKS[task](content) });
  } catch (error) {
    const isFinal = error instanceof PageError && error.isFinal;
    self.postMessage({ id, failure: { reason: String(error?.message ?? error), isFinal } });
  }
});
