// The model file, fetched with progress and checked before it is used.

import { PageError } from "./errors.js";

const AGAIN = "Reload the page; if that does not help, its files must be built and "
  + "uploaded again (make web).";

/**
 * @typedef {Object} Manifest
 * @property {string} name File name of the model, beside the manifest.
 * @property {number} bytes
 * @property {string} sha256 Hexadecimal.
 * @property {Object<string, number>} inputs Scalar inputs and their defaults.
 * @property {boolean} takesHints
 * @property {Object<string, number>} runtimes Bytes of the WASM of each device.
 * @property {Object<string, string>} metadata What the model file says of itself.
 */

/** @returns {Promise<Manifest>} */
export async function fetchManifest(url) {
  const response = await fetchFile(url, { cache: "no-cache" });
  try {
    return await response.json();
  } catch {
    throw new PageError(`${url} is no manifest of a model. ${AGAIN}`);
  }
}

/**
 * @param {Manifest} manifest
 * @param {string} manifestUrl
 * @param {(bytes: number) => void} onBytes Told of each piece that came.
 * @returns {Promise<Uint8Array>} The file that the manifest describes.
 * @throws {PageError} If another file came.
 */
export async function fetchModel(manifest, manifestUrl, onBytes) {
  const model = await fetchBytes(new URL(manifest.name, manifestUrl), onBytes);
  const sha256 = await hexadecimalSha256(model);
  if (model.length !== manifest.bytes || sha256 !== manifest.sha256) {
    throw new PageError(`The model that came is not the one this page was built with, so it `
      + `is not used: expected ${manifest.bytes} bytes with the SHA-256 checksum `
      + `${manifest.sha256.slice(0, 12)}…, received ${model.length} bytes with `
      + `${sha256.slice(0, 12)}…. ${AGAIN}`);
  }
  return model;
}

/** A whole file, with word of each piece that came. */
export async function fetchBytes(url, onBytes) {
  const response = await fetchFile(url);
  const parts = [];
  let length = 0;
  try {
    for (const reader = response.body.getReader(); ;) {
      const { done, value } = await reader.read();
      if (done) break;
      parts.push(value);
      length += value.length;
      onBytes(value.length);
    }
  } catch {
    throw interrupted(url);
  }
  const bytes = new Uint8Array(length);
  parts.reduce((at, part) => (bytes.set(part, at), at + part.length), 0);
  return bytes;
}

async function fetchFile(url, options) {
  const response = await fetch(url, options).catch(() => {
    throw interrupted(url);
  });
  if (!response.ok) {
    throw new PageError(`${url} could not be loaded: the server answered `
      + `${response.status}. ${AGAIN}`);
  }
  return response;
}

function interrupted(url) {
  return new PageError(`${url} could not be loaded. Check the connection, then reload the page.`);
}

async function hexadecimalSha256(bytes) {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return [...digest].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
