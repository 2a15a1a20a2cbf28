// Gray and color of the selected photo: a boundary one can move, zoom, pan,
// full screen.

import { byId, handFocusOn, setDisabled } from "./elements.js";
import { fitted, leastScale, panned, stepped, zoomed } from "./geometry.js";

const PREVIEW_SIDE = 4096;  // the longest one of previews
const NEAR_PX = 28;  // of the boundary, for a finger
const DRAG_PX = 5;  // less is a click
const PAN_STEP_PX = 60;
const NEARLY = 1.001;  // the numbers come from divisions
const WHEEL_SPEED = 0.0025;

export class Viewer {
  /** @param {(photo) => void} onUnreadable Called when the browser cannot
   *     show the file itself. */
  constructor(onUnreadable) {
    this.root = byId("viewer");
    this.stage = byId("compare");
    this.gray = byId("gray");
    this.color = byId("color");
    this.split = byId("split");
    this.photo = null;
    /** Of the photo's picture that was loaded last. */
    this.loadedSize = null;
    this.view = null;
    this.isFitted = true;
    this.pointers = new Map();
    this.drag = null;
    this.gray.addEventListener("error", () => onUnreadable(this.photo));
    for (const image of [this.gray, this.color]) {
      image.addEventListener("load", () => this.#onLoad());
    }
    this.split.addEventListener("input", () => this.#moveBoundary());
    new ResizeObserver(() => this.#layOut()).observe(this.stage);
    this.#listenToPointers();
    this.#listenToButtons();
    this.root.addEventListener("keydown", (event) => this.#onKey(event));
    this.#moveBoundary();
  }

  /** Size of the upright photo in its own pixels, or null before it is known. */
  get size() {
    return this.photo?.size ?? this.loadedSize;
  }

  show(photo) {
    if (this.photo !== photo) {
      this.isFitted = true;
      this.loadedSize = null;
    }
    this.photo = photo;
    this.#setSources();
    this.gray.alt = photo ? `${photo.name}, gray` : "";
    this.color.alt = photo?.result ? `${photo.name}, in color` : "";
    this.stage.classList.toggle("has-color", Boolean(photo?.result));
    this.#layOut();
  }

  #onLoad() {
    const image = this.photo?.result ? this.color : this.gray;
    // Some browsers keep the last picture while the next one loads.
    const isLoaded = image.naturalWidth && image.currentSrc === image.src;
    if (isLoaded) this.loadedSize = [image.naturalWidth, image.naturalHeight];
    this.#layOut();
  }

  /** Previews of heavy photos, until they show less than the screen could. */
  #setSources() {
    const { photo, size, view } = this;
    const isClose = Boolean(size && view && photo)
      && view.scale * devicePixelRatio > PREVIEW_SIDE / Math.max(...size);
    const { grayUrl, grayPreviewUrl, result } = photo ?? {};
    setSource(this.gray, isClose ? grayUrl : grayPreviewUrl ?? grayUrl);
    setSource(this.color, (isClose && result?.fullUrl) || result?.shownUrl);
  }

  get isFullScreen() {
    return this.root.classList.contains("is-full");
  }

  /** Over the whole page, and the whole screen where the browser can. */
  async setFullScreen(isOn) {
    if (isOn === this.isFullScreen) return;
    const focused = document.activeElement;
    this.root.classList.toggle("is-full", isOn);
    for (const other of outside(this.root)) other.inert = isOn;
    byId("full-screen").setAttribute("aria-pressed", String(isOn));
    this.isFitted = true;
    this.#layOut();
    handFocusOn(focused);
    try {  // phones and embedded pages may refuse: the page is covered at least
      if (isOn) await this.root.requestFullscreen?.({ navigationUI: "hide" });
      else if (document.fullscreenElement) await document.exitFullscreen();
    } catch {
      return;
    }
  }

  zoomToFit() {
    this.isFitted = true;
    this.#layOut();
  }

  /** One pixel of the photo on one of the screen. */
  zoomToFull(point = this.#middle()) {
    this.#zoom(1 / devicePixelRatio, point);
  }

  // === Layout ===

  #stageSize() {
    return [this.stage.clientWidth, this.stage.clientHeight];
  }

  #middle() {
    return this.#stageSize().map((length) => length / 2);
  }

