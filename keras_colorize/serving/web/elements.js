// Finding elements of the page and switching buttons off.

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
