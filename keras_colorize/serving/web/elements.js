// Finding elements of the page, and keeping the focus where they change.

const CONTROLS = "a[href], button, input, select, summary, [tabindex]";

export const byId = (id) => document.getElementById(id);

/**
 * Switches buttons that belong together off and on. Where the one that has the
 * focus goes off, the first that is on takes it: a keyboard stays where it was.
 * @param {Object<string, boolean>} areDisabled By id.
 */
export function setDisabled(areDisabled) {
  const focused = document.activeElement?.id;
  for (const [id, isDisabled] of Object.entries(areDisabled)) byId(id).disabled = isDisabled;
  const heir = Object.keys(areDisabled).find((id) => !areDisabled[id]);
  if (areDisabled[focused] && heir) byId(heir).focus();
}

/** Gives a list these rows; those that are there stay, and so does the focus. */
export function setRows(list, rows) {
  for (const row of [...list.children]) {
    if (!rows.includes(row)) row.remove();
  }
  rows.forEach((row, i) => {
    if (list.children[i] !== row) list.insertBefore(row, list.children[i] ?? null);
  });
}

/**
 * Where a control that had the focus went off or out of sight, and nobody has
 * it, the nearest one before takes it: a keyboard would begin at the top of the
 * page again.
 * @param {Element} control
 */
export function handFocusOn(control) {
  const isHandedOn = ![control, document.body].includes(document.activeElement);
  if (isHandedOn || !control.isConnected || canHaveFocus(control)) return;
  const all = [...document.querySelectorAll(CONTROLS)];
  all.slice(0, all.indexOf(control)).reverse().some((other) => {
    other.focus({ preventScroll: true });  // does nothing if that one is gone, too
    return document.activeElement === other;
  });
}

function canHaveFocus(control) {
  const isSeen = control.checkVisibility?.() ?? true;
  return isSeen && !control.matches(":disabled") && !control.closest("[inert]");
}
