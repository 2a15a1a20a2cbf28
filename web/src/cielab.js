// CIELAB formulas, the ones of keras_colorize/color/lab_formulas.py.

const XYZ_FROM_LINEAR_RGB = [
  [0.412453, 0.357580, 0.180423],
  [0.212671, 0.715160, 0.072169],
  [0.019334, 0.119193, 0.950227],
];
const LINEAR_RGB_FROM_XYZ = inverse(XYZ_FROM_LINEAR_RGB);
const WHITE_XYZ = [0.95047, 1.0, 1.08883];  // D65, 2 degrees

/** Linear light, [0, 1], of the 256 values of a channel. */
export const LINEAR_FROM_UINT8 = Float32Array.from({ length: 256 },
  (_, value) => linearFromSrgb(value / 255));

/** CIE Y of linear light [r, g, b]. */
export function luminance([red, green, blue]) {
  const [r, g, b] = XYZ_FROM_LINEAR_RGB[1];
  return r * red + g * green + b * blue;
}

/** Removes the sRGB curve: encoded [0, 1] to linear light [0, 1]. */
export function linearFromSrgb(value) {
  return value > 0.04045 ? ((value + 0.055) / 1.055) ** 2.4 : value / 12.92;
}

/** Applies the sRGB curve: linear light to encoded values, unclipped. */
export function srgbFromLinear(value) {
  return value > 0.0031308 ? 1.055 * value ** (1 / 2.4) - 0.055 : 12.92 * value;
}

/** L* of a luminance, [0, 100]. */
export function lightness(Y) {
  return 116 * fFromRatio(Y) - 16;
}

/** f(Y) of gray of the 256 values of a channel. */
export const F_OF_LEVEL = Float32Array.from(LINEAR_FROM_UINT8, (Y) => fFromRatio(Y));

// Where in linear light each level of 8 bits begins, in steps so fine that no
// two begin in one: the level at the start of a step, and the next beginning.
const STEPS = 4096;
const BEGINS = Float64Array.from({ length: 256 },
  (_, level) => linearFromSrgb((level + 0.5) / 255));  // of level + 1
const LEVELS = new Uint8Array(STEPS + 1);
for (let step = 1; step <= STEPS; step++) {
  LEVELS[step] = LEVELS[step - 1];
  while (LEVELS[step] < 255 && BEGINS[LEVELS[step]] <= step / STEPS) LEVELS[step] += 1;
}

/** Applies the sRGB curve, rounded to 0 to 255. */
export function encode8Bit(light) {
  if (!(light > 0)) return 0;
  if (light >= 1) return 255;
  const level = LEVELS[Math.floor(light * STEPS)];
  return level < 255 && light >= BEGINS[level] ? level + 1 : level;
}

/** Linear light of the pixel that begins at index i. */
export function linearAt(pixels, i) {
  return [LINEAR_FROM_UINT8[pixels[i]], LINEAR_FROM_UINT8[pixels[i + 1]],
    LINEAR_FROM_UINT8[pixels[i + 2]]];
}

/**
 * Linear light of a lightness and a chroma, not clipped.
 *
 * @param {number} Y
 * @param {number} fy f(Y)
 * @param {number} a
 * @param {number} b
 * @param {Float64Array} into Where it goes.
 */
export function linearOf(Y, fy, a, b, into) {
  const x = ratioFromF(a / 500 + fy) * WHITE_XYZ[0];
  const z = ratioFromF(Math.max(fy - b / 200, 0)) * WHITE_XYZ[2];
  for (let i = 0; i < 3; i++) {
    const row = LINEAR_RGB_FROM_XYZ[i];
    into[i] = row[0] * x + row[1] * Y + row[2] * z;
  }
}

/** Linear light [r, g, b] to [L*, a*, b*]. */
export function labFromLinear(linear) {
  const xyz = product(XYZ_FROM_LINEAR_RGB, linear);
  const [fx, fy, fz] = xyz.map((value, i) => fFromRatio(value / WHITE_XYZ[i]));
  return [116 * fy - 16, 500 * (fx - fy), 200 * (fy - fz)];
}

/** [L*, a*, b*] to linear light [r, g, b], beyond [0, 1] as well. */
export function linearFromLab([L, a, b]) {
  const fy = (L + 16) / 116;
  const f = [a / 500 + fy, fy, Math.max(fy - b / 200, 0)];
  return product(LINEAR_RGB_FROM_XYZ, f.map((value, i) => ratioFromF(value) * WHITE_XYZ[i]));
}

/** CIE f(t): the cube root with a straight line near black. */
export function fFromRatio(ratio) {
  return ratio > 0.008856 ? Math.cbrt(ratio) : 7.787 * ratio + 16 / 116;
}

function ratioFromF(f) {
  return f > 0.2068966 ? f * f * f : (f - 16 / 116) / 7.787;
}

function product(matrix, [x, y, z]) {
  return matrix.map((row) => row[0] * x + row[1] * y + row[2] * z);
}

function inverse([[a, b, c], [d, e, f], [g, h, i]]) {
  const rows = [
    [e * i - f * h, c * h - b * i, b * f - c * e],
    [f * g - d * i, a * i - c * g, c * d - a * f],
    [d * h - e * g, b * g - a * h, a * e - b * d],
  ];
  const determinant = a * rows[0][0] + b * rows[1][0] + c * rows[2][0];
  return rows.map((row) => row.map((value) => value / determinant));
}
