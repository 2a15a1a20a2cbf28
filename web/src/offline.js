// The page without a network: its service worker, and the change to a new one.

import { confirmed } from "@page/confirm.js";

const byId = (id) => document.getElementById(id);

/**
 * Keeps the page for times without a network; says so once it is kept.
 *
 * @param {() => boolean} hasUnsaved Asked before the page loads again.
 */
export async function keepOffline(hasUnsaved) {
  const container = navigator.serviceWorker;
  if (!import.meta.env.PROD || !container) return;
  const isFirst = !container.controller;
  container.addEventListener("controllerchange", () => {
    if (!isFirst) location.reload();
  });
  try {
    const registration = await container.register(new URL("sw.js", document.baseURI));
    offerNew(registration, hasUnsaved);
    await container.ready;
    byId("offline").textContent = "Works offline.";
  } catch {
    return;  // private windows, full disks: the page works as long as it is open
  }
}

function offerNew(registration, hasUnsaved) {
  const show = () => {
    byId("update").hidden = !registration.waiting || !registration.active;
  };
  show();
  registration.addEventListener("updatefound", () => {
    registration.installing.addEventListener("statechange", show);
  });
  byId("update").addEventListener("click", async () => {
    const question = "The page loads again. Results that were not saved are lost.";
    if (hasUnsaved() && !await confirmed(question, "Load again")) return;
    registration.waiting.postMessage("use");
  });
}
