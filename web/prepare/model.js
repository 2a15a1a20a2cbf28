// Puts the default model where the page fetches it, with a manifest of it.

import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

import { readMetadata, requireInputs } from "./onnx_file.js";

const NAME = "lite.photos";
const SOURCE = new URL(`../../keras_colorize/weights/${NAME}/model.onnx`, import.meta.url);
const FOLDER = new URL("../public/model/", import.meta.url);

// Inputs that the page always gives itself.
const GIVEN = ["L_offset", "hints", "photo_size"];

// Their sizes, so that the page can say how much of all has come.
const RUNTIMES = {
  wasm: "onnxruntime-web/ort-wasm-simd-threaded.wasm",
  webgpu: "onnxruntime-web/ort-wasm-simd-threaded.asyncify.wasm",
};

const original = readFileSync(SOURCE);
const metadata = readMetadata(original);
if (metadata.head !== "photo" || !metadata.parts || metadata.network_shape) {
  throw new Error("Expected a photo model of this version that keeps the aspect. Received: "
    + `the head ${metadata.head} in ${fileURLToPath(SOURCE)}. Export it again.`);
}
const { file, defaults } = requireInputs(original, GIVEN);
const sha256 = createHash("sha256").update(file).digest("hex");
// Named after its content: caches never mix a manifest with another model.
const name = `${NAME}.${sha256.slice(0, 8)}.onnx`;
const runtimes = Object.fromEntries(Object.entries(RUNTIMES).map(([device, path]) =>
  [device, statSync(fileURLToPath(import.meta.resolve(path))).size]));
const manifest = {
  name, bytes: file.length, sha256, inputs: defaults, runtimes, metadata,
};

rmSync(FOLDER, { recursive: true, force: true });
mkdirSync(FOLDER, { recursive: true });
writeFileSync(new URL(name, FOLDER), file);
writeFileSync(new URL("manifest.json", FOLDER), JSON.stringify(manifest, null, 2) + "\n");
console.log(`${name}: ${(file.length / 1e6).toFixed(1)} MB`);
