// Ties the controls of the page to the photos and draws their state.

import { Compare } from "./compare.js";
import { downloadAll, downloadOne } from "./downloads.js";
import { HintEditor } from "./hints.js";
import { Workshop } from "./photos.js";
import { askForKey, fetchModels, keepKey } from "./server.js";
import { drawThumbnails } from "./thumbnails.js";

const byId = (id) => document.getElementById(id);
const SETTLE_MS = 250;  // a slider on its way is no wish yet

const workshop = new Workshop();
const compare = new Compare((photo) => workshop.replaceGray(photo));
const hintEditor = new HintEditor(() => compare.size, () => workshop.refresh());
let models = [];

function readSettings() {
  const model = models.find((row) => row.name === byId("model").value);
  const takes = model?.takes ?? [];
  byId("strength").disabled = !takes.includes("strength");
  byId("temperature-field").hidden = !takes.includes("temperature");
  byId("strength-text").value = `${Math.round(100 * byId("strength").value)} %`;
  workshop.takesHints = takes.includes("hints");
  workshop.settings = {
    model: model?.name ?? null,
    strength: takes.includes("strength") ? byId("strength").value : null,
    temperature: takes.includes("temperature") ? byId("temperature").value : null,
    format: byId("format").value,
  };
  tellWhichTakeHints();
}

function tellWhichTakeHints() {
  const names = models.filter((row) => row.takes.includes("hints")).map((row) => row.name);
  byId("hint-models").hidden = workshop.takesHints || !names.length;
  byId("hint-models").textContent =
    `To say which color something has, choose the model ${names.join(" or ")}.`;
}

// === Drawing ===

function draw() {
  const photo = workshop.selected;
  document.querySelector("main").classList.toggle("is-empty", !photo);
  compare.show(photo);
  hintEditor.show(photo, workshop.takesHints);
  drawState(photo);
  drawCaption(photo);
  drawProgress();
  drawThumbnails(workshop);
}

function drawState(photo) {
  const status = workshop.statusOf(photo);
  byId("busy").hidden = !["waiting", "working"].includes(status);
  byId("busy-text").textContent = photo?.job?.waitS
    ? `The server is busy, next try in ${photo.job.waitS} s`
    : status === "working" ? "Colorizing …" : "Waiting …";
  byId("photo-alert").hidden = status !== "failed";
  const isBroken = status === "failed" && !photo.isShownByBrowser;
  byId("compare").classList.toggle("is-broken", isBroken);
  if (status === "failed") byId("photo-reason").textContent = photo.failure.reason;
  byId("retry").hidden = Boolean(photo?.failure?.isFinal);
  byId("download").disabled = status !== "done";
}

function drawCaption(photo) {
  const size = compare.size;
  const texts = photo ? [photo.name, size ? `${size[0]} × ${size[1]}` : ""] : [];
  const notes = photo?.result?.notes ?? [];
  byId("caption").replaceChildren(
    ...texts.map((text) => span(text, "")),
    ...notes.map((text) => span(text, "note")));
}

function drawProgress() {
  const count = (status) =>
    workshop.photos.filter((photo) => workshop.statusOf(photo) === status).length;
  const [total, done, failed] = [workshop.photos.length, count("done"), count("failed")];
  byId("progress").max = total || 1;
  byId("progress").value = done + failed;
  const text = `${done} of ${total} in color${failed ? `, ${failed} failed` : ""}`;
  if (byId("status").textContent !== text) byId("status").textContent = text;
  byId("download-all").hidden = total < 2;
  byId("download-all").disabled = !done || done + failed < total;
}

function span(text, className) {
  const element = document.createElement("span");
  element.textContent = text;
  element.className = className;
  return element;
}

function alertPage(text) {
  byId("page-alert").textContent = text;
  byId("page-alert").hidden = !text;
}

// === Settings and buttons ===

let timer;
function onSetting() {
  readSettings();
  clearTimeout(timer);
  timer = setTimeout(() => workshop.refresh(), SETTLE_MS);
}
for (const id of ["model", "strength", "temperature", "format"]) {
  byId(id).addEventListener("input", onSetting);
}
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
for (const id of ["gray", "color"]) byId(id).addEventListener("load", draw);

// === Photos come in ===

function add(files) {
  alertPage("");
  const photos = [...files];
  if (photos.length) workshop.add(photos);
}

byId("files").addEventListener("change", (event) => {
  add(event.target.files);
  event.target.value = "";  // the same file may be chosen again
});
addEventListener("paste", (event) => add(event.clipboardData.files));
addEventListener("dragover", (event) => {
  event.preventDefault();
  document.body.classList.add("is-dropping");
});
addEventListener("dragleave", (event) => {
  if (!event.relatedTarget) document.body.classList.remove("is-dropping");
});
addEventListener("drop", (event) => {
  event.preventDefault();
  document.body.classList.remove("is-dropping");
  add(event.dataTransfer.files);
});

// === Key and start ===

let asking = null;
askForKey.function = () => {
  // Several requests may be refused at the same time: one question.
  asking ??= new Promise((answered) => {
    const dialog = byId("key-dialog");
    byId("key-wrong").hidden = !byId("key").value;
    byId("key-form").onsubmit = (event) => {
      event.preventDefault();
      keepKey(byId("key").value);
      dialog.close("sent");
    };
    dialog.onclose = () => {
      asking = null;
      answered(dialog.returnValue === "sent");
    };
    dialog.returnValue = "";
    dialog.showModal();
  });
  return asking;
};

async function start() {
  try {
    const answer = await fetchModels();
    models = answer.models;
    workshop.limits = answer;
    byId("model").replaceChildren(...models.map((row) => new Option(row.name)));
  } catch (error) {
    alertPage(error.message);
  }
  readSettings();
  draw();
}
readSettings();
await start();
