// A question before something is lost.

/**
 * @param {string} question One or two sentences.
 * @param {string} action What the button says that goes on, "Remove".
 * @returns {Promise<boolean>} Whether to go on.
 */
export function confirmed(question, action) {
  const dialog = document.createElement("dialog");
  dialog.innerHTML = '<form method="dialog"><p id="confirm-question"></p>'
    + '<div class="choices"><button value="no">Keep</button>'
    + '<button value="yes" class="main"></button></div></form>';
  dialog.setAttribute("aria-labelledby", "confirm-question");
  dialog.querySelector("p").textContent = question;
  dialog.querySelector(".main").textContent = action;
  document.body.append(dialog);
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(dialog.returnValue === "yes");
    });
    dialog.showModal();
  });
}

/** Asks before a page with unsaved results is left. */
export function confirmLeaving(hasUnsaved) {
  addEventListener("beforeunload", (event) => {
    if (hasUnsaved()) event.preventDefault();
  });
}
