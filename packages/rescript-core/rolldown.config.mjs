import { asAscii } from "../../scripts/bundle.mjs";

// One file without imports, so that consumers need no @rescript package: those publish sources, not
// the compiled files that this package would have to import.
export default {
  input: "dist/types/src/index.js",
  plugins: [asAscii()],
  output: {
    file: "dist/index.js",
    format: "esm",
    comments: { legal: true, annotation: true, jsdoc: false },
  },
};
