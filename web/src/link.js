// Questions to a worker and its answers.

import { PageError } from "./errors.js";

export class Link {
  /**
   * @param {Worker} worker
   * @param {(progress: {bytes: number, total: number}) => void} [onProgress]
   */
  constructor(worker, onProgress = () => {}) {
    this.waiting = new Map();
    this.count = 0;
    this.worker = worker;
    this.worker.addEventListener("message", ({ data }) => {
      if (data.progress) onProgress(data.progress);
      else this.#settle(data);
    });
    this.worker.addEventListener("error", (event) => {
      event.preventDefault();
      this.#fail(`The worker of this page stopped: ${event.message ?? "it could not be loaded"}.`);
    });
  }

  /**
   * @param {"load" | "check" | "colorize" | "decode"} task
   * @param {Object} content See worker.js and decoding_worker.js.
   */
  ask(task, content = {}) {
    const id = ++this.count;
    return new Promise((resolve, reject) => {
      this.waiting.set(id, { resolve, reject });
      this.worker.postMessage({ task, id, content });
    });
  }

  /** Ends the worker and gives its memory back. */
  close() {
    this.worker.terminate();
    this.#fail("The worker of this page was ended.");
  }

  #settle({ id, result, failure }) {
    const { resolve, reject } = this.waiting.get(id);
    this.waiting.delete(id);
    if (failure) reject(new PageError(failure.reason, failure.isFinal));
    else resolve(result);
  }

  #fail(reason) {
    for (const { reject } of this.waiting.values()) reject(new PageError(reason));
    this.waiting.clear();
  }
}
