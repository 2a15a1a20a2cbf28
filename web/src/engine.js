// The worker in use, and the change to another one.

import { PageError } from "./errors.js";
import { checkSize } from "./limits.js";
import { Link } from "./link.js";
import { readable } from "./readable.js";
import { isAlike } from "./self_check.js";

const MANIFEST = new URL("model/manifest.json", document.baseURI).href;

/**
 * Colorizes photos one after another. Tells "loading", "progress" and "settled"
 * of every load, and "restart" when a worker failed and another took its place.
 */
export class Engine extends EventTarget {
  constructor() {
    super();
    /** Resolves to the worker in use, once its model is loaded. */
    this.link = null;
    this.device = null;
    this.threads = null;
    /** What SettingsPanel knows of a model. */
    this.model = null;
    /** Settles when the photo before is done. */
    this.turn = Promise.resolve();
    this.keys = new WeakMap();
    this.count = 0;
  }

  /** Loads the model for WASM; rejects with the reason. */
  start() {
    this.link = this.#load("wasm").then((loaded) => this.#use(loaded));
    this.link.catch(() => {});  // whoever asks next is told
    return this.link;
  }

  /**
   * Goes over to another device. The one before works on until the other is
   * loaded and, if it is WebGPU, gave the same colors.
   *
   * @param {"wasm" | "webgpu"} device
   * @throws {PageError} If it did not; nothing has changed then.
   */
  async changeTo(device) {
    const loaded = await this.#load(device);
    await this.#inTurn(async () => {
      const before = await this.link;
      if (device === "webgpu") await compare(before, loaded.link);
      this.link = Promise.resolve(this.#use(loaded));
      before.close();
    }).catch((error) => {
      loaded.link.close();
      throw error;
    });
  }

  /**
   * @param {File} file
   * @param {Object<string, string>} fields See SettingsPanel.fieldsFor.
   * @param {AbortSignal} [signal] Heeded until the photo's turn comes.
   * @returns {Promise<{blob: Blob, notes: string[]}>}
   */
  async colorize(file, { format, ...fields }, signal) {
    const { file: source, size, notes } = await readable(file);
    checkSize(...size);
    return this.#inTurn(async () => {
      signal?.throwIfAborted();
      const link = await this.link.catch(() => this.start());
      const content = { file: source, key: this.#keyOf(file), size, format };
      content.settings = settingsOf(fields, this.model);
      try {
        const answer = await link.ask("colorize", content);
        return { ...answer, notes: [...notes, ...answer.notes] };
      } catch (error) {
        if (!error.isFinal) this.#restart(link);
        throw error;
      }
    });
  }

  /** After a failure, memory of WASM stays taken, or is in disorder. */
  #restart(link) {
    link.close();
    this.start();
    this.dispatchEvent(new Event("restart"));
  }

  #use({ link, device, threads, model }) {
    [this.device, this.threads, this.model] = [device, threads, model];
    return link;
  }

  async #load(device) {
    const worker = new Worker(new URL("./worker.js", import.meta.url), { type: "module" });
    const link = new Link(worker, (progress) =>
      this.dispatchEvent(new CustomEvent("progress", { detail: progress })));
    this.dispatchEvent(new Event("loading"));
    try {
      return { link, device, ...await link.ask("load", { manifestUrl: MANIFEST, device }) };
    } catch (error) {
      link.close();
      throw error;
    } finally {
      this.dispatchEvent(new Event("settled"));
    }
  }

  async #inTurn(work) {
    const before = this.turn;
    let finish;
    this.turn = new Promise((resolve) => { finish = resolve; });
    await before;
    try {
      return await work();
    } finally {
      finish();
    }
  }

  #keyOf(file) {
    if (!this.keys.has(file)) this.keys.set(file, ++this.count);
    return this.keys.get(file);
  }
}

/** What a look sets, and what was set beside it. */
function settingsOf({ look, strength, temperature, hints }, model) {
  const values = { ...model.looks[look] };
  if (temperature) values.temperature = Number(temperature);
  return { strength: Number(strength), hints: hints ? JSON.parse(hints) : [], values };
}

async function compare(trusted, other) {
  const [expected, received] = [await trusted.ask("check"), await other.ask("check")];
  if (!isAlike(expected, received)) {
    throw new PageError("WebGPU gives other colors than WASM on this device.");
  }
}
