// Works on photos beside the page, which stays responsive.

import { Colorizer } from "./colorizer.js";
import { PageError } from "./errors.js";
import { outOfMemory } from "./limits.js";
import { mergePhoto } from "./merge.js";
import { fetchManifest, fetchModel } from "./model.js";
import { CanvasPicture, MemoryPicture } from "./pixels.js";
import { loadRuntime, threadCount } from "./runtime.js";
import { generatedPhoto } from "./self_check.js";

let colorizer = null;
/** What the network saw and said of the photo before: another strength needs
 * no second look, another temperature no second shrinking. */
let last = { key: null };

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
    return { threads: device === "wasm" ? threadCount() : null, model: modelOf(manifest) };
  },

  /** Colorizes the generated photo, for the comparison of devices. */
  async check() {
    const { width, height, pixels } = generatedPhoto();
    const picture = new MemoryPicture(width, height, pixels);
    await colorize(picture, { view: colorizer.look(picture) }, {});
    return picture.pixels;
  },

  async colorize({ file, key, size, settings, format }) {
    try {
      const picture = await CanvasPicture.open(file, file.name);
      if (last.key !== key) last = { key, view: colorizer.look(picture) };
      const grayPreview = await picture.preview();
      const isOpaque = await colorize(picture, last, settings);
      const preview = await picture.preview();
      return { ...await picture.encode(format, isOpaque), preview, grayPreview };
    } catch (error) {
      throw isAboutMemory(error) ? outOfMemory(...size) : error;
    }
  },
};

/** Colorizes a picture in place; says whether all of it is opaque. */
async function colorize(picture, kept, { strength = 1, ...asked }) {
  const askedFor = JSON.stringify(asked);
  if (kept.askedFor !== askedFor) {
    kept.ab = await colorizer.predict(kept.view, [picture.height, picture.width], asked);
    kept.askedFor = askedFor;
  }
  const { size, levels } = kept.view;
  return mergePhoto(picture, picture, kept.ab, size, strength, levels);
}

/** What a page knows of a model: settings.js. The strength is ours. */
function modelOf({ inputs, takesHints, metadata }) {
  return {
    name: metadata.model,
    takes: ["strength", ...("temperature" in inputs ? ["temperature"] : []),
      ...(takesHints ? ["hints"] : [])],
    looks: JSON.parse(metadata.looks ?? '{"natural": {}}'),
    license: metadata.license,
  };
}

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
