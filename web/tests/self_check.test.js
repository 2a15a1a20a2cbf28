import assert from "node:assert/strict";
import { test } from "node:test";

import { generatedPhoto, isAlike, shareAlike } from "../src/self_check.js";

test("the generated photo is gray, not square and not flat", () => {
  const { pixels, width, height } = generatedPhoto();
  assert.equal(pixels.length, 4 * width * height);
  assert.notEqual(width, height);
  assert.ok(pixels.every((value, i) => value === (i % 4 < 3 ? pixels[i - i % 4] : 255)));
  assert.ok(new Set(pixels).size > 100);
});

test("two gray levels are alike, three are not", () => {
  const expected = Uint8Array.of(10, 20, 30, 255, 40, 50, 60, 255);
  assert.equal(
    shareAlike(expected, Uint8Array.of(12, 18, 30, 255, 40, 53, 60, 255)), 0.5);
});

test("one pixel in a hundred may differ, two may not, and sizes must agree", () => {
  const expected = new Uint8Array(400);
  const received = new Uint8Array(400);
  received[5] = 200;
  assert.ok(isAlike(expected, received));
  received[102] = 200;
  assert.ok(!isAlike(expected, received));
  assert.ok(!isAlike(expected, new Uint8Array(396)));
});
