// What the build reads from an ONNX file, and the one thing it changes there.
//
// An ONNX file is a protobuf message: https://protobuf.dev/programming-guides/encoding
// and onnx/onnx.proto give the numbers below. Only the outermost fields are
// walked; weights are never decoded.

const VARINT = 0, FIXED64 = 1, BYTES = 2, FIXED32 = 5;  // kinds of fields
const MODEL = { graph: 7, metadata: 14 };
const GRAPH = { initializer: 5, input: 11 };
const VALUE = { name: 1 };
const TENSOR = { dims: 1, dataType: 2, floatData: 4, name: 8, rawData: 9 };
const PAIR = { key: 1, value: 2 };
const FLOAT = 1;

/**
 * Metadata of a model file.
 *
 * @param {Uint8Array} file
 * @returns {Object<string, string>}
 */
export function readMetadata(file) {
  const pairs = fieldsOf(file).filter(({ number }) => number === MODEL.metadata);
  return Object.fromEntries(pairs.map(({ content }) =>
    [textOf(content, PAIR.key), textOf(content, PAIR.value)]));
}

/**
 * Turns optional inputs into required ones.
 *
 * Inputs that have a default (an initializer of the same name) can be left out
 * in Python; onnxruntime-web 1.30 cannot give them: it knows required inputs
 * only and refuses others. Without the initializer they are required.
 *
 * @param {Uint8Array} file
 * @param {string[]} given Inputs whose defaults are of no use: the page always
 *     gives them.
 * @returns {{file: Uint8Array, defaults: Object<string, number>, given: string[]}}
 *     The file with all inputs required, the other defaults that it had, and
 *     those of `given` that it takes.
 * @throws {Error} If a default is no float scalar.
 */
export function requireInputs(file, given = []) {
  const graph = fieldsOf(file).find(({ number }) => number === MODEL.graph);
  if (!graph) throw new Error("Expected an ONNX model. The file holds no graph.");
  const fields = fieldsOf(graph.content);
  const inputs = new Set(fields.filter(({ number }) => number === GRAPH.input)
    .map(({ content }) => textOf(content, VALUE.name)));
  const isDefault = ({ number, content }) =>
    number === GRAPH.initializer && inputs.has(textOf(content, TENSOR.name));
  const defaults = fields.filter(isDefault)
    .filter(({ content }) => !given.includes(textOf(content, TENSOR.name)))
    .map(({ content }) => [textOf(content, TENSOR.name), scalarOf(content)]);
  const kept = fields.filter((field) => !isDefault(field)).map(({ whole }) => whole);
  const length = kept.reduce((sum, part) => sum + part.length, 0);
  const header = [...varint(MODEL.graph << 3 | BYTES), ...varint(length)];
  return {
    file: Buffer.concat([
      file.subarray(0, graph.start), Uint8Array.from(header), ...kept,
      file.subarray(graph.end),
    ]),
    defaults: Object.fromEntries(defaults),
    given: given.filter((name) => inputs.has(name)),
  };
}

/** Fields of a message: number, content (of kind BYTES) and their bytes. */
function fieldsOf(message) {
  const fields = [];
  for (let at = 0; at < message.length;) {
    const start = at;
    let tag, content = null;
    [tag, at] = readVarint(message, at);
    const kind = tag & 7;
    if (kind === VARINT) [, at] = readVarint(message, at);
    else if (kind === FIXED64) at += 8;
    else if (kind === FIXED32) at += 4;
    else if (kind === BYTES) {
      let length;
      [length, at] = readVarint(message, at);
      content = message.subarray(at, at += length);
    } else at = Infinity;
    if (at > message.length) throw new Error("Expected an ONNX model. The file is damaged.");
    fields.push({ number: tag >>> 3, content, start, end: at, whole: message.subarray(start, at) });
  }
  return fields;
}

function textOf(message, number) {
  const field = fieldsOf(message).find((field) => field.number === number);
  return field ? new TextDecoder().decode(field.content) : "";
}

/** The value of a float tensor without dimensions. */
function scalarOf(tensor) {
  const fields = fieldsOf(tensor);
  const find = (number) => fields.find((field) => field.number === number);
  const bytes = (find(TENSOR.rawData) ?? find(TENSOR.floatData))?.content;
  const type = find(TENSOR.dataType);
  if (find(TENSOR.dims) || type?.whole[1] !== FLOAT || bytes?.length !== 4) {
    throw new Error("Expected optional inputs to be float scalars. "
      + `Received: ${textOf(tensor, TENSOR.name)}. Teach prepare/onnx_file.js its kind.`);
  }
  return new DataView(bytes.buffer, bytes.byteOffset).getFloat32(0, true);
}

function readVarint(bytes, at) {
  let value = 0;  // up to 2^53: sizes and numbers of fields fit
  for (let factor = 1; ; factor *= 128) {
    const byte = bytes[at++];
    value += (byte & 127) * factor;
    if (!(byte & 128)) return [value, at];
  }
}

function varint(value) {
  const bytes = [];
  for (; value > 127; value = Math.floor(value / 128)) bytes.push(value % 128 | 128);
  return [...bytes, value];
}
