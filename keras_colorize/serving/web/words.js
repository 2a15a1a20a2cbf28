// What both pages say in words: formats, limits, settings.

// Value of the form field -> what people call it. In the order of a list.
export const FORMATS = {
  jpeg: "JPEG", png: "PNG", tiff: "TIFF", webp: "WebP", heif: "HEIC", avif: "AVIF",
  jpeg2000: "JPEG 2000", bmp: "BMP", gif: "GIF", ppm: "PNM",
};

export const LOOKS = {
  natural: { name: "Natural", help: "" },
  vivid: { name: "Vivid", help: "More color, and more often wrong." },
  calm: { name: "Calm", help: "Near gray where the model is not sure." },
};

/** "A, B and C". */
export function listed(words, last = "and") {
  if (words.length < 2) return words.join("");
  return `${words.slice(0, -1).join(", ")} ${last} ${words.at(-1)}`;
}

/** "JPEG, PNG and TIFF": those of `names` that have a word, in its order. */
export function namesOfFormats(names) {
  return listed(Object.keys(FORMATS).filter((name) => names.includes(name))
    .map((name) => FORMATS[name]));
}

/** "100 megapixels": no more digits than people read. */
export function megapixels(pixels) {
  const count = pixels / 1e6;
  return `${count < 10 ? Number(count.toFixed(1)) : Math.round(count)} megapixels`;
}

/** "32 MB", as a file manager shows it. */
export function megabytes(bytes) {
  const count = bytes / 1e6;
  return `${count < 10 ? Number(count.toFixed(1)) : Math.round(count)} MB`;
}

/** A reason of the server without what it expected and received. */
export function plainly(reason) {
  return reason.split(/(?<=\.) (?=[A-Z])/)
    .filter((sentence) => !/^(Expected|Received)\b/.test(sentence)).join(" ") || reason;
}

/** What "research use" and the like mean where it is said in one line. */
export function license(text) {
  return text ? `Weights of the model: ${text.split(". ")[0].replace(/\.$/, "")}.` : "";
}
