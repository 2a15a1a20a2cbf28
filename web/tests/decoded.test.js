import assert from "node:assert/strict";
import { test } from "node:test";
import { inflateSync } from "node:zlib";

import { Unsupported, formatOf } from "../src/decoded.js";
import { upright } from "../src/orientation.js";
import { pngOf } from "../src/png.js";
import { decodeTiff } from "../src/tiff.js";

const anySize = () => {};

/** A TIFF of one strip, big-endian, from [tag, type, count, value] of each field. */
function tiffOf(pixels, fields) {
  const start = 8 + 2 + 12 * (fields.length + 2) + 4;
  const file = new DataView(new ArrayBuffer(start + pixels.length));
  const all = [...fields, [273, 4, 1, start], [279, 4, 1, pixels.length]].sort(([a], [b]) => a - b);
  file.setUint32(0, 0x4d4d002a);
  file.setUint32(4, 8);
  file.setUint16(8, all.length);
  all.forEach(([tag, type, count, value], i) => {
    const at = 10 + 12 * i;
    file.setUint16(at, tag);
    file.setUint16(at + 2, type);
    file.setUint32(at + 4, count);
    if (type === 3) file.setUint16(at + 8, value);
    else file.setUint32(at + 8, value);
  });
  new Uint8Array(file.buffer).set(pixels, start);
  return file.buffer;
}

/** Fields of a gray image; the two of its bits and samples may be left out. */
function grayFields(width, height, bits) {
  const fields = [[256, 3, 1, width], [257, 3, 1, height], [259, 3, 1, 1], [262, 3, 1, 1]];
  return bits ? [...fields, [258, 3, 1, bits]] : fields;
}

const blobOf = (text) => new Blob([Uint8Array.from(text, (c) => c.charCodeAt(0))]);

test("formats are known by their content", async () => {
  assert.equal(await formatOf(blobOf("II*\0rest")), "TIFF");
  assert.equal(await formatOf(blobOf("MM\0+rest")), "TIFF");
  assert.equal(await formatOf(blobOf("\0\0\0\x18ftypheic\0\0\0\0mif1heic")), "HEIC");
  assert.equal(await formatOf(blobOf("\0\0\0\x18ftypmif1\0\0\0\0mif1avif")), null);
  assert.equal(await formatOf(blobOf("\0\0\0\x18ftypisom\0\0\0\0isomavc1")), null);
  assert.equal(await formatOf(blobOf("Dear grandmother,")), null);
  assert.equal(await formatOf(blobOf("")), null);
});

test("sixteen bits become the nearest of eight", async () => {
  const pixels = Uint8Array.from([0, 0, 0, 128, 0, 129, 127, 128, 255, 254, 255, 255]);
  const image = await decodeTiff(tiffOf(pixels, grayFields(3, 2, 16)), anySize);
  assert.deepEqual([image.width, image.height, image.channels], [3, 2, 1]);
  // 128 / 257 = 0.498, 129 / 257 = 0.502, 32640 / 257 = 127.004
  assert.deepEqual([...image.pixels], [0, 0, 1, 127, 255, 255]);
  assert.deepEqual(image.notes, ["8 of its 16 bits are kept."]);
});

test("a TIFF that does not say its bits has one", async () => {
  const image = await decodeTiff(tiffOf([0b10100000, 0b01000000], grayFields(3, 2, null)), anySize);
  assert.deepEqual([...image.pixels], [255, 0, 255, 0, 255, 0]);
});

test("sizes are looked at before pixels", async () => {
  const seen = [];
  const check = (...size) => {
    seen.push(size);
    throw new RangeError("too large");
  };
  await assert.rejects(decodeTiff(tiffOf([], grayFields(60000, 50000, 8)), check), /too large/);
  assert.deepEqual(seen, [[60000, 50000]]);
});

test("a strip that ends early is an error, and so is one that was never written", async () => {
  await assert.rejects(decodeTiff(tiffOf([1, 2, 3, 4, 5], grayFields(3, 2, 8)), anySize), RangeError);
  await assert.rejects(decodeTiff(tiffOf([], grayFields(3, 2, 8)), anySize), /not written/);
});

test("raw files of cameras are not shown by their small copy", async () => {
  const small = [...grayFields(3, 2, 8), [254, 4, 1, 1]];
  await assert.rejects(decodeTiff(tiffOf([1, 2, 3, 4, 5, 6], small), anySize), Unsupported);
});

test("a quarter turn clockwise", () => {
  // 1 2 3    4 1
  // 4 5 6 -> 5 2
  //          6 3
  const image = { width: 3, height: 2, channels: 1, pixels: Uint8Array.of(1, 2, 3, 4, 5, 6) };
  const turned = upright(image, 6);
  assert.deepEqual([turned.width, turned.height], [2, 3]);
  assert.deepEqual([...turned.pixels], [4, 1, 5, 2, 6, 3]);
  assert.equal(upright(image, 1), image);
  assert.equal(upright(image, 77), image);
});

test("a PNG has the rows behind their filter", async () => {
  const pixels = Uint8Array.of(9, 8, 7, 6, 5, 4);
  const png = await pngOf({ width: 1, height: 2, channels: 3, pixels, icc: null });
  const bytes = Buffer.from(await png.arrayBuffer());
  assert.equal(bytes.subarray(1, 4).toString(), "PNG");
  assert.equal(bytes.indexOf("iCCP"), -1);
  const pieces = [];
  for (let at = 8; at < bytes.length; at += 12 + bytes.readUInt32BE(at)) {
    const end = at + 8 + bytes.readUInt32BE(at);
    if (bytes.toString("latin1", at + 4, at + 8) === "IDAT") pieces.push(bytes.subarray(at + 8, end));
  }
  assert.deepEqual([...inflateSync(Buffer.concat(pieces))], [0, 9, 8, 7, 0, 6, 5, 4]);
});
