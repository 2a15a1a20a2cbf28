// Writes sw.js beside the built page, with the list of what it keeps.

import { createHash } from "node:crypto";
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import path from "node:path";

const SOURCE = new URL("../src/service_worker.js", import.meta.url);
// For those who ask for it: kept once it was loaded.
const ON_DEMAND = /asyncify/;

/** A plugin of Vite; the last one, as it reads what the build has written. */
export function serviceWorker() {
  let folder;
  return {
    name: "service-worker",
    apply: "build",
    configResolved({ root, build }) {
      folder = path.resolve(root, build.outDir);
    },
    closeBundle() {
      const hash = createHash("sha256");
      const names = readdirSync(folder, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile() && entry.name !== "sw.js")
        .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)))
        .map((name) => name.split(path.sep).join("/")).sort();
      for (const name of names) hash.update(name).update(readFileSync(path.join(folder, name)));
      const build = {
        version: hash.digest("hex").slice(0, 12),
        files: names.filter((name) => !ON_DEMAND.test(name))
          .map((name) => (name === "index.html" ? "./" : name)),
      };
      const script = readFileSync(SOURCE, "utf8");
      const text = script.replace("{ version: null, files: [] }", JSON.stringify(build));
      if (text === script) throw new Error(`Expected a place for the list of files in ${SOURCE.pathname}.`);
      writeFileSync(path.join(folder, "sw.js"), text);
    },
  };
}
