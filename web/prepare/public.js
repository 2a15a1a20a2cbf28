// Puts beside the page what it fetches by name: the default model with a
// manifest of it, and the files of the app.

import { createHash } from "node:crypto";
import { copyFileSync, cpSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

import { readMetadata, requireInputs } from "./onnx_file.js";

const NAME = "lite.photos";
const here = (relative) => new URL(relative, import.meta.url);
const SOURCE = here(`../../keras_colorize/weights/${NAME}/model.onnx`);
const PUBLIC = here("../public/");
const MODEL = new URL("model/", PUBLIC);

// Inputs that the page always gives itself.
const GIVEN = ["L_offset", "hints", "photo_size"];

// Their sizes, so that the page can say how much of all has come.
const RUNTIMES = {
  wasm: "onnxruntime-web/ort-wasm-simd-threaded.wasm",
  webgpu: "onnxruntime-web/ort-wasm-simd-threaded.asyncify.wasm",
};

const LICENSES = {
  geotiff: "geotiff/LICENSE",
  libheif: "libheif-js/libheif-wasm/LICENSE",
};

const original = readFileSync(SOURCE);
const metadata = readMetadata(original);
if (metadata.head !== "photo" || !metadata.parts || metadata.network_shape) {
  throw new Error("Expected a photo model of this version that keeps the aspect. Received: "
    + `the head ${metadata.head} in ${fileURLToPath(SOURCE)}. Export it again.`);
}
const { file, defaults, given } = requireInputs(original, GIVEN);
const sha256 = createHash("sha256").update(file).digest("hex");
// Named after its content: caches never mix a manifest with another model.
const name = `${NAME}.${sha256.slice(0, 8)}.onnx`;
const runtimes = Object.fromEntries(Object.entries(RUNTIMES).map(([device, path]) =>
  [device, statSync(fileURLToPath(import.meta.resolve(path))).size]));
const manifest = {
  name, bytes: file.length, sha256, inputs: defaults, takesHints: given.includes("hints"),
  runtimes, metadata,
};

rmSync(PUBLIC, { recursive: true, force: true });
mkdirSync(MODEL, { recursive: true });
writeFileSync(new URL(name, MODEL), file);
writeFileSync(new URL("manifest.json", MODEL), JSON.stringify(manifest, null, 2) + "\n");
cpSync(here("../app/"), PUBLIC, { recursive: true });
copyFileSync(here("../../keras_colorize/serving/web/theme.js"), new URL("theme.js", PUBLIC));
// Of the decoders that come with the page; the LGPL wants it beside libheif.
mkdirSync(new URL("licenses/", PUBLIC));
for (const [library, path] of Object.entries(LICENSES)) {
  copyFileSync(here(`../node_modules/${path}`), new URL(`licenses/${library}.txt`, PUBLIC));
}
console.log(`${name}: ${(file.length / 1e6).toFixed(1)} MB`);
