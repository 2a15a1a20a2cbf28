import assert from "node:assert/strict";
import { test } from "node:test";

import { LINEAR_FROM_UINT8, luminance, srgbFromLinear } from "../src/cielab.js";
import { contrastTable, keepLightness, showsNothing } from "../src/lightness.js";

const grayLevel = (pixel) =>
  255 * srgbFromLinear(luminance([...pixel].map((value) => LINEAR_FROM_UINT8[value])));

test("a clipped color that became lighter is paler and as light as before", () => {
  const colorized = Uint8Array.of(255, 90, 0);
  keepLightness(LINEAR_FROM_UINT8[100], colorized, 0);
  assert.ok(Math.abs(grayLevel(colorized) - 100) <= 1);
  assert.ok(colorized[0] > colorized[1] && colorized[1] > colorized[2]);
});

test("clipped colors of the right lightness stay", () => {
  const colorized = Uint8Array.of(9, 9, 9, 255, 255, 254);
  keepLightness(1, colorized, 3);
  assert.deepEqual([...colorized], [9, 9, 9, 255, 255, 254]);
});

test("levels between the darkest and the lightest are spread over all", () => {
  const counts = new Uint32Array(256);
  counts[100] = counts[150] = 50;
  const levels = contrastTable(counts, 100);
  assert.deepEqual([90, 100, 126, 150, 160].map((level) => levels[level]),
    [0, 0, 133, 255, 255]);
  counts[100] = 0;
  counts[140] = 50;
  assert.equal(contrastTable(counts, 100), null);  // nothing to spread
});

test("one gray with grain and specks shows nothing, a bird in the sky something", () => {
  const counts = new Uint32Array(256);
  counts[190] = 5000;
  counts[206] = 4991;
  counts[0] = 9;  // a speck
  assert.ok(showsNothing(counts, 10000));
  counts[0] = 11;
  assert.ok(!showsNothing(counts, 10002));
});
