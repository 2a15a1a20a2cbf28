import assert from "node:assert/strict";
import { test } from "node:test";

import { fitted, panned, stepped, zoomed } from "../../keras_colorize/serving/web/geometry.js";

const PHOTO = [4000, 2000];
const STAGE = [800, 600];

test("a photo that fits is whole and in the middle", () => {
  assert.deepEqual(fitted(PHOTO, STAGE), { scale: 0.2, x: 0, y: 100 });
});

test("what lies under the point stays there", () => {
  const before = fitted(PHOTO, STAGE);
  const point = [300, 250];
  const after = zoomed(before, 1, point, PHOTO, STAGE, 1);
  const under = (view) => point.map((value, i) => (value - [view.x, view.y][i]) / view.scale);
  under(after).forEach((value, i) => assert.ok(Math.abs(value - under(before)[i]) < 1e-9));
});

test("zoom ends at all of the photo and at eight screen pixels a pixel", () => {
  const view = fitted(PHOTO, STAGE);
  assert.deepEqual(zoomed(view, 0.01, [0, 0], PHOTO, STAGE, 1), view);
  assert.equal(zoomed(view, 99, [400, 300], PHOTO, STAGE, 2).scale, 4);
});

test("a photo smaller than the stage can be seen at 100 %, in the middle", () => {
  const small = [400, 300];
  const view = zoomed(fitted(small, STAGE), 1, [0, 0], small, STAGE, 1);
  assert.deepEqual(view, { scale: 1, x: 200, y: 150 });
});

test("no side of the photo leaves its edge", () => {
  const view = { scale: 1, x: -1000, y: -500 };
  assert.deepEqual(panned(view, [5000, 5000], PHOTO, STAGE), { scale: 1, x: 0, y: 0 });
  assert.deepEqual(panned(view, [-5000, -5000], PHOTO, STAGE), { scale: 1, x: -3200, y: -1400 });
});

test("steps stop at 100 %", () => {
  assert.equal(stepped(0.8, true, 1), 1);
  assert.equal(stepped(1, true, 1), 1.5);
  assert.equal(stepped(0.6, false, 2), 0.5);
});
