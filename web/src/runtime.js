// onnxruntime-web, with all of its files from this page's own server.

import webgpuGlue from "onnxruntime-web/ort-wasm-simd-threaded.asyncify.mjs?url";
import webgpuWasm from "onnxruntime-web/ort-wasm-simd-threaded.asyncify.wasm?url";
import wasmGlue from "onnxruntime-web/ort-wasm-simd-threaded.mjs?url";
import wasmWasm from "onnxruntime-web/ort-wasm-simd-threaded.wasm?url";

import { fetchBytes } from "./model.js";

const MOST_THREADS = 8;
const RUNTIMES = {
  wasm: { load: () => import("onnxruntime-web/wasm"), mjs: wasmGlue, wasm: wasmWasm },
  webgpu: { load: () => import("onnxruntime-web/webgpu"), mjs: webgpuGlue, wasm: webgpuWasm },
};

/** Threads that this page may use: one unless it is cross-origin isolated. */
export function threadCount() {
  return self.crossOriginIsolated ? Math.min(navigator.hardwareConcurrency || 1, MOST_THREADS) : 1;
}

/**
 * @param {"wasm" | "webgpu"} device
 * @param {(bytes: number) => void} onBytes Told of each piece that came.
 * @returns {Promise<Object>} onnxruntime-web's module.
 */
export async function loadRuntime(device, onBytes) {
  const { load, mjs, wasm } = RUNTIMES[device];
  const [ort, binary] = await Promise.all([load(), fetchBytes(new URL(wasm, self.location), onBytes)]);
  Object.assign(ort.env.wasm, {
    numThreads: threadCount(),
    wasmBinary: binary.buffer,
    wasmPaths: { mjs: new URL(mjs, self.location).href, wasm: new URL(wasm, self.location).href },
  });
  ort.env.logLevel = "error";
  return ort;
}
