// An ONNX file in onnxruntime-web on WebGPU, in Chromium, on an adapter in
// software: its colors can be compared, its speed says nothing.
import { createReadStream, existsSync } from "node:fs";
import { createServer } from "node:http";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";
import { serve } from "./node.mjs";

const DIST = fileURLToPath(new URL("node_modules/onnxruntime-web/dist/", import.meta.url));
const TYPES = { ".mjs": "text/javascript", ".wasm": "application/wasm" };
const SOFTWARE = [
  "--enable-unsafe-webgpu",
  "--use-webgpu-adapter=swiftshader",
  "--enable-features=Vulkan",
  "--ignore-gpu-blocklist",
];

function findChromium() {
  const folders = process.env.PATH.split(delimiter);
  const names = ["chromium", "chromium-browser", "google-chrome"];
  const paths = names.flatMap((name) => folders.map((folder) => join(folder, name)));
  const found = paths.find(existsSync);
  if (!found) throw new Error(`there is no ${names.join(" or ")}`);
  return found;
}

// Serves an empty page, the runtime and the model, to this machine alone.
function serveFiles(model) {
  const server = createServer(({ url }, response) => {
    if (url === "/") return response.setHeader("Content-Type", "text/html").end("<title>.</title>");
    const path = url === "/model.onnx" ? model : join(DIST, url.replace(/[^\w.-]/g, ""));
    response.setHeader("Content-Type", TYPES[path.match(/\.\w+$/)[0]] ?? "application/octet-stream");
    createReadStream(path).on("error", () => response.writeHead(404).end()).pipe(response);
  });
  return new Promise((resolve) =>
    server.listen(0, "127.0.0.1", () => resolve(`http://127.0.0.1:${server.address().port}`)),
  );
}

await serve(async (path) => {
  const origin = await serveFiles(path);
  const browser = await chromium.launch({
    executablePath: findChromium(),
    args: ["--no-sandbox", ...SOFTWARE],
  });
  const page = await browser.newPage();
  page.setDefaultTimeout(0);
  await page.goto(origin);
  await page.evaluate(async (origin) => {
    if (!(await navigator.gpu?.requestAdapter())) throw new Error("this Chromium has no WebGPU");
    const ort = await import(`${origin}/ort.webgpu.min.mjs`);
    ort.env.logLevel = "fatal";
    ort.env.wasm.numThreads = 1;
    ort.env.wasm.wasmPaths = `${origin}/`;
    const session = await ort.InferenceSession.create(`${origin}/model.onnx`, {
      executionProviders: ["webgpu"],
      logSeverityLevel: 4,
    });
    globalThis.colorize = async (shape, text) => {
      const data = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
      const image = new ort.Tensor("uint8", data, [1, ...shape]);
      const { colorized } = await session.run({ image }, ["colorized"]);
      const values = await colorized.getData();
      let result = "";
      for (const value of values) result += String.fromCharCode(value);
      return { shape: colorized.dims.slice(1), text: btoa(result) };
    };
  }, origin);
  return async ({ shape, data }) => {
    const text = Buffer.from(data).toString("base64");
    const result = await page.evaluate(([shape, text]) => colorize(shape, text), [shape, text]);
    return { shape: result.shape, data: Buffer.from(result.text, "base64") };
  };
});
