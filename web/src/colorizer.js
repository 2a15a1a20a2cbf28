// The model in onnxruntime-web: what serving/session.py is in Python.

import { LINEAR_FROM_UINT8, labFromLinear } from "./cielab.js";
import { networkView } from "./merge.js";
import { networkInputSize } from "./resize.js";

const NO_HINT = [0, 0, -1, 0, 0];

/**
 * @typedef {Object} View
 * @property {[number, number]} size Height and width at which the network sees.
 * @property {Float32Array} L
 * @property {?Uint8Array} levels
 */

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
    return new Colorizer(ort, session, manifest);
  }

  constructor(ort, session, { inputs, metadata }) {
    this.ort = ort;
    this.session = session;
    this.defaults = inputs;
    this.networkSize = Number(metadata.network_size);
  }

  /**
   * Looks at a photo as the network does.
   *
   * @param {import("./merge.js").Picture} picture
   * @returns {View} Its size and lightness, see `networkView`.
   */
  look(picture) {
    const size = networkInputSize(picture.height, picture.width, this.networkSize);
    return { size, ...networkView(picture, size) };
  }

  /**
   * Predicts ab of what the network sees, beside one black pixel, whose own
   * lightness is 0: the photo of it is computed, too.
   *
   * @param {View} view
   * @param {[number, number]} photoSize Height and width of the photo.
   * @param {{values?: Object<string, number>, hints?: Object[]}} asked Scalar
   *     inputs by name, the others have those of the manifest; and hints, in
   *     pixels of the photo.
   * @returns {Promise<Float32Array>} (h, w, 2), before the strength.
   */
  async predict({ size: [height, width], L }, photoSize, { values = {}, hints = [] }) {
    const { Tensor } = this.ort;
    const feeds = {
      image: new Tensor("uint8", new Uint8Array(3), [1, 1, 1, 3]),
      L_offset: new Tensor("float32", L, [1, height, width, 1]),
    };
    // The strength is a matter of the merge; the file wants it all the same.
    for (const [name, value] of Object.entries({ ...this.defaults, ...values })) {
      feeds[name] = new Tensor("float32", [value], []);
    }
    if (this.session.inputNames.includes("hints")) {
      const rows = hints.length ? hints.map(rowOf) : [NO_HINT];
      feeds.hints = new Tensor("float32", rows.flat(), [1, rows.length, 5]);
      feeds.photo_size = new Tensor("float32", photoSize, [2]);
    }
    const { ab } = await this.session.run(feeds, ["ab"]);
    return ab.getData();
  }
}

/** A hint as the model takes it: x, y, radius, a, b. */
function rowOf({ x, y, radius, color }) {
  const linear = [1, 3, 5].map((at) => LINEAR_FROM_UINT8[parseInt(color.slice(at, at + 2), 16)]);
  const [, a, b] = labFromLinear(linear);
  return [x, y, radius, a, b];
}
