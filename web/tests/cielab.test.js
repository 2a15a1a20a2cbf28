import assert from "node:assert/strict";
import { test } from "node:test";

import {
  LINEAR_FROM_UINT8, labFromLinear, lightness, linearFromLab, linearFromSrgb,
  luminance, srgbFromLinear,
} from "../src/cielab.js";

const near = (actual, expected, tolerance) => actual.forEach((value, i) =>
  assert.ok(Math.abs(value - expected[i]) < tolerance, `${actual} is not ${expected}`));

test("Lab of red, white and black is that of the tables", () => {
  near(labFromLinear([1, 0, 0]), [53.24, 80.09, 67.20], 0.02);
  near(labFromLinear([1, 1, 1]), [100, 0, 0], 0.01);
  near(labFromLinear([0, 0, 0]), [0, 0, 0], 1e-3);
});

test("linear light comes back from Lab, dark colors too", () => {
  for (const linear of [[0.2, 0.5, 0.1], [0.9, 0.02, 0.4], [0.001, 0.0005, 0.002]]) {
    near(linearFromLab(labFromLinear(linear)), linear, 1e-5);
  }
});

test("the sRGB curve and its inverse meet on both sides of the knee", () => {
  near([linearFromSrgb(0.5), linearFromSrgb(0.04)], [0.21404, 0.003096], 1e-5);
  for (const value of [0, 0.03, 0.04045, 0.2, 1]) {
    near([srgbFromLinear(linearFromSrgb(value))], [value], 1e-6);
  }
  near([LINEAR_FROM_UINT8[0], LINEAR_FROM_UINT8[255]], [0, 1], 1e-7);
});

test("lightness of 18 % gray is 49.5", () => {
  near([lightness(0.18), luminance([0.18, 0.18, 0.18])], [49.496, 0.18], 1e-3);
});