  #layOut() {
    const size = this.size;
    if (!size) return;
    // Before measuring: the stage takes the photo's shape.
    this.root.style.setProperty("--ratio", size[0] / size[1]);
    const stage = this.#stageSize();
    if (!stage[0] || !stage[1]) return;
    if (this.isFitted || !this.view) this.view = fitted(size, stage);
    else this.view = panned(this.view, [0, 0], size, stage);
    this.#draw(size);
  }

  #draw(size) {
    const { scale, x, y } = this.view;
    const lengths = { x, y, w: scale * size[0], h: scale * size[1] };
    for (const [name, value] of Object.entries(lengths)) {
      this.stage.style.setProperty(`--${name}`, `${value}px`);
    }
    const percent = 100 * scale * devicePixelRatio;
    byId("zoom-text").value = `${percent < 10 ? percent.toFixed(1) : Math.round(percent)} %`;
    const stage = this.#stageSize();
    this.stage.classList.toggle("is-zoomed", scale > NEARLY * fitted(size, stage).scale);
    this.#setSources();
    setDisabled({
      "zoom-in": false,
      "zoom-out": scale <= NEARLY * leastScale(size, stage, devicePixelRatio),
      "zoom-fit": this.isFitted,
    });
  }

  #zoom(scale, point) {
    const size = this.size;
    if (!size || !this.view) return;
    this.view = zoomed(this.view, scale, point, size, this.#stageSize(), devicePixelRatio);
    const ratio = this.view.scale / fitted(size, this.#stageSize()).scale;
    this.isFitted = ratio < NEARLY && ratio > 1 / NEARLY;
    this.#draw(size);
  }

  #pan(across, down) {
    const size = this.size;
    if (!size || !this.view) return;
    this.view = panned(this.view, [across, down], size, this.#stageSize());
    this.#draw(size);
  }

  #moveBoundary() {
    this.stage.style.setProperty("--split", `${this.split.value}%`);
    this.split.setAttribute("aria-valuetext", `${Math.round(this.split.value)} % gray`);
  }

  #setBoundary(x) {
    const share = Math.min(Math.max(x / this.stage.clientWidth, 0), 1);
    this.split.value = String(Math.round(1000 * share) / 10);
    this.#moveBoundary();
  }

  // === Pointers ===

  #pointOf(event) {
    const box = this.stage.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  }

  #listenToPointers() {
    const stage = this.stage;
    stage.addEventListener("pointerdown", (event) => this.#onDown(event));
    stage.addEventListener("pointermove", (event) => this.#onMove(event));
    stage.addEventListener("pointerup", (event) => this.#onUp(event));
    stage.addEventListener("pointercancel", (event) => this.#onUp(event));
    stage.addEventListener("wheel", (event) => this.#onWheel(event), { passive: false });
    stage.addEventListener("dblclick", (event) => {
      if (stage.classList.contains("is-hinting")) return;
      if (this.isFitted) this.zoomToFull(this.#pointOf(event));
      else this.zoomToFit();
    });
    // A hint is placed by a click, and not by the end of a pull.
    stage.addEventListener("click", (event) => {
      if (this.wasPulled) event.stopPropagation();
    }, { capture: true });
  }

  #onDown(event) {
    if (event.button !== 0) return;
    const point = this.#pointOf(event);
    this.pointers.set(event.pointerId, point);
    this.wasPulled = false;
    this.drag = { kind: this.#kindOf(point), start: point, last: point };
    if (this.pointers.size === 2) this.drag = this.#pinch();
    if (this.drag.kind === "split") {
      this.split.focus({ preventScroll: true });
      // A finger may be about to scroll the page: its tap counts at its end.
      if (event.pointerType === "mouse") this.#setBoundary(point[0]);
    }
    if (event.pointerType === "mouse") event.preventDefault();
  }

  #kindOf([x]) {
    const { classList, clientWidth } = this.stage;
    const isNear = Math.abs(x - (this.split.value / 100) * clientWidth) < NEAR_PX;
    const canSplit = classList.contains("has-color") && !classList.contains("is-hinting");
    const canPan = classList.contains("is-zoomed");
    return canSplit && (!canPan || isNear) ? "split" : "pan";
  }

  #pinch() {
    const [a, b] = [...this.pointers.values()];
    return { kind: "pinch", distance: distanceOf(a, b), scale: this.view?.scale };
  }

  #onMove(event) {
    if (!this.pointers.has(event.pointerId)) return;
    const point = this.#pointOf(event);
    this.pointers.set(event.pointerId, point);
    if (this.drag.kind === "pinch") {
      const [a, b] = [...this.pointers.values()];
      const scale = this.drag.scale * (distanceOf(a, b) / this.drag.distance);
      this.wasPulled = true;
      this.#zoom(scale, [(a[0] + b[0]) / 2, (a[1] + b[1]) / 2]);
      return;
    }
    if (!this.wasPulled && distanceOf(point, this.drag.start) < DRAG_PX) return;
    if (!this.wasPulled) this.stage.setPointerCapture(event.pointerId);
    this.wasPulled = true;
    if (this.drag.kind === "split") this.#setBoundary(point[0]);
    else this.#pan(point[0] - this.drag.last[0], point[1] - this.drag.last[1]);
    this.drag.last = point;
  }

  #onUp(event) {
    if (!this.pointers.delete(event.pointerId)) return;
    const isTap = event.type === "pointerup" && !this.wasPulled;
    if (isTap && this.drag.kind === "split") this.#setBoundary(this.#pointOf(event)[0]);
    const [rest] = this.pointers.values();
    if (rest) this.drag = { kind: "pan", start: rest, last: rest };
  }

  #onWheel(event) {
    // Else the page scrolls, as over any other picture.
    if (!event.ctrlKey && !this.isFullScreen) return;
    event.preventDefault();
    if (!this.view) return;
    const lines = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 20 : 1;
    const factor = Math.exp(-event.deltaY * lines * WHEEL_SPEED * (event.ctrlKey ? 4 : 1));
    this.#zoom(this.view.scale * factor, this.#pointOf(event));
  }

  // === Buttons and keys ===

  #step(isIn) {
    if (this.view) this.#zoom(stepped(this.view.scale, isIn, devicePixelRatio), this.#middle());
  }

  #listenToButtons() {
    byId("zoom-in").addEventListener("click", () => this.#step(true));
    byId("zoom-out").addEventListener("click", () => this.#step(false));
    byId("zoom-fit").addEventListener("click", () => this.zoomToFit());
    byId("zoom-full").addEventListener("click", () => this.zoomToFull());
    byId("full-screen").addEventListener("click", () => this.setFullScreen(!this.isFullScreen));
    document.addEventListener("fullscreenchange", () => {
      if (!document.fullscreenElement) this.setFullScreen(false);
    });
  }

  #onKey(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const pans = {
      ArrowLeft: [PAN_STEP_PX, 0], ArrowRight: [-PAN_STEP_PX, 0],
      ArrowUp: [0, PAN_STEP_PX], ArrowDown: [0, -PAN_STEP_PX],
    };
    const keys = {
      "+": () => this.#step(true), "=": () => this.#step(true), "-": () => this.#step(false),
      0: () => this.zoomToFit(), 1: () => this.zoomToFull(),
      f: () => this.setFullScreen(!this.isFullScreen),
    };
    if (event.shiftKey && pans[event.key] && event.target === this.split) {
      this.#pan(...pans[event.key]);
    } else if (event.key === "Escape" && this.isFullScreen) {
      this.setFullScreen(false);
      byId("full-screen").focus();
    } else if (keys[event.key]) {
      keys[event.key]();
    } else {
      return;
    }
    event.preventDefault();
  }
}

/** All that is beside an element, up to the body. */
function outside(element) {
  const others = [];
  for (let inner = element; inner !== document.body; inner = inner.parentElement) {
    others.push(...[...inner.parentElement.children].filter((child) =>
      child !== inner && !child.matches("script, dialog")));
  }
  return others;
}

function distanceOf([ax, ay], [bx, by]) {
  return Math.hypot(ax - bx, ay - by);
}

function setSource(image, url) {
  if (url && image.getAttribute("src") !== url) image.src = url;
  if (!url) image.removeAttribute("src");
}
