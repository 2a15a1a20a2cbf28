import assert from "node:assert/strict";
import { test } from "node:test";

import {
  license, listed, megabytes, megapixels, namesOfFormats,
} from "../../keras_colorize/serving/web/words.js";

test("lists end in a word", () => {
  assert.equal(listed(["JPEG"]), "JPEG");
  assert.equal(listed(["JPEG", "PNG", "TIFF"]), "JPEG, PNG and TIFF");
});

test("formats have the names of people, in one order", () => {
  assert.equal(namesOfFormats(["heif", "tiff", "jpeg", "odd"]), "JPEG, TIFF and HEIC");
});

test("numbers have no more digits than people read", () => {
  assert.equal(megapixels(100e6), "100 megapixels");
  assert.equal(megapixels(2560000), "2.6 megapixels");
  assert.equal(megabytes(33554432), "34 MB");
});

test("the terms of weights are their first sentence", () => {
  assert.equal(license("Research use. Trained on photos."), "Weights of the model: Research use.");
  assert.equal(license(""), "");
});
