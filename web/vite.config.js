import { fileURLToPath } from "node:url";

import { defaultClientConditions, defineConfig } from "vite";

import headers from "./headers.json" with { type: "json" };
import { bodyOfServerPage } from "./prepare/body.js";
import { serviceWorker } from "./prepare/service_worker.js";

const path = (relative) => fileURLToPath(new URL(relative, import.meta.url));

export default defineConfig({
  base: "./",  // works in any folder of a server
  plugins: [bodyOfServerPage(), serviceWorker()],
  resolve: {
    // Parts that the page of `keras-colorize serve` has too.
    alias: { "@page": path("../keras_colorize/serving/web") },
    // onnxruntime-web without its WASM inlined: src/runtime.js names the files.
    conditions: ["onnxruntime-web-use-extern-wasm", ...defaultClientConditions],
  },
  worker: { format: "es" },
  build: { target: "es2022", assetsInlineLimit: 0, chunkSizeWarningLimit: 1000 },
  server: { fs: { allow: [path("..")] } },
  preview: { headers },
});
