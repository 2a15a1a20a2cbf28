// Ties the controls of the page to the photos and draws their state. What the
// page of `keras-colorize serve` has too comes from there (@page).

import "@page/style.css";
import "./page.css";

import { Compare } from "@page/compare.js";
import { downloadAll, downloadOne } from "@page/downloads.js";
import { alertPage, drawCaption, drawFailure, drawProgress } from "@page/drawing.js";
import { receivePhotos } from "@page/incoming.js";
import { Workshop } from "@page/photos.js";
import { drawThumbnails } from "@page/thumbnails.js";

import { Engine } from "./engine.js";
import { missingAbility } from "./limits.js";

const byId = (id) => document.getElementById(id);
const SETTLE_MS = 250;  // a slider on its way is no wish yet

const engine = new Engine();
const workshop = new Workshop((...job) => engine.colorize(...job));
const compare = new Compare((photo) => workshop.replaceGray(photo));

function readSettings() {
  byId("strength-text").value = `${Math.round(100 * byId("strength").value)} %`;
  workshop.settings = Object.fromEntries(
    ["strength", "temperature", "format"].map((id) => [id, byId(id).value]));
}

// === Drawing ===

function draw() {
  const photo = workshop.selected;
  const status = workshop.statusOf(photo);
  document.querySelector("main").classList.toggle("is-empty", !photo);
  compare.show(photo);
  byId("busy").hidden = !["waiting", "working"].includes(status);
  byId("busy-text").textContent =
    status === "working" && engine.device ? "Colorizing …" : "Waiting …";
  byId("download").disabled = status !== "done";
  drawFailure(photo, status);
  drawCaption(photo, compare.size);
  drawProgress(workshop);
  drawThumbnails(workshop);
}

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

// === Settings and buttons ===

function noteOfWebgpu(text) {
  byId("webgpu-note").textContent = text;
}

let timer;
for (const id of ["strength", "temperature", "format"]) {
  byId(id).addEventListener("input", () => {
    readSettings();
    clearTimeout(timer);
    timer = setTimeout(() => workshop.refresh(), SETTLE_MS);
  });
}
byId("webgpu").addEventListener("change", async ({ target }) => {
  target.disabled = true;
  noteOfWebgpu("");
  try {
    await engine.changeTo(target.checked ? "webgpu" : "wasm");
    if (target.checked) noteOfWebgpu("Checked: gives the colors that the processor gives.");
  } catch (error) {
    target.checked = engine.device === "webgpu";
    noteOfWebgpu(`Not changed: ${error.message}`);
  }
  target.disabled = false;
  drawDevice();
});
byId("retry").addEventListener("click", () => workshop.retry(workshop.selected));
byId("download").addEventListener("click", () => downloadOne(workshop.selected));
byId("download-all").addEventListener("click", async () => {
  const done = workshop.photos.filter((photo) => workshop.statusOf(photo) === "done");
  try {
    await downloadAll(done);
  } catch (error) {
    alertPage(error.message);
  }
});
workshop.addEventListener("change", draw);
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
for (const id of ["gray", "color"]) byId(id).addEventListener("load", draw);

// === Start ===

async function whenReady() {
  try {
    await engine.link;
    alertPage("");
    drawDevice();
  } catch (error) {
    alertPage(error.message);
  }
  draw();
}

async function start() {
  const missing = missingAbility();
  if (missing) {
    alertPage(missing);
    byId("files").disabled = true;
    return;
  }
  receivePhotos((files) => workshop.add(files));
  engine.start();
  await whenReady();
  const adapter = await navigator.gpu?.requestAdapter().catch(() => null);
  byId("webgpu-field").hidden = !adapter;
}
readSettings();
await start();
