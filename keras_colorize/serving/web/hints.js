// Placing of color hints on the photo, with a pointer or the keyboard.

import { byId, setRows } from "./elements.js";

const SWATCHES = {
  sky: "#5b9bd5", sea: "#2a6f8f", grass: "#5e8c31", leaves: "#2f5d34",
  skin: "#d9a07e", wood: "#8a5a33", brick: "#a8503a", red: "#c22f2f",
  yellow: "#e0b83a", denim: "#3b5b8c",
};
const STEP = 0.01;  // of the photo's width or height
const LEAP = 0.1;

export class HintEditor {
  /**
   * @param {() => [number, number] | null} sizeOfPhoto In its own pixels.
   * @param {() => void} onChange After hints were placed or removed.
   */
  constructor(sizeOfPhoto, onChange) {
    this.sizeOfPhoto = sizeOfPhoto;
    this.onChange = onChange;
    this.photo = null;
    this.cross = [0.5, 0.5];
    this.rows = new WeakMap();
    this.layer = byId("hint-layer");
    this.button = byId("hint-mode");
    this.#drawSwatches();
    this.button.addEventListener("click", () => this.setMode(!this.isOn));
    byId("hint-clear").addEventListener("click", () => this.#change(() => []));
    this.layer.addEventListener("click", (event) => this.#onClick(event));
    this.layer.addEventListener("keydown", (event) => this.#onKey(event));
  }

  get isOn() {
    return this.button.getAttribute("aria-pressed") === "true";
  }

  setMode(isOn) {
    this.button.setAttribute("aria-pressed", String(isOn));
    this.button.textContent = isOn ? "Done placing" : "Place colors";
    this.layer.hidden = !isOn;
    byId("compare").classList.toggle("is-hinting", isOn);
    if (isOn) this.layer.focus();
  }

  /** Draws what belongs to a photo. */
  show(photo, takesHints) {
    this.photo = photo;
    byId("hints").hidden = !takesHints;
    if ((!takesHints || !photo) && this.isOn) this.setMode(false);
    this.button.disabled = !this.sizeOfPhoto();
    const hints = photo?.hints ?? [];
    byId("hint-clear").hidden = hints.length < 2;
    for (const hint of hints) {
      if (!this.rows.has(hint)) this.rows.set(hint, this.#makeRow(hint));
    }
    setRows(byId("hint-list"), hints.map((hint) => this.rows.get(hint)));
    this.#drawSpots(hints);
  }

  #drawSwatches() {
    const chips = Object.entries(SWATCHES).map(([name, color], i) => {
      const label = document.createElement("label");
      label.title = name;
      label.innerHTML = '<input type="radio" name="swatch"><span class="chip"></span>';
      const [radio, chip] = label.children;
      radio.value = color;
      radio.checked = i === 0;
      radio.setAttribute("aria-label", name);
      radio.addEventListener("change", () => { own.value = color; });
      chip.style.setProperty("--chip", color);
      return label;
    });
    const own = document.createElement("input");
    own.type = "color";
    own.id = "hint-color";
    own.value = SWATCHES.sky;
    own.title = "any other color";
    own.setAttribute("aria-label", "Any other color");
    own.addEventListener("input", () => {
      for (const radio of document.getElementsByName("swatch")) radio.checked = false;
    });
    byId("swatches").append(...chips, own);
  }

  #makeRow(hint) {
    const row = document.createElement("li");
    const chip = document.createElement("span");
    chip.className = "chip";
    chip.style.setProperty("--chip", hint.color);
    const place = `${Math.round(hint.x)}, ${Math.round(hint.y)}`;
    const remove = document.createElement("button");
    remove.type = "button";
    remove.textContent = "Remove";
    remove.setAttribute("aria-label", `Remove ${hint.color} at ${place}`);
    remove.addEventListener("click", () => {
      const neighbor = row.nextElementSibling ?? row.previousElementSibling;
      this.#change((hints) => hints.filter((other) => other !== hint));
      (neighbor?.querySelector("button") ?? this.button).focus();
    });
    row.append(chip, place, remove);
    return row;
  }

  #drawSpots(hints) {
    const size = this.sizeOfPhoto();
    const spots = !size ? [] : hints.map((hint) => {
      const spot = at("spot", hint.x / size[0], hint.y / size[1]);
      spot.style.width = `${(200 * hint.radius) / size[0]}%`;
      spot.style.background = hint.color;
      return spot;
    });
    this.layer.replaceChildren(...spots, at("cross", ...this.cross));
    const [x, y] = this.#pixelsOf(this.cross);
    this.layer.setAttribute(
      "aria-label", `Photo, cross at ${Math.round(x)}, ${Math.round(y)}`);
  }

  #onClick(event) {
    const box = this.layer.getBoundingClientRect();
    this.cross = [
      (event.clientX - box.left) / box.width,
      (event.clientY - box.top) / box.height,
    ].map(inside);
    this.#place();
  }

  #onKey(event) {
    const step = event.shiftKey ? LEAP : STEP;
    const moves = {
      ArrowLeft: [-step, 0], ArrowRight: [step, 0],
      ArrowUp: [0, -step], ArrowDown: [0, step],
    };
    if (moves[event.key]) {
      this.cross = this.cross.map((value, i) => inside(value + moves[event.key][i]));
      this.#drawSpots(this.photo.hints);
    } else if (event.key === "Enter" || event.key === " ") {
      this.#place();
    } else if (event.key === "Backspace" || event.key === "Delete") {
      this.#change((hints) => hints.slice(0, -1));
    } else if (event.key === "Escape") {
      this.setMode(false);
      this.button.focus();
    } else {
      return;
    }
    event.preventDefault();
  }

  #place() {
    const size = this.sizeOfPhoto();
    if (!size) return;
    const [x, y] = this.#pixelsOf(this.cross);
    const radius = (Number(byId("hint-size").value) / 100) * Math.min(...size);
    const color = byId("hint-color").value;
    this.#change((hints) => [...hints, { x, y, radius: Math.max(radius, 1), color }]);
  }

  #pixelsOf(point) {
    const size = this.sizeOfPhoto() ?? [1, 1];
    // The last pixel's far edge belongs to no pixel.
    return point.map((value, i) => Math.min(value * size[i], size[i] - 0.5));
  }

  #change(edit) {
    this.photo.hints = edit(this.photo.hints);
    this.onChange();
  }
}

function at(className, x, y) {
  const mark = document.createElement("div");
  mark.className = className;
  mark.style.left = `${100 * x}%`;
  mark.style.top = `${100 * y}%`;
  return mark;
}

function inside(value) {
  return Math.min(Math.max(value, 0), 1);
}
