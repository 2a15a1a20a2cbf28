// Ties the controls of the page to the photos and draws their state.

import { Compare } from "./compare.js";
import { downloadAll, downloadOne } from "./downloads.js";
import { alertPage, drawCaption, drawFailure, drawProgress } from "./drawing.js";
import { HintEditor } from "./hints.js";
import { receivePhotos } from "./incoming.js";
import { Workshop } from "./photos.js";
import { askForKey, colorize, fetchModels, keepKey } from "./server.js";
import { drawThumbnails } from "./thumbnails.js";

const byId = (id) => document.getElementById(id);
const SETTLE_MS = 250;  // a slider on its way is no wish yet

const workshop = new Workshop(colorize);
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
  drawCaption(photo, compare.size);
  drawProgress(workshop);
  drawThumbnails(workshop);
}

function drawState(photo) {
  const status = workshop.statusOf(photo);
  byId("busy").hidden = !["waiting", "working"].includes(status);
  byId("busy-text").textContent = photo?.job?.waitS
    ? `The server is busy, next try in ${photo.job.waitS} s`
    : status === "working" ? "Colorizing …" : "Waiting …";
  drawFailure(photo, status);
  byId("download").disabled = status !== "done";
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

receivePhotos((files) => {
  alertPage("");
  workshop.add(files);
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
