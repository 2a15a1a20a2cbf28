// The page of `keras-colorize serve`: the server works on the photos.

import { alertPage } from "./drawing.js";
import { byId } from "./elements.js";
import { letPhotosIn, openPage } from "./page.js";
import { askForKey, colorize, fetchModels, keepKey, preview, takeWordsFrom } from "./server.js";
import { FORMATS, megabytes, megapixels, namesOfFormats } from "./words.js";

const SAVED_AS = ["jpeg", "png", "tiff", "webp"];
let limits = null;

const { workshop, settings, draw } = openPage({
  colorize,
  preview,
  whyNot(file) {
    const most = limits?.max_body_bytes ?? Infinity;
    return file.size <= most ? null
      : `${file.name} has ${megabytes(file.size)}; this server takes files of up to `
        + `${megabytes(most)}. Make the photo smaller, or save it as JPEG.`;
  },
  busyText(photo, status) {
    if (photo.job?.waitS) return `The server is busy, next try in ${photo.job.waitS} s`;
    return status === "working" ? "Colorizing …" : "Waiting …";
  },
});

function offer(answer) {
  limits = answer;
  takeWordsFrom(answer);
  const formats = SAVED_AS.filter((name) => answer.formats.includes(name));
  settings.offer(answer.models, [
    ["", "The format of the photo"], ...formats.map((name) => [name, FORMATS[name]]),
  ]);
  byId("formats").textContent = `${namesOfFormats(answer.formats)}, up to `
    + `${megapixels(answer.max_pixels)} and ${megabytes(answer.max_body_bytes)} each.`;
}

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

letPhotosIn(workshop);
try {
  offer(await fetchModels());
} catch (error) {
  alertPage(error.message);
}
draw();
