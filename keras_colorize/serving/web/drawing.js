// What a page says about the selected photo and about all of them.

import { byId, setDisabled } from "./elements.js";

/** Shows why a photo failed, and whether another try has a chance. */
export function drawFailure(photo, status) {
  const hasFailed = status === "failed";
  byId("photo-alert").hidden = !hasFailed;
  const isBroken = hasFailed && !photo.isShownByBrowser;
  byId("compare").classList.toggle("is-broken", isBroken);
  if (!hasFailed) return;
  byId("photo-reason").textContent = photo.failure.reason;
  byId("photo-details").hidden = !photo.failure.details;
  byId("photo-details-text").textContent = photo.failure.details ?? "";
  byId("retry").hidden = photo.failure.isFinal;
}

/** @param {?[number, number]} size Of the upright photo, if it is known. */
export function drawCaption(photo, size) {
  const texts = photo ? [photo.name, size ? `${size[0]} × ${size[1]}` : ""] : [];
  const notes = photo?.result?.notes ?? [];
  byId("caption").replaceChildren(
    ...texts.map((text) => span(text, "")),
    ...notes.map((text) => span(text, "note")));
}

export function drawProgress(workshop) {
  const count = (status) =>
    workshop.photos.filter((photo) => workshop.statusOf(photo) === status).length;
  const [total, done, failed] = [workshop.photos.length, count("done"), count("failed")];
  byId("progress").hidden = total < 2;
  byId("progress").max = total || 1;
  byId("progress").value = done + failed;
  const text = `${done} of ${total} in color${failed ? `, ${failed} failed` : ""}`;
  if (byId("status").textContent !== text) byId("status").textContent = text;
  byId("download-all").hidden = byId("remove-all").hidden = total < 2;
  setDisabled({ "download-all": !done || done + failed < total, format: false });
}

export function alertPage(text) {
  byId("page-alert").textContent = text;
  byId("page-alert").hidden = !text;
}

function span(text, className) {
  const element = document.createElement("span");
  element.textContent = text;
  element.className = className;
  return element;
}
