// The same as axw.mjs, for a Node that runs TypeScript.
await import("./axw.mjs");

export {};
