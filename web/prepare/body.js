// The body of the page of `keras-colorize serve`, for this page: one copy of
// what both show.

import { readFileSync } from "node:fs";

const FOLDER = "../keras_colorize/serving/web/";
const SOURCE = new URL(`../${FOLDER}index.html`, import.meta.url);

/** A plugin of Vite that fills `<body></body>`. */
export function bodyOfServerPage() {
  return {
    name: "body-of-server-page",
    transformIndexHtml: {
      order: "pre",
      handler(html) {
        const body = readFileSync(SOURCE, "utf8").match(/<body>.*<\/body>/s)?.[0];
        if (!body || !html.includes("<body></body>")) {
          throw new Error(`Expected <body>…</body> in ${SOURCE.pathname} and an empty one here.`);
        }
        return html.replace("<body></body>", () => body.replaceAll('src="web/', `src="${FOLDER}`));
      },
    },
  };
}
