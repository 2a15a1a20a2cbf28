// Gray and color of the selected photo, with a boundary one can move.

const byId = (id) => document.getElementById(id);

export class Compare {
  /** @param {(photo) => void} onUnreadable Called when the browser cannot
   *     show the file itself. */
  constructor(onUnreadable) {
    this.figure = byId("compare");
    this.gray = byId("gray");
    this.color = byId("color");
    this.split = byId("split");
    this.photo = null;
    this.split.addEventListener("input", () => this.#moveBoundary());
    this.gray.addEventListener("load", () => this.#fit(this.gray));
    this.color.addEventListener("load", () => this.#fit(this.color));
    this.gray.addEventListener("error", () => onUnreadable(this.photo));
    this.#moveBoundary();
  }

  /** Size of the upright photo in its own pixels, or null before it is known. */
  get size() {
    const image = this.photo?.result ? this.color : this.gray;
    return image.naturalWidth ? [image.naturalWidth, image.naturalHeight] : null;
  }

  show(photo) {
    this.photo = photo;
    setSource(this.gray, photo?.grayUrl);
    setSource(this.color, photo?.result?.url);
    this.gray.alt = photo ? `${photo.name}, gray` : "";
    this.color.alt = photo?.result ? `${photo.name}, in color` : "";
    this.figure.classList.toggle("has-color", Boolean(photo?.result));
  }

  #moveBoundary() {
    this.figure.style.setProperty("--split", `${this.split.value}%`);
    this.split.setAttribute("aria-valuetext", `${this.split.value} % gray`);
  }

  #fit(image) {
    if (!image.naturalWidth) return;
    this.figure.style.setProperty("--ratio", image.naturalWidth / image.naturalHeight);
  }
}

function setSource(image, url) {
  if (url && image.getAttribute("src") !== url) image.src = url;
  if (!url) image.removeAttribute("src");
}
