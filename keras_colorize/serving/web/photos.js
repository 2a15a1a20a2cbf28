// The photos of this page and the work on them. Nothing here draws.

const AT_ONCE = 2;
const THUMBNAIL_PX = 208;

/** @typedef {{x: number, y: number, radius: number, color: string}} Hint */

export class Photo {
  /** @param {File} file */
  constructor(file) {
    this.file = file;
    this.name = file.name || "photo";
    this.grayUrl = URL.createObjectURL(file);
    this.isShownByBrowser = true;
    this.thumbnailUrl = null;
    /** @type {Hint[]} */
    this.hints = [];
    /** {blob, url, notes, wish}: what was asked for last and came. */
    this.result = null;
    this.failure = null;
    this.job = null;
  }

  release() {
    this.job?.abort.abort();
    for (const url of [this.grayUrl, this.thumbnailUrl, this.result?.url]) {
      if (url) URL.revokeObjectURL(url);
    }
  }
}

/** Keeps every photo colorized as the settings wish; tells when one changes. */
export class Workshop extends EventTarget {
  /**
   * @param {(file: File, fields: Object, signal: ?AbortSignal,
   *     onBusy: (seconds: number) => void) => Promise<{blob: Blob, notes: string[]}>
   *     } colorize Rejects with the reason; with `isFinal` set where another
   *     try has no chance.
   */
  constructor(colorize) {
    super();
    this.colorize = colorize;
    /** @type {Photo[]} */
    this.photos = [];
    this.selected = null;
    this.limits = null;
    /** Form fields, without hints. */
    this.settings = {};
    this.takesHints = false;
  }

  async add(files) {
    const added = [...files].map((file) => new Photo(file));
    this.photos.push(...added);
    this.selected ??= added[0] ?? null;
    for (const photo of added) this.#checkSize(photo);
    this.refresh();
    for (const photo of added) {  // one at a time: each is decoded whole
      if (!photo.result) await this.#drawThumbnail(photo, photo.file);
    }
  }

  remove(photo) {
    const index = this.photos.indexOf(photo);
    this.photos.splice(index, 1);
    photo.release();
    if (this.selected === photo) {
      this.selected = this.photos[Math.min(index, this.photos.length - 1)] ?? null;
    }
    this.refresh();
  }

  select(photo) {
    this.selected = photo;
    this.refresh();
  }

  retry(photo) {
    photo.failure = null;
    this.refresh();
  }

  /** Compares wishes with results, stops what is outdated, starts the next. */
  refresh() {
    for (const photo of this.photos) {
      const wish = this.#wishFor(photo);
      if (photo.job && photo.job.wish !== wish) {
        photo.job.abort.abort();
        photo.job = null;
      }
    }
    const running = this.photos.filter((photo) => photo.job).length;
    const order = [this.selected, ...this.photos];
    const next = order.filter((photo) => this.statusOf(photo) === "waiting");
    for (const photo of [...new Set(next)].slice(0, AT_ONCE - running)) {
      this.#work(photo);
    }
    this.#changed();
  }

  /** "waiting" | "working" | "done" | "failed" | null for no photo. */
  statusOf(photo) {
    if (!photo) return null;
    const wish = this.#wishFor(photo);
    if (photo.job) return "working";
    if (photo.result?.wish === wish) return "done";
    const failure = photo.failure;
    return failure && (failure.isFinal || failure.wish === wish) ? "failed" : "waiting";
  }

  #wishFor(photo) {
    return JSON.stringify(this.#fieldsFor(photo));
  }

  #fieldsFor(photo) {
    const fields = { ...this.settings };
    if (!fields.format && !photo.isShownByBrowser) fields.format = "png";
    if (this.takesHints && photo.hints.length) {
      fields.hints = JSON.stringify(photo.hints);
    }
    return fields;
  }

  #checkSize(photo) {
    const limit = this.limits?.max_body_bytes ?? Infinity;
    if (photo.file.size <= limit) return;
    const [size, most] = [photo.file.size, limit].map((n) => (n / 2 ** 20).toFixed(1));
    const reason = `The file has ${size} MiB; this server takes at most ${most}. `
      + "Shrink the photo, or save it as JPEG.";
    photo.failure = { reason, isFinal: true };
  }

  async #work(photo) {
    const fields = this.#fieldsFor(photo);
    const job = { abort: new AbortController(), wish: this.#wishFor(photo), waitS: 0 };
    photo.job = job;
    photo.failure = null;
    try {
      const onBusy = (seconds) => {
        job.waitS = seconds;
        this.#changed();
      };
      const answer = await this.colorize(photo.file, fields, job.abort.signal, onBusy);
      if (photo.job !== job) return;
      if (photo.result) URL.revokeObjectURL(photo.result.url);
      const url = URL.createObjectURL(answer.blob);
      photo.result = { ...answer, url, wish: job.wish };
      this.#drawThumbnail(photo, answer.blob);
    } catch (error) {
      if (photo.job !== job) return;
      photo.failure = {
        reason: error.message, wish: job.wish, isFinal: error.isFinal === true,
      };
    }
    photo.job = null;
    this.refresh();
  }

  /** Colorizes with no color a photo that the browser cannot show itself. */
  async replaceGray(photo) {
    if (!photo.isShownByBrowser) return;
    photo.isShownByBrowser = false;
    this.refresh();
    const { model } = this.settings;
    try {
      const options = { model, strength: 0, format: "png" };
      const { blob } = await this.colorize(photo.file, options, undefined, () => {});
      URL.revokeObjectURL(photo.grayUrl);
      photo.grayUrl = URL.createObjectURL(blob);
      this.#changed();
      await this.#drawThumbnail(photo, blob);
    } catch {
      // The request for the colors fails as well, and says why.
    }
  }

  async #drawThumbnail(photo, blob) {
    const url = await thumbnailOf(blob);
    const isOutdated = photo.result && photo.result.blob !== blob;
    if (!url || isOutdated) return;
    if (photo.thumbnailUrl) URL.revokeObjectURL(photo.thumbnailUrl);
    photo.thumbnailUrl = url;
    this.#changed();
  }

  #changed() {
    this.dispatchEvent(new Event("change"));
  }
}

async function thumbnailOf(blob) {
  try {
    const image = await createImageBitmap(blob);
    const scale = THUMBNAIL_PX / Math.min(image.width, image.height);
    const canvas = document.createElement("canvas");
    canvas.width = Math.ceil(image.width * scale);
    canvas.height = Math.ceil(image.height * scale);
    canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
    image.close();
    const small = await new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.8));
    return URL.createObjectURL(small);
  } catch {
    return null;  // its name is shown instead
  }
}
