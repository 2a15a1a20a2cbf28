// Ties the controls of a page to its photos and draws their state. Both pages,
// that of `keras-colorize serve` and the one without a server, are this; they
// differ in who works on the photos.

import { confirmed, confirmLeaving } from "./confirm.js";
import { downloadAll, downloadOne } from "./downloads.js";
import { alertPage, drawCaption, drawFailure, drawProgress } from "./drawing.js";
import { byId, handFocusOn, setDisabled } from "./elements.js";
import { HintEditor } from "./hints.js";
import { receivePhotos } from "./incoming.js";
import { Workshop } from "./photos.js";
import { SettingsPanel } from "./settings.js";
import { drawThumbnails, focusSelected } from "./thumbnails.js";
import { Viewer } from "./viewer.js";

const SAMPLE = new URL("./sample.jpg", import.meta.url).href;

/**
 * @param {Object} how
 * @param {Function} how.colorize See Workshop.
 * @param {Function} how.preview See Workshop.
 * @param {Function} [how.whyNot] See Workshop.
 * @param {(photo, status: "waiting" | "working") => string} how.busyText
 */
export function openPage({ colorize, preview, whyNot, busyText }) {
  const workshop = new Workshop({
    colorize, preview, whyNot, fieldsFor: (photo) => settings.fieldsFor(photo),
  });
  const settings = new SettingsPanel(workshop);
  const viewer = new Viewer((photo) => workshop.replaceGray(photo));
  const hintEditor = new HintEditor(() => viewer.size, () => workshop.refresh());

  function draw() {
    const focused = document.activeElement;
    const photo = workshop.selected;
    document.querySelector("main").classList.toggle("is-empty", !photo);
    if (!photo) viewer.setFullScreen(false);
    viewer.show(photo);
    settings.show(photo);
    hintEditor.show(photo, settings.takesHints(photo));
    drawState(photo);
    drawCaption(photo, viewer.size);
    drawProgress(workshop);
    drawThumbnails(workshop, removeAsked);
    handFocusOn(focused);
  }

  function drawState(photo) {
    const status = workshop.statusOf(photo);
    const isBusy = ["waiting", "working"].includes(status);
    byId("busy").hidden = !isBusy;
    if (isBusy) byId("busy-text").textContent = busyText(photo, status);
    drawFailure(photo, status);
    setDisabled({ download: status !== "done", format: false });
    const index = workshop.photos.indexOf(photo);
    byId("previous").hidden = byId("next").hidden = workshop.photos.length < 2;
    setDisabled({ previous: index <= 0, next: index === workshop.photos.length - 1 });
  }

  async function removeAsked(photo) {
    const question = photo.hints.length
      ? `Remove ${photo.name}? Its colors were not saved, and the colors you placed are lost.`
      : `Remove ${photo.name}? Its colors were not saved.`;
    if (photo.isUnsaved && !await confirmed(question, "Remove")) return false;
    workshop.remove(photo);
    return true;
  }

  async function removeAll() {
    const count = workshop.photos.filter((photo) => photo.isUnsaved).length;
    const what = count === 1 ? "One result was" : `${count} results were`;
    if (count && !await confirmed(`Remove all photos? ${what} not saved.`, "Remove all")) return;
    workshop.removeAll();
    byId("files").focus();
  }

  byId("retry").addEventListener("click", () => {
    workshop.retry(workshop.selected);
    focusSelected();
  });
  byId("previous").addEventListener("click", () => workshop.step(-1));
  byId("next").addEventListener("click", () => workshop.step(1));
  byId("remove-all").addEventListener("click", removeAll);
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
  confirmLeaving(() => workshop.photos.some((photo) => photo.isUnsaved));
  return { workshop, settings, draw };
}

/** Lets photos in, the sample too. */
export function letPhotosIn(workshop) {
  const add = (files, isSample) => {
    alertPage("");
    workshop.add(files, isSample);
  };
  receivePhotos(add);
  byId("sample-photo").src = SAMPLE;
  byId("sample").addEventListener("click", async () => {
    const photo = await (await fetch(SAMPLE)).blob();
    add([new File([photo], "Tetons.jpg", { type: "image/jpeg" })], true);
  });
}
