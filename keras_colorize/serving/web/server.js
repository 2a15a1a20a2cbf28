// What this page asks of the server it came from.

const LONGEST_WAIT_S = 15;
const KEY = "keras-colorize-key";

/** A refusal, with the reason that the server gave. */
export class Refusal extends Error {
  constructor(status, reason) {
    super(reason);
    this.status = status;
  }
}

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
  const headers = key ? { Authorization: `Bearer ${key}` } : {};
  try {
    return await fetch(address, { ...request, headers });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Refusal(
      0, "The server cannot be reached. Check that it runs, then try again.");
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
