// The model in onnxruntime-web: what serving/session.py is in Python.

import { colorPhoto, keepLightness, stretchContrast } from "./lightness.js";

export class Colorizer {
  /**
   * @param {Object} ort onnxruntime-web's module.
   * @param {Uint8Array} model
   * @param {import("./model.js").Manifest} manifest
   * @param {"wasm" | "webgpu"} device
   */
  static async create(ort, model, manifest, device) {
    // Photos differ in size: kept memory would only add up.
    const options = { executionProviders: [device], enableCpuMemArena: false, enableMemPattern: false };
    const session = await ort.InferenceSession.create(model, options);
    return new Colorizer(ort, session, manifest.inputs);
  }

  constructor(ort, session, defaults) {
    this.ort = ort;
    this.session = session;
    this.defaults = defaults;
  }

  /**
   * @param {{rgb: Uint8Array, width: number, height: number}} photo (H, W, 3), sRGB.
   * @param {Object<string, number>} settings Of `strength` and `temperature`
   *     those that are given.
   * @returns {Promise<Uint8Array>} (H, W, 3), sRGB, with the photo's lightness.
   */
  async colorize({ rgb, width, height }, settings = {}) {
    const { Tensor } = this.ort;
    const seen = stretchContrast(rgb);
    const feeds = { image: new Tensor("uint8", seen, [1, height, width, 3]) };
    for (const [name, value] of Object.entries({ ...this.defaults, ...settings })) {
      feeds[name] = new Tensor("float32", [value], []);
    }
    const { colorized } = await this.session.run(feeds);
    const result = await colorized.getData();
    if (seen === rgb) keepLightness(rgb, result);
    else {
      keepLightness(seen, result);
      colorPhoto(rgb, result);
    }
    return result;
  }
}
