// The row of all photos.

import { byId, setRows } from "./elements.js";

const WORDS = { waiting: "waiting", working: "…", done: "in color", failed: "failed" };
const rows = new WeakMap();

/**
 * Draws one button a photo; keeps those that are there, and so the focus.
 *
 * @param {import("./photos.js").Workshop} workshop
 * @param {(photo) => Promise<boolean>} remove Says whether it was removed.
 */
export function drawThumbnails(workshop, remove) {
  for (const photo of workshop.photos) {
    if (!rows.has(photo)) rows.set(photo, makeRow(workshop, photo, remove));
  }
  setRows(byId("thumbnails"), workshop.photos.map((photo) => rows.get(photo)));
  for (const photo of workshop.photos) update(rows.get(photo), workshop, photo);
}

/** Gives the focus to the selected photo, which says how far it is. */
export function focusSelected() {
  byId("thumbnails").querySelector('[aria-current="true"]')?.focus();
}

function makeRow(workshop, photo, remove) {
  const row = document.createElement("li");
  row.innerHTML = '<button type="button" class="thumbnail"></button>'
    + '<span class="badge" aria-hidden="true"></span>'
    + '<button type="button" class="remove">×</button>';
  const [button, , cross] = row.children;
  button.addEventListener("click", () => workshop.select(photo));
  cross.setAttribute("aria-label", `Remove ${photo.name}`);
  cross.addEventListener("click", async () => {
    const neighbor = row.nextElementSibling ?? row.previousElementSibling;
    if (!await remove(photo)) return;
    (neighbor?.querySelector(".thumbnail") ?? byId("files")).focus();
  });
  return row;
}

function update(row, workshop, photo) {
  const [button, badge] = row.children;
  const status = workshop.statusOf(photo);
  button.dataset.status = badge.dataset.status = status;
  badge.textContent = WORDS[status];
  const spoken = status === "working" ? "being colorized" : WORDS[status];
  button.setAttribute("aria-label", `${photo.name}, ${spoken}`);
  button.setAttribute("aria-current", String(workshop.selected === photo));
  if (button.dataset.url === String(photo.thumbnailUrl)) return;
  button.dataset.url = String(photo.thumbnailUrl);
  const content = document.createElement(photo.thumbnailUrl ? "img" : "span");
  if (photo.thumbnailUrl) {
    content.src = photo.thumbnailUrl;
    content.alt = "";
  } else {
    content.textContent = photo.name;
  }
  button.replaceChildren(content);
}
