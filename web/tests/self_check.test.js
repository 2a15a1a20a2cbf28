import assert from "node:assert/strict";
import { test } from "node:test";

import { generatedPhoto, isAlike, shareAlike } from "../src/self_check.js";

test("the generated photo is gray, not square and not flat", () => {
  const { rgb, width, height } = generatedPhoto();
  assert.equal(rgb.length, 3 * width * height);
  assert.notEqual(width, height);
  assert.ok(rgb.every((value, i) => value === rgb[i - i % 3]));
  assert.ok(new Set(rgb).size > 100);
});

test("two gray levels are alike, three are not", () => {
  const expected = Uint8Array.of(10, 20, 30, 40, 50, 60);
  assert.equal(shareAlike(expected, Uint8Array.of(12, 18, 30, 40, 53, 60)), 0.5);
});

test("one pixel in a hundred may differ, two may not, and sizes must agree", () => {
  const expected = new Uint8Array(300);
  const received = new Uint8Array(300);
  received[5] = 200;
  assert.ok(isAlike(expected, received));
  received[99] = 200;
  assert.ok(!isAlike(expected, received));
  assert.ok(!isAlike(expected, new Uint8Array(297)));
});
