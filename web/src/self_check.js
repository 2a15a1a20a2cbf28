// Whether a device gives the colors that WASM gives: WebGPU drivers differ.

const [WIDTH, HEIGHT] = [160, 112];
const LEVELS = 2;
const SHARE = 0.99;

/** A small photo by formula: waves, an edge, a lamp and a shadow. */
export function generatedPhoto() {
  const rgb = new Uint8Array(3 * WIDTH * HEIGHT);
  for (let y = 0; y < HEIGHT; y++) {
    for (let x = 0; x < WIDTH; x++) {
      const wave = Math.sin(x / 9 + Math.sin(y / 5)) + Math.cos(y / 13 - x / 31);
      const gray = (y < HEIGHT / 2 ? 170 : 90) + 40 * wave + (x * 7919 + y * 104729) % 13;
      rgb.fill(Math.min(Math.max(gray, 0), 255), 3 * (y * WIDTH + x), 3 * (y * WIDTH + x + 1));
    }
  }
  return { rgb, width: WIDTH, height: HEIGHT };
}

/**
 * Share of pixels whose channels all lie within two gray levels.
 *
 * @param {Uint8Array} expected (H, W, 3)
 * @param {Uint8Array} received (H, W, 3)
 */
export function shareAlike(expected, received) {
  let alike = 0;
  for (let i = 0; i < expected.length; i += 3) {
    const isAlike = [0, 1, 2].every((channel) =>
      Math.abs(expected[i + channel] - received[i + channel]) <= LEVELS);
    alike += isAlike;
  }
  return 3 * alike / expected.length;
}

/** Whether two results of the generated photo are one. */
export function isAlike(expected, received) {
  return expected.length === received.length && shareAlike(expected, received) >= SHARE;
}
