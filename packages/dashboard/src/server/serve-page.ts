import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import type { Hono } from "hono";

/** Where the built page is: beside this bundle. */
const FOLDER = fileURLToPath(new URL("page/", import.meta.url));

const TYPES: Readonly<Record<string, string>> = {
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".woff2": "font/woff2",
};

/**
 * Serves the built page: its assets by their exact names, and its document for every other path.
 * The files are read once, so no path of a request reaches the file system.
 */
export function servePage(app: Hono, folder: string = FOLDER): void {
  let assets: ReadonlyMap<string, Uint8Array<ArrayBuffer>> | undefined;
  let text: string | undefined;
  app.get("/assets/:name", (context) => {
    assets ??= readAssets(path.join(folder, "assets"));
    const name = context.req.param("name");
    const content = assets.get(name);
    const type = TYPES[path.extname(name)];
    if (content === undefined || type === undefined) return context.text("Not found", 404);
    context.header("Cache-Control", "public, max-age=31536000, immutable");
    context.header("Content-Type", type);
    return context.body(content);
  });
  app.get("/assets/*", (context) => context.text("Not found", 404));
  app.get("*", (context) => {
    text ??= readFileSync(path.join(folder, "index.html"), "utf8");
    context.header("Cache-Control", "no-store");
    return context.html(text);
  });
}

function readAssets(folder: string): ReadonlyMap<string, Uint8Array<ArrayBuffer>> {
  return new Map(
    readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map(({ name }) => [name, new Uint8Array(readFileSync(path.join(folder, name)))]),
  );
}
