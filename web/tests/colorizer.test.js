import assert from "node:assert/strict";
import { test } from "node:test";

import { Colorizer } from "../src/colorizer.js";

const VIEW = { size: [2, 3], L: Float32Array.of(10, 20, 30, 40, 50, 60), levels: null };

/** A Colorizer over a session that keeps what it was fed. */
function recording(inputNames) {
  const fed = {};
  const ort = { Tensor: class { constructor(type, data, dims) { Object.assign(this, { type, data, dims }); } } };
  const session = {
    inputNames,
    async run(feeds, outputs) {
      Object.assign(fed, feeds);
      return { [outputs[0]]: { getData: async () => Float32Array.of(1, 2) } };
    },
  };
  const manifest = { inputs: { strength: 1, temperature: 0.6 }, metadata: { network_size: "256" } };
  return { colorizer: new Colorizer(ort, session, manifest), fed };
}

test("the network sees the lightness on black, and the values of the look", async () => {
  const { colorizer, fed } = recording(["image", "L_offset", "strength", "temperature"]);
  const ab = await colorizer.predict(VIEW, [20, 30], { values: { temperature: 0.25 } });
  assert.deepEqual([...ab], [1, 2]);
  assert.deepEqual([fed.image.dims, fed.L_offset.dims], [[1, 1, 1, 3], [1, 2, 3, 1]]);
  assert.ok(fed.image.data.every((value) => value === 0));
  assert.deepEqual([...fed.L_offset.data], [...VIEW.L]);
  assert.deepEqual([fed.temperature.data, fed.strength.data], [[0.25], [1]]);
  assert.ok(!("hints" in fed));
});

test("hints go to a model that takes them, in pixels of the photo", async () => {
  const { colorizer, fed } = recording(["image", "L_offset", "strength", "hints", "photo_size"]);
  const hints = [{ x: 12, y: 8, radius: 4, color: "#ff0000" }];
  await colorizer.predict(VIEW, [20, 30], { hints });
  assert.deepEqual(fed.hints.dims, [1, 1, 5]);
  assert.deepEqual(fed.photo_size.data, [20, 30]);
  const [x, y, radius, a, b] = fed.hints.data;
  assert.deepEqual([x, y, radius], [12, 8, 4]);
  assert.ok(Math.abs(a - 80.09) < 0.02 && Math.abs(b - 67.2) < 0.02);
});

test("without hints such a model is told that there are none", async () => {
  const { colorizer, fed } = recording(["image", "L_offset", "strength", "hints", "photo_size"]);
  await colorizer.predict(VIEW, [20, 30], {});
  assert.deepEqual(fed.hints.data, [0, 0, -1, 0, 0]);
});
