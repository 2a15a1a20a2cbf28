// The settings of the selected photo, each photo its own.

import { byId } from "./elements.js";
import { LOOKS, license } from "./words.js";

const SETTLE_MS = 250;  // a slider on its way is no wish yet
const PLAIN = { look: "natural", strength: "1", temperature: "" };

/**
 * @typedef {Object} Model
 * @property {string} name
 * @property {string[]} takes Among strength, temperature and hints.
 * @property {Object<string, Object<string, number>>} [looks] By name, what each
 *     sets in the model.
 * @property {string} [license]
 */

export class SettingsPanel {
  /** @param {import("./photos.js").Workshop} workshop */
  constructor(workshop) {
    this.workshop = workshop;
    /** @type {Model[]} */
    this.models = [];
    this.timer = null;
    for (const id of ["model", "strength", "temperature", "format"]) {
      byId(id).addEventListener("input", () => this.#read());
    }
    byId("looks").addEventListener("change", ({ target }) => this.#chooseLook(target.value));
    byId("for-all").addEventListener("click", () => this.#useForAll());
  }

  /**
   * @param {Model[]} models The default one first.
   * @param {[string, string][]} formats Values and words; the first one is set.
   */
  offer(models, formats) {
    this.models = models;
    byId("model").replaceChildren(...models.map((row) => new Option(row.name)));
    byId("model-field").hidden = models.length < 2;
    byId("format").replaceChildren(...formats.map(([value, text]) => new Option(text, value)));
    const usual = { ...PLAIN, format: formats[0][0] };
    // Photos may have come before the models were known.
    for (const owner of [this.workshop, ...this.workshop.photos]) {
      owner.settings = { ...usual, ...owner.settings };
      owner.settings.model = this.#named(owner.settings.model).name;
    }
    this.show(this.workshop.selected);
    this.workshop.refresh();
  }

  modelOf(photo) {
    return this.#named((photo?.settings ?? this.workshop.settings).model);
  }

  #named(name) {
    return this.models.find((row) => row.name === name) ?? this.models[0];
  }

  takesHints(photo) {
    return Boolean(this.modelOf(photo)?.takes.includes("hints"));
  }

  /** The fields of a request for a photo; what means nothing is left out. */
  fieldsFor(photo) {
    const { settings, hints } = photo;
    const model = this.modelOf(photo);
    const takes = model?.takes ?? [];
    const isChoice = this.models.length > 1;
    const fields = { model: isChoice ? model.name : null, format: settings.format ?? null };
    for (const name of takes) if (name in PLAIN) fields[name] = settings[name];
    if (namesOfLooks(model).length) fields.look = lookOf(model, settings);
    if (takes.includes("hints") && hints.length) fields.hints = JSON.stringify(hints);
    return fields;
  }

  /** Puts the settings of a photo on the controls. */
  show(photo) {
    const settings = photo?.settings ?? this.workshop.settings;
    const model = this.modelOf(photo);
    const takes = model?.takes ?? [];
    for (const id of ["model", "strength", "temperature", "format"]) {
      if (settings[id] !== undefined && byId(id).value !== settings[id]) {
        byId(id).value = settings[id];
      }
    }
    byId("strength").disabled = !takes.includes("strength");
    byId("strength-text").value = `${Math.round(100 * byId("strength").value)} %`;
    byId("temperature-field").hidden = !takes.includes("temperature");
    byId("license").textContent = license(model?.license);
    byId("for-all").hidden = this.workshop.photos.length < 2;
    this.#drawLooks(model, settings);
    this.#tellWhichTakeHints(photo);
  }

  #drawLooks(model, settings) {
    const names = namesOfLooks(model);
    const look = lookOf(model, settings);
    byId("looks").hidden = !names.length;
    if (byId("looks").dataset.names !== names.join()) {
      byId("looks").dataset.names = names.join();
      byId("look-list").replaceChildren(...names.map(lookRadio));
    }
    for (const radio of document.getElementsByName("look")) {
      radio.checked = radio.value === look;
    }
    byId("look-help").textContent = LOOKS[look]?.help ?? "";
  }

  #tellWhichTakeHints(photo) {
    const names = this.models.filter((row) => row.takes.includes("hints")).map((row) => row.name);
    byId("hint-models").hidden = this.takesHints(photo) || !names.length;
    byId("hint-models").textContent = "To say which color something has, choose the model "
      + `${names.join(" or ")} under More.`;
  }

  /** Of a look with all that belongs to it. */
  #chooseLook(look) {
    this.#change({ look, temperature: PLAIN.temperature });
    this.workshop.refresh();
  }

  #read() {
    const settings = Object.fromEntries(
      ["model", "strength", "temperature", "format"].map((id) => [id, byId(id).value]));
    this.#change(settings);
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.workshop.refresh(), SETTLE_MS);
  }

  #change(settings) {
    const photo = this.workshop.selected;
    // Photos that come later begin with what was chosen last.
    this.workshop.settings = { ...this.workshop.settings, ...settings };
    if (photo) photo.settings = { ...photo.settings, ...settings };
    this.show(photo);
  }

  #useForAll() {
    const { photos, selected } = this.workshop;
    for (const photo of photos) photo.settings = { ...selected.settings };
    this.workshop.refresh();
  }
}

/** None where there is no choice. */
function namesOfLooks(model) {
  const names = Object.keys(model?.looks ?? {});
  return names.length > 1 ? names : [];
}

/** Another model may not have the look that was chosen. */
function lookOf(model, { look }) {
  return look in (model?.looks ?? {}) ? look : PLAIN.look;
}

function lookRadio(name) {
  const label = document.createElement("label");
  label.innerHTML = '<input type="radio" name="look"><span></span>';
  label.children[0].value = name;
  label.children[1].textContent = LOOKS[name]?.name ?? name;
  return label;
}
