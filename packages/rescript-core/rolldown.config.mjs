// One file without imports: a consumer needs no @rescript package (their compiled files are not on the registry).
export default {
  input: "dist/types/src/index.js",
  output: { file: "dist/index.js", format: "esm" },
};
