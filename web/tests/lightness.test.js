import assert from "node:assert/strict";
import { test } from "node:test";

import { LINEAR_FROM_UINT8, luminance, srgbFromLinear } from "../src/cielab.js";
import { keepLightness } from "../src/lightness.js";

const grayLevel = (pixel) =>
  255 * srgbFromLinear(luminance([...pixel].map((value) => LINEAR_FROM_UINT8[value])));

test("a clipped color that became lighter is paler and as light as before", () => {
  const image = Uint8Array.of(100, 100, 100);
  const colorized = Uint8Array.of(255, 90, 0);
  keepLightness(image, colorized);
  assert.ok(Math.abs(grayLevel(colorized) - 100) <= 1);
  assert.ok(colorized[0] > colorized[1] && colorized[1] > colorized[2]);
});

test("colors inside sRGB, and clipped ones of the right lightness, stay", () => {
  const image = Uint8Array.of(40, 40, 40, 255, 255, 255);
  const colorized = Uint8Array.of(200, 100, 50, 255, 255, 254);
  keepLightness(image, colorized);
  assert.deepEqual([...colorized], [200, 100, 50, 255, 255, 254]);
});
