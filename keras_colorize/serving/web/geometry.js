// Where a photo lies in its stage. Numbers only: nothing here touches a page.
//
// A view is {scale, x, y}: CSS pixels a pixel of the photo, and the place of
// the photo's upper left corner in the stage, in CSS pixels.

const MOST = 8;  // device pixels a pixel of the photo
const STEP = 1.5;

/** @typedef {{scale: number, x: number, y: number}} View */
/** @typedef {[number, number]} Size Width and height. */

/**
 * The view that shows all of a photo, as large as it goes.
 *
 * @param {Size} photo In its own pixels.
 * @param {Size} stage In CSS pixels.
 * @returns {View}
 */
export function fitted(photo, stage) {
  const scale = Math.min(stage[0] / photo[0], stage[1] / photo[1]);
  return { scale, x: (stage[0] - scale * photo[0]) / 2, y: (stage[1] - scale * photo[1]) / 2 };
}

/**
 * Zooms so that what lies under a point stays there, as far as the photo still
 * covers the stage.
 *
 * @param {View} view
 * @param {number} scale Wished for.
 * @param {[number, number]} point In the stage.
 * @param {Size} photo
 * @param {Size} stage
 * @param {number} density Device pixels a CSS pixel.
 * @returns {View}
 */
export function zoomed(view, scale, point, photo, stage, density) {
  const fit = fitted(photo, stage).scale;
  const wanted = Math.min(
    Math.max(scale, leastScale(photo, stage, density)), Math.max(MOST / density, fit));
  const [x, y] = [view.x, view.y].map((corner, i) =>
    point[i] - (point[i] - corner) * (wanted / view.scale));
  return bounded({ scale: wanted, x, y }, photo, stage);
}

/** All of the photo, or 100 % where that is smaller. */
export function leastScale(photo, stage, density) {
  return Math.min(fitted(photo, stage).scale, 1 / density);
}

/** Moves a view by CSS pixels; no side of the photo leaves its edge. */
export function panned(view, [across, down], photo, stage) {
  return bounded({ ...view, x: view.x + across, y: view.y + down }, photo, stage);
}

/** The next larger or smaller scale for a button; it does not jump 100 %. */
export function stepped(scale, isIn, density) {
  const next = isIn ? scale * STEP : scale / STEP;
  const full = 1 / density;
  const isPast = isIn ? scale < full && next > full : scale > full && next < full;
  // Nearly there is there: the numbers come from divisions.
  return isPast && Math.abs(scale - full) > 1e-6 ? full : next;
}

function bounded({ scale, x, y }, photo, stage) {
  const along = (corner, i) => {
    const room = stage[i] - scale * photo[i];
    return room >= 0 ? room / 2 : Math.min(Math.max(corner, room), 0);
  };
  return { scale, x: along(x, 0), y: along(y, 1) };
}
