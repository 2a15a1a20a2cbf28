// Resizing of lightness and chroma: keras_colorize/serving/resize.py.

const MAX_ASPECT_RATIO = 4;  // of the network's image

/** [height, width] at which the network sees a photo. */
export function networkInputSize(height, width, networkSize) {
  const short = Math.min(height, width);
  return [height, width].map((side) =>
    Math.min(Math.floor((2 * side * networkSize + short) / (2 * short)),
      MAX_ASPECT_RATIO * networkSize));
}

/**
 * What each input contributes to the antialiased resize along an axis.
 *
 * @param {number} sizeIn
 * @param {number} sizeOut
 * @returns {{first: number, weights: Float32Array}[]} For each input the first
 *     result, and the weights in it and those that follow.
 */
export function antialiasedAxis(sizeIn, sizeOut) {
  const scale = sizeIn / sizeOut, reach = Math.max(scale, 1);
  const center = (result) => (result + 0.5) * scale - 0.5;
  const totals = new Float64Array(sizeOut);
  const axis = Array.from({ length: sizeIn }, (_, input) => {
    const first = Math.max(Math.floor((input - reach + 0.5) / scale - 0.5) + 1, 0);
    const weights = [];
    for (let result = first; result < sizeOut && center(result) < input + reach; result++) {
      weights.push(Math.max(1 - Math.abs(center(result) - input) / reach, 0));
      totals[result] += weights.at(-1);
    }
    return { first, weights };
  });
  return axis.map(({ first, weights }) => ({
    first, weights: Float32Array.from(weights, (weight, i) => weight / totals[first + i]),
  }));
}

/**
 * What bilinear resizing mixes along an axis.
 *
 * @returns {{low: Int32Array, high: Int32Array, weight: Float32Array}} For each
 *     result the lower and the upper input, and the weight of the upper one.
 */
export function neighbors(sizeIn, sizeOut) {
  const low = new Int32Array(sizeOut), high = new Int32Array(sizeOut);
  const weight = new Float32Array(sizeOut);
  for (let i = 0; i < sizeOut; i++) {
    const center = Math.min(Math.max((i + 0.5) * (sizeIn / sizeOut) - 0.5, 0), sizeIn - 1);
    low[i] = Math.floor(center);
    high[i] = Math.min(low[i] + 1, sizeIn - 1);
    weight[i] = center - low[i];
  }
  return { low, high, weight };
}
