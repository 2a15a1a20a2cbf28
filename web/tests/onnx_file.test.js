import assert from "node:assert/strict";
import { test } from "node:test";

import { readMetadata, requireInputs } from "../prepare/onnx_file.js";

// Protobuf by hand: a field is its number and kind (0: number, 2: bytes).
const number = (field, value) => [field << 3, value];
const bytes = (field, content) => [field << 3 | 2, content.length, ...content];
const text = (field, value) => bytes(field, [...new TextEncoder().encode(value)]);
const float = (value) => [...new Uint8Array(new Float32Array([value]).buffer)];

const input = (name) => bytes(11, text(1, name));
const scalar = (name, value) =>
  bytes(5, [...number(2, 1), ...text(8, name), ...bytes(9, float(value))]);
const metadata = (key, value) => bytes(14, [...text(1, key), ...text(2, value)]);
const model = (...graph) => Uint8Array.from([
  ...number(1, 8), ...bytes(7, graph.flat()), ...metadata("head", "photo"),
]);

test("a default goes, and its input and all else stay", () => {
  const before = model(input("image"), input("strength"), scalar("kernel", 3),
    scalar("strength", 0.5));
  const { file, defaults } = requireInputs(before);
  assert.deepEqual(defaults, { strength: 0.5 });
  assert.deepEqual([...file],
    [...model(input("image"), input("strength"), scalar("kernel", 3))]);
  assert.deepEqual(readMetadata(file), { head: "photo" });
});

test("a graph of more than 127 bytes keeps its length", () => {
  const name = "n".repeat(100);
  const { file } = requireInputs(Uint8Array.from([
    7 << 3 | 2, 0x80 | 22, 1,  // 150 bytes
    ...input(name), ...input("s"), ...bytes(1, Array(26).fill(7)), ...scalar("s", 2),
  ]));
  assert.deepEqual([...file.subarray(0, 3)], [7 << 3 | 2, 0x80 | 9, 1]);  // 137
});

test("the default of an input that is always given goes unread", () => {
  const vector = bytes(5, [...number(1, 1), ...number(2, 1), ...text(8, "L_offset"),
    ...bytes(9, float(0))]);
  const before = model(input("L_offset"), vector, input("s"), scalar("s", 2));
  const { file, defaults, given } = requireInputs(before, ["L_offset", "hints"]);
  assert.deepEqual(given, ["L_offset"]);
  assert.deepEqual(defaults, { s: 2 });
  assert.deepEqual([...file], [...model(input("L_offset"), input("s"))]);
});

test("defaults of another kind and damaged files are refused", () => {
  const vector = bytes(5, [...number(1, 1), ...number(2, 1), ...text(8, "hints"),
    ...bytes(9, float(1))]);
  assert.throws(() => requireInputs(model(input("hints"), vector)), /float scalars.*hints/s);
  assert.throws(() => requireInputs(Uint8Array.of(7 << 3 | 2, 99, 1)), /damaged/);
  assert.throws(() => requireInputs(Uint8Array.from(metadata("a", "b"))), /no graph/);
});
