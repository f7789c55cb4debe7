// The same as axw.mjs, for a Node that runs TypeScript.
export default await import("./axw.mjs");
