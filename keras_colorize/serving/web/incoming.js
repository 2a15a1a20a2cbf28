// Ways for photos to come into a page: chosen, pasted, dropped.

/** @param {(files: File[]) => void} add Called with at least one file. */
export function receivePhotos(add) {
  const receive = (files) => {
    if (files.length) add([...files]);
  };
  const input = document.getElementById("files");
  input.addEventListener("change", () => {
    receive(input.files);
    input.value = "";  // the same file may be chosen again
  });
  addEventListener("paste", (event) => receive(event.clipboardData.files));
  addEventListener("dragover", (event) => {
    event.preventDefault();
    document.body.classList.add("is-dropping");
  });
  addEventListener("dragleave", (event) => {
    if (!event.relatedTarget) document.body.classList.remove("is-dropping");
  });
  addEventListener("drop", (event) => {
    event.preventDefault();
    document.body.classList.remove("is-dropping");
    receive(event.dataTransfer.files);
  });
}
