// Saving of results, one by one or all together.

import { zip } from "./zip.js";

const SUFFIXES = {
  "image/jpeg": "jpg", "image/png": "png", "image/webp": "webp",
  "image/gif": "gif", "image/bmp": "bmp", "image/avif": "avif",
  "image/tiff": "tif", "image/jp2": "jp2", "image/heif": "heic",
  "image/x-portable-anymap": "ppm",
};

export function downloadOne(photo) {
  save(photo.result.blob, fileName(photo));
  photo.result.isSaved = true;
}

export async function downloadAll(photos) {
  const taken = new Set();
  const files = photos.map((photo) => {
    const [stem, suffix] = splitName(fileName(photo));
    let name = `${stem}.${suffix}`;
    for (let i = 2; taken.has(name); i++) name = `${stem} (${i}).${suffix}`;
    taken.add(name);
    return { name, blob: photo.result.blob };
  });
  save(await zip(files), "colorized.zip");
  for (const photo of photos) photo.result.isSaved = true;
}

function fileName(photo) {
  const type = photo.result.blob.type;
  return `${splitName(photo.name)[0]}.colorized.${SUFFIXES[type] ?? "jpg"}`;
}

function splitName(name) {
  const dot = name.lastIndexOf(".");
  return dot > 0 ? [name.slice(0, dot), name.slice(dot + 1)] : [name, ""];
}

function save(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  // Not at once: the browser still has to open it.
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
