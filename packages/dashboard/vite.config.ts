import { defineConfig } from "vite";

/** The page: one script and one stylesheet, whose names change with their content. */
export default defineConfig({
  root: "src/page",
  base: "/",
  publicDir: false,
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  build: {
    outDir: "../../dist/page",
    emptyOutDir: true,
    assetsDir: "assets",
    target: "es2023",
    // Its code would be inline, which the content security policy refuses.
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
  },
});
