// What this page asks of the server it came from, and its answers in words.

import { megabytes, megapixels, plainly } from "./words.js";

const LONGEST_WAIT_S = 15;
const KEY = "keras-colorize-key";

/** A refusal, in words for a person. */
export class Refusal extends Error {
  /**
   * @param {number} status Of HTTP; 0 where no answer came.
   * @param {string} reason That the server gave.
   */
  constructor(status, reason) {
    const words = WORDS[status]?.(reason);
    super(words ?? reason);
    /** What the server said, where the words do not say it. */
    this.details = words === undefined || words === reason ? "" : reason;
    this.isFinal = status === 413 || status === 415;
  }
}

let limits = null;

/** Lets refusals name the limits that the server told. */
export function takeWordsFrom(answer) {
  limits = answer;
}

const WORDS = {
  0: () => "The server cannot be reached. Check that it runs, then try again.",
  408: () => "The photo took too long to arrive. Try again, or make it smaller.",
  413: () => "This photo is too large for this server"
    + (limits ? `: it takes up to ${megapixels(limits.max_pixels)} and `
      + `${megabytes(limits.max_body_bytes)}` : "") + ". Make it smaller, then add it again.",
  422: plainly,
  500: () => "Something went wrong on the server with this photo. Try again; if it "
    + "fails once more, tell whoever runs the server.",
  503: () => "This photo takes longer than the server allows. Make it smaller, or try "
    + "again when the server is less busy.",
};

/** Lets the user type the API key; set by the page. */
export const askForKey = { function: async () => false };

/** Models, formats and limits of the server. */
export async function fetchModels() {
  const response = await send("v1/models", {});
  return response.json();
}

/**
 * Colorizes a file.
 *
 * @param {File} file
 * @param {Object} options Form fields; those that are null or "" stay out.
 * @param {AbortSignal} signal
 * @param {(seconds: number) => void} onBusy The server is full; told how long
 *     the page waits before it tries again.
 * @returns {Promise<{blob: Blob, model: string, notes: string[]}>}
 */
export async function colorize(file, options, signal, onBusy) {
  const body = new FormData();
  body.append("photo", file, file.name);
  for (const [name, value] of Object.entries(options)) {
    if (value !== null && value !== "") body.append(name, value);
  }
  const request = { method: "POST", body, signal };
  const response = await send("v1/colorize", request, onBusy);
  return {
    blob: await response.blob(),
    model: nameIn(response.headers.get("X-Colorize-Model") ?? ""),
    notes: JSON.parse(response.headers.get("X-Colorize-Notes") ?? "[]"),
  };
}

/**
 * A JPEG of a file that browsers do not show, as a photo or a result may be.
 *
 * @param {Blob} blob
 * @returns {Promise<import("./photos.js").Preview>}
 */
export async function preview(blob) {
  const headers = { "Content-Type": "application/octet-stream" };
  const response = await send("v1/preview", { method: "POST", body: blob, headers });
  const size = response.headers.get("X-Photo-Size").split("x").map(Number);
  return { blob: await response.blob(), size };
}

async function send(address, request, onBusy = () => {}) {
  for (;;) {
    const response = await fetchOnce(address, request);
    if (response.ok) return response;
    if (response.status === 429) {
      const seconds = Number(response.headers.get("Retry-After")) || 1;
      const wait = Math.min(seconds, LONGEST_WAIT_S);
      onBusy(wait);
      await pause(wait, request.signal);
    } else if (response.status !== 401 || !(await askForKey.function())) {
      throw new Refusal(response.status, await reasonOf(response));
    }
  }
}

async function fetchOnce(address, request) {
  const key = sessionStorage.getItem(KEY);
  const headers = { ...request.headers, ...(key && { Authorization: `Bearer ${key}` }) };
  try {
    return await fetch(address, { ...request, headers });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Refusal(0, "");
  }
}

/** Remembers the key for as long as this tab is open. */
export function keepKey(key) {
  sessionStorage.setItem(KEY, key);
}

/** The name in "lite; weights=lite.photos; version=1". */
function nameIn(label) {
  return decodeURIComponent(label.split(";")[0]);
}

async function reasonOf(response) {
  try {
    return (await response.json()).reason;
  } catch {
    return `The server answered ${response.status} ${response.statusText}.`;
  }
}

function pause(seconds, signal) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, 1000 * seconds);
    signal?.addEventListener("abort", () => {
      clearTimeout(timer);
      reject(signal.reason);
    });
  });
}
