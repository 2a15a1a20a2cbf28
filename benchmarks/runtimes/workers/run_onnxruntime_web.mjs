// An ONNX file in onnxruntime-web: WebAssembly with SIMD and threads.
import { readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import * as ort from "onnxruntime-web";
import { serve } from "./node.mjs";

await serve(async (path) => {
  ort.env.logLevel = "fatal";
  ort.env.wasm.numThreads = availableParallelism();
  const session = await ort.InferenceSession.create(readFileSync(path), {
    executionProviders: ["wasm"],
    logSeverityLevel: 4,
  });
  return async ({ shape, data }) => {
    const image = new ort.Tensor("uint8", data, [1, ...shape]);
    const { colorized } = await session.run({ image }, ["colorized"]);
    return { shape: colorized.dims.slice(1), data: colorized.data };
  };
});
