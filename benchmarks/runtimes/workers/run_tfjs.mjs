// A TF.js graph model on its WebAssembly backend with SIMD and threads.
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { createRequire } from "node:module";
import * as tf from "@tensorflow/tfjs";
import "@tensorflow/tfjs-backend-wasm";
import { serve } from "./node.mjs";

function handler(path) {
  return {
    load: async () => {
      const model = JSON.parse(readFileSync(path));
      const files = model.weightsManifest.flatMap((group) => group.paths);
      const bytes = Buffer.concat(files.map((name) => readFileSync(join(dirname(path), name))));
      return {
        modelTopology: model.modelTopology,
        weightSpecs: model.weightsManifest.flatMap((group) => group.weights),
        weightData: new Uint8Array(bytes).buffer,
        signature: model.signature,
      };
    },
  };
}

await serve(async (path, { backend }) => {
  await tf.setBackend(backend);
  await tf.ready();
  const model = await tf.loadGraphModel(handler(path));
  return async ({ shape, data }) => {
    const image = tf.tensor4d(new Int32Array(data), [1, ...shape], "int32");
    const colorized = await model.executeAsync(image);
    const values = await colorized.data();
    const result = { shape: colorized.shape.slice(1), data: Uint8Array.from(values) };
    tf.dispose([image, colorized]);
    return result;
  };
});
