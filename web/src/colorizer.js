// The model in onnxruntime-web: what serving/session.py is in Python.

import { mergePhoto, networkView } from "./merge.js";
import { networkInputSize } from "./resize.js";

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
   * Colorizes a photo: the network its small copy, the rest strip by strip.
   *
   * @param {import("./merge.js").Picture} source
   * @param {import("./merge.js").Picture} target Where the colors go.
   * @param {Object<string, number>} settings Of `strength` and `temperature`
   *     those that are given.
   * @returns {Promise<{isOpaque: boolean}>}
   */
  async colorize(source, target, settings = {}) {
    const size = networkInputSize(source.height, source.width, this.networkSize);
    const { L, levels } = networkView(source, size);
    const { strength, ...scalars } = { ...this.defaults, ...settings };
    const ab = await this.#predict(L, size, scalars);
    return { isOpaque: mergePhoto(source, target, ab, size, strength, levels) };
  }

  /** Predicts ab of a lightness: beside a black image, whose own is 0. */
  async #predict(L, [height, width], scalars) {
    const { Tensor } = this.ort;
    const feeds = {
      image: new Tensor("uint8", new Uint8Array(3 * height * width), [1, height, width, 3]),
      L_offset: new Tensor("float32", L, [1, height, width, 1]),
    };
    // The strength is a matter of the merge; the file wants it all the same.
    for (const [name, value] of Object.entries({ strength: 1, ...scalars })) {
      feeds[name] = new Tensor("float32", [value], []);
    }
    // Models that take color hints are given none.
    if (this.session.inputNames.includes("hints")) {
      feeds.hints = new Tensor("float32", [0, 0, -1, 0, 0], [1, 1, 5]);
      feeds.photo_size = new Tensor("float32", [height, width], [2]);
    }
    const { ab } = await this.session.run(feeds, ["ab"]);
    return ab.getData();
  }
}
