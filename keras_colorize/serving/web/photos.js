// The photos of this page and the work on them. Nothing here draws.

const AT_ONCE = 2;
const THUMBNAIL_PX = 208;
// Of a photo that is not decoded twice at a time, for its thumbnail too.
const HEAVY_PIXELS = 16e6;
// What browsers show; the rest needs a preview.
const SHOWN_TYPES = /^image\/(jpeg|png|webp|gif|bmp|avif)$/;

/** @typedef {{x: number, y: number, radius: number, color: string}} Hint */
/** @typedef {{blob: Blob, size: [number, number]}} Preview Smaller than the
 *     photo perhaps, whose own width and height `size` are. */

export class Photo {
  /**
   * @param {File} file
   * @param {Object} settings See settings.js.
   * @param {boolean} isSample Whether it came with the page.
   */
  constructor(file, settings, isSample) {
    this.file = file;
    this.isSample = isSample;
    this.name = file.name || "photo";
    this.settings = { ...settings };
    this.grayUrl = URL.createObjectURL(file);
    /** Of a photo that is heavy to decode. */
    this.grayPreviewUrl = null;
    /** Own width and height, where a preview stands for the photo. */
    this.size = null;
    this.isShownByBrowser = true;
    this.thumbnailUrl = null;
    /** @type {Hint[]} */
    this.hints = [];
    /** {blob, shownUrl, fullUrl, notes, wish, isSaved}: asked for last, and
     * came. `fullUrl` is null where `shownUrl` has all that can be shown. */
    this.result = null;
    this.failure = null;
    this.job = null;
  }

  /** Whether something is lost with it that took work or a person's care. */
  get isUnsaved() {
    const isResult = Boolean(this.result) && !this.isSample;
    return !this.result?.isSaved && (isResult || this.hints.length > 0);
  }

  release() {
    this.job?.abort.abort();
    revoke(this.grayUrl, this.grayPreviewUrl, this.thumbnailUrl, this.result?.shownUrl,
      this.result?.fullUrl);
  }
}

/** Keeps every photo colorized as its settings wish; tells when one changes. */
export class Workshop extends EventTarget {
  /**
   * @param {Object} how
   * @param {(file: File, fields: Object, signal: ?AbortSignal,
   *     onBusy: (seconds: number) => void) => Promise<{blob: Blob, notes: string[],
   *     preview?: ?Preview, grayPreview?: ?Preview}>} how.colorize Rejects with the reason; with `isFinal` set where another
   *     try has no chance.
   * @param {(blob: Blob) => Promise<?Preview>} how.preview Of a file that the
   *     browser cannot show; null where nobody can.
   * @param {(photo: Photo) => Object} how.fieldsFor What to ask for, by name.
   * @param {(file: File) => ?string} how.whyNot Why a file is not even tried.
   */
  constructor({ colorize, preview, fieldsFor, whyNot = () => null }) {
    super();
    Object.assign(this, { colorize, preview, fieldsFor, whyNot });
    /** @type {Photo[]} */
    this.photos = [];
    this.selected = null;
    /** Of photos that come. */
    this.settings = {};
  }

  async add(files, isSample = false) {
    const added = [...files].map((file) => new Photo(file, this.settings, isSample));
    this.photos.push(...added);
    this.selected ??= added[0] ?? null;
    for (const photo of added) {
      const reason = this.whyNot(photo.file);
      if (reason) photo.failure = { reason, isFinal: true };
    }
    this.refresh();
    for (const photo of added) {  // one at a time: each is decoded whole
      const isBusy = photo.job && await pixelsOf(photo.grayUrl) > HEAVY_PIXELS;
      if (!photo.result && !isBusy) await this.#drawThumbnail(photo, photo.file);
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

  removeAll() {
    for (const photo of this.photos) photo.release();
    this.photos = [];
    this.selected = null;
    this.refresh();
  }

  select(photo) {
    this.selected = photo;
    this.refresh();
  }

  /** Selects the next photo, or with -1 the one before. */
  step(by) {
    const index = this.photos.indexOf(this.selected) + by;
    if (this.photos[index]) this.select(this.photos[index]);
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
    return JSON.stringify(this.fieldsFor(photo));
  }

  async #work(photo) {
    const fields = this.fieldsFor(photo);
    const job = { abort: new AbortController(), wish: this.#wishFor(photo), waitS: 0 };
    photo.job = job;
    photo.failure = null;
    try {
      const onBusy = (seconds) => {
        job.waitS = seconds;
        this.#changed();
      };
      const answer = await this.colorize(photo.file, fields, job.abort.signal, onBusy);
      const { preview, grayPreview, ...result } = answer;
      const shown = preview ?? await this.#shownOf(answer.blob);
      if (photo.job !== job) return;
      revoke(photo.result?.shownUrl, photo.result?.fullUrl);
      photo.size = shown.size ?? photo.size;
      if (grayPreview) photo.grayPreviewUrl ??= URL.createObjectURL(grayPreview.blob);
      photo.result = {
        ...result, shownUrl: URL.createObjectURL(shown.blob),
        fullUrl: preview ? URL.createObjectURL(answer.blob) : null, wish: job.wish, isSaved: false,
      };
      this.#drawThumbnail(photo, shown.blob);
    } catch (error) {
      if (photo.job !== job) return;
      photo.failure = {
        reason: error.message, details: error.details, wish: job.wish,
        isFinal: error.isFinal === true,
      };
    }
    photo.job = null;
    this.refresh();
  }

  async #shownOf(blob) {
    if (SHOWN_TYPES.test(blob.type)) return { blob };
    return await this.preview(blob) ?? { blob };
  }

  /** Shows a preview in place of a photo that the browser cannot show. */
  async replaceGray(photo) {
    if (!photo?.isShownByBrowser) return;
    photo.isShownByBrowser = false;
    this.#changed();
    try {
      const preview = await this.preview(photo.file);
      if (!preview) return;
      URL.revokeObjectURL(photo.grayUrl);
      photo.grayUrl = URL.createObjectURL(preview.blob);
      photo.size = preview.size;
      this.#changed();
      await this.#drawThumbnail(photo, preview.blob);
    } catch {
      // The request for the colors fails as well, and says why.
    }
  }

  async #drawThumbnail(photo, blob) {
    const isOfResult = blob !== photo.file;
    const url = await thumbnailOf(blob);
    if (!url || (photo.result && !isOfResult)) return;
    if (photo.thumbnailUrl) URL.revokeObjectURL(photo.thumbnailUrl);
    photo.thumbnailUrl = url;
    this.#changed();
  }

  #changed() {
    this.dispatchEvent(new Event("change"));
  }
}

function revoke(...urls) {
  for (const url of urls) if (url) URL.revokeObjectURL(url);
}

/** Read from the header; 0 of what the browser cannot show. */
function pixelsOf(url) {
  const image = new Image();
  return new Promise((resolve) => {
    image.onload = () => resolve(image.naturalWidth * image.naturalHeight);
    image.onerror = () => resolve(0);
    image.src = url;
  });
}

async function thumbnailOf(blob) {
  try {
    const image = await createImageBitmap(blob, { resizeHeight: THUMBNAIL_PX, resizeQuality: "medium" });
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [image.width, image.height];
    canvas.getContext("2d").drawImage(image, 0, 0);
    image.close();
    const small = await new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.8));
    return URL.createObjectURL(small);
  } catch {
    return null;  // its name is shown instead
  }
}
