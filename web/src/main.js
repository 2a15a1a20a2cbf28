// The page that needs no server: a worker of the browser colorizes. All that
// the page of `keras-colorize serve` has too comes from there (@page).

import "@page/style.css";

import { alertPage } from "@page/drawing.js";
import { byId } from "@page/elements.js";
import { letPhotosIn, openPage } from "@page/page.js";
import { listed } from "@page/words.js";

import { Engine } from "./engine.js";
import { MEGAPIXELS, READ, missingAbility } from "./limits.js";
import { keepOffline } from "./offline.js";
import { replacement } from "./readable.js";

const FORMATS = [["png", "PNG, every pixel as it is"], ["jpeg", "JPEG, smaller"]];

const engine = new Engine();
const { workshop, settings, draw } = openPage({
  colorize: (...job) => engine.colorize(...job),
  async preview(file) {
    const png = await replacement(file);
    return png && { blob: png.file, size: png.size };
  },
  busyText: (_, status) => (status === "working" && engine.device ? "Colorizing …" : "Waiting …"),
});

function drawLoading({ bytes, total }) {
  const megabytes = (count) => (count / 1e6).toFixed(1);
  byId("loaded").value = bytes / total;
  byId("loaded-text").value = bytes < total
    ? `${megabytes(bytes)} of ${megabytes(total)} MB` : "starting …";
}

function drawDevice() {
  const threads = engine.threads === 1 ? "one thread" : `${engine.threads} threads`;
  byId("device").textContent = engine.device === "webgpu"
    ? "Works on the graphics card (WebGPU)." : `Works on the processor (WASM, ${threads}).`;
}

function noteOfWebgpu(text) {
  byId("webgpu-note").textContent = text;
}

byId("webgpu").addEventListener("click", (event) => {
  if (event.target.hasAttribute("aria-disabled")) event.preventDefault();
});
byId("webgpu").addEventListener("change", async ({ target }) => {
  target.setAttribute("aria-disabled", "true");  // `disabled` would lose the focus
  noteOfWebgpu("");
  try {
    await engine.changeTo(target.checked ? "webgpu" : "wasm");
    if (target.checked) noteOfWebgpu("Checked: gives the colors that the processor gives.");
  } catch (error) {
    target.checked = engine.device === "webgpu";
    noteOfWebgpu(`Not changed: ${error.message}`);
  }
  target.removeAttribute("aria-disabled");
  drawDevice();
});
engine.addEventListener("loading", () => {
  byId("loaded").removeAttribute("value");
  byId("loaded-text").value = "";
  byId("loading").hidden = false;
});
engine.addEventListener("progress", ({ detail }) => drawLoading(detail));
engine.addEventListener("settled", () => {
  byId("loading").hidden = true;
});
engine.addEventListener("restart", () => {
  if (byId("webgpu").checked) noteOfWebgpu("WebGPU failed; the processor goes on.");
  byId("webgpu").checked = false;
  whenReady();
});

// === Start ===

async function whenReady() {
  try {
    await engine.link;
    settings.offer([engine.model], FORMATS);
    alertPage("");
    drawDevice();
  } catch (error) {
    alertPage(error.message);
  }
  draw();
}

async function start() {
  byId("formats").textContent = `${listed(READ)}, up to ${MEGAPIXELS} megapixels.`;
  const missing = missingAbility();
  if (missing) {
    alertPage(missing);
    byId("files").disabled = byId("sample").disabled = true;
    return;
  }
  letPhotosIn(workshop);
  engine.start();
  await whenReady();
  keepOffline(() => workshop.photos.some((photo) => photo.isUnsaved));
  const adapter = await navigator.gpu?.requestAdapter().catch(() => null);
  byId("webgpu-field").hidden = !adapter;
}
settings.offer([{ name: "", takes: ["strength", "temperature"] }], FORMATS);
draw();
await start();
