import assert from "node:assert/strict";
import { test } from "node:test";

import {
  license, listed, megabytes, megapixels, namesOfFormats, plainly,
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

test("a reason is told without what was expected and received", () => {
  const reason = "The photo is no photo that can be read. Expected a complete PNG file. "
    + "Received: a file that starts with b'Dear'. Convert it, or leave it out.";
  assert.equal(plainly(reason), "The photo is no photo that can be read. Convert it, or leave it out.");
  assert.equal(plainly("Received: nothing."), "Received: nothing.");
});
