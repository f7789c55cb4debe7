import { readFileSync } from "node:fs";
import { serveStatic } from "@hono/node-server/serve-static";
import type { Hono } from "hono";

/** Where the built page is: beside this bundle. */
const FOLDER = new URL("page/", import.meta.url);

/** Serves the built page: its assets by name, and its document for every other path. */
export function servePage(app: Hono): void {
  const text = readFileSync(new URL("index.html", FOLDER), "utf8");
  app.use(
    "/assets/*",
    serveStatic({
      root: FOLDER.pathname,
      onFound: (_path, context) => {
        context.header("Cache-Control", "public, max-age=31536000, immutable");
      },
    }),
  );
  app.get("*", (context) => {
    context.header("Cache-Control", "no-store");
    return context.html(text);
  });
}
