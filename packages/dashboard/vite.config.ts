import { defineConfig } from "vite";

/**
 * What every screen uses is one file. A screen adds one of its own, and only that of a run contains
 * the core.
 */
const SHARED = new RegExp(
  [
    "node_modules/(preact|@preact)/",
    "src/page/shell/",
    "src/page/client/(call|key|stream|sse-parser|runs-changed)\\.",
    "src/api/paths\\.",
    "run-view/dist/words/(duration|count|short-id|run-word|step-counts)\\.",
    "run-view/dist/(text/clean-text|step-path)\\.",
  ].join("|"),
);

/** The page: scripts and one stylesheet, whose names change with their content. */
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
    // They know `light-dark()`: written out for older ones, it takes a tenth of the stylesheet.
    cssTarget: ["chrome123", "firefox120", "safari17.5"],
    // Its code would be inline, which the content security policy refuses.
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    rolldownOptions: {
      output: { codeSplitting: { groups: [{ name: "shared", test: SHARED }] } },
    },
  },
});
