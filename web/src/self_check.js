// Whether a device gives the colors that WASM gives: WebGPU drivers differ.

const [WIDTH, HEIGHT] = [160, 112];
const LEVELS = 2;
const SHARE = 0.99;

/** A small photo by formula: waves, an edge, a lamp and a shadow. */
export function generatedPhoto() {
  const pixels = new Uint8ClampedArray(4 * WIDTH * HEIGHT).fill(255);
  for (let y = 0; y < HEIGHT; y++) {
    for (let x = 0; x < WIDTH; x++) {
      const wave = Math.sin(x / 9 + Math.sin(y / 5)) + Math.cos(y / 13 - x / 31);
      const gray = (y < HEIGHT / 2 ? 170 : 90) + 40 * wave + (x * 7919 + y * 104729) % 13;
      const at = 4 * (y * WIDTH + x);
      pixels.fill(Math.floor(Math.min(Math.max(gray, 0), 255)), at, at + 3);
    }
  }
  return { pixels, width: WIDTH, height: HEIGHT };
}

/**
 * Share of pixels whose channels all lie within two gray levels.
 *
 * @param {Uint8ClampedArray} expected (H, W, 4)
 * @param {Uint8ClampedArray} received (H, W, 4)
 */
export function shareAlike(expected, received) {
  let alike = 0;
  for (let i = 0; i < expected.length; i += 4) {
    const isAlike = [0, 1, 2].every((channel) =>
      Math.abs(expected[i + channel] - received[i + channel]) <= LEVELS);
    alike += isAlike;
  }
  return 4 * alike / expected.length;
}

/** Whether two results of the generated photo are one. */
export function isAlike(expected, received) {
  return expected.length === received.length && shareAlike(expected, received) >= SHARE;
}
