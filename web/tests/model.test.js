import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { afterEach, test } from "node:test";

import { fetchManifest, fetchModel } from "../src/model.js";

const MANIFEST_URL = "http://localhost/model/manifest.json";
const content = Uint8Array.of(1, 2, 3, 4, 5);
const manifest = {
  name: "lite.onnx", bytes: 5, sha256: createHash("sha256").update(content).digest("hex"),
};
const realFetch = globalThis.fetch;
afterEach(() => { globalThis.fetch = realFetch; });
const answer = (body, status = 200) => {
  globalThis.fetch = async (url) => {
    answer.url = String(url);
    return new Response(body, { status });
  };
};

test("the file of the manifest comes, with word of its bytes", async () => {
  answer(content);
  let bytes = 0;
  const file = await fetchModel(manifest, MANIFEST_URL, (more) => { bytes += more; });
  assert.deepEqual([...file], [...content]);
  assert.equal(bytes, 5);
  assert.equal(answer.url, "http://localhost/model/lite.onnx");
});

test("other bytes and half a file are refused", async () => {
  for (const other of [Uint8Array.of(1, 2, 3, 4, 6), content.subarray(0, 4)]) {
    answer(other);
    await assert.rejects(fetchModel(manifest, MANIFEST_URL, () => {}), /checksum/);
  }
});

test("absent servers, absent files and pages in place of a manifest are told", async () => {
  globalThis.fetch = async () => { throw new TypeError("Failed to fetch"); };
  await assert.rejects(fetchManifest(MANIFEST_URL), /Check the connection/);
  answer("", 404);
  await assert.rejects(fetchManifest(MANIFEST_URL), /answered 404/);
  answer("<!doctype html>");
  await assert.rejects(fetchManifest(MANIFEST_URL), /no manifest/);
});
