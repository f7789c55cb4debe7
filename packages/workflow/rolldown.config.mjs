import { bundle } from "../../scripts/bundle.mjs";
import { privatePackages } from "./scripts/private-packages.mjs";

const options = bundle({
  index: "src/index.ts",
  errors: "src/errors.ts",
  "terminal-text": "src/terminal-text.ts",
  "checks/index": "src/checks/index.ts",
  "observe/index": "src/observe/index.ts",
  "drive/index": "src/drive/index.ts",
  "hosting/index": "src/hosting/index.ts",
  "programs/index": "src/programs/index.ts",
  "lease-guard": "src/programs/lease-guard.ts",
  "salvage/index": "src/salvage/index.ts",
  "metrics/index": "src/metrics/index.ts",
  "otel/index": "src/otel/index.ts",
  "testing/index": "src/testing/index.ts",
  "storage/index": "src/storage/index.ts",
  "storage/sqlite/index": "src/storage/sqlite/index.ts",
  ...Object.fromEntries(privatePackages.map((name) => [`${name}/index`, `@automatosx/${name}`])),
});

const BASE = new RegExp(
  [
    String.raw`packages/workflow/src/(message-of|instance-of|group-digits)`,
    String.raw`packages/run-view/dist/text/|ansi-regex`,
  ].join("|"),
);

const DRIVES_RUNS = new RegExp(
  [
    String.raw`packages/workflow/src/(definition|agents|drive|secrets|trace/|run-directory)`,
    String.raw`packages/workflow/src/(write-exact-json|checks/)`,
    "canonicalize",
  ].join("|"),
);

const READS_RUNS = new RegExp(
  [
    String.raw`packages/workflow/src/(core|journal|checkpoint|observe|storage)/`,
    String.raw`packages/workflow/src/(ports|every-step|traceparent)`,
    String.raw`packages/workflow/src/checks/(check-options|describe-value|option-checks)`,
    String.raw`packages/workflow/src/checks/file-problem`,
    String.raw`packages/source/dist/(issues/(Suggester|edit-distance)|text/SourceText)`,
    String.raw`packages/schemas/dist/visible-text`,
  ].join("|"),
);

// One chunk holds what a process needs to read a run, another what it needs to drive one, and an
// entry holds its own code. With a chunk
// for each set of entries that share a module, `axw show` would load three files more, at half a
// millisecond each.
export default {
  ...options,
  // A file of its own would cost each process that reads a run half a millisecond.
  external: [
    ...options.external.filter((name) => !name.test("@automatosx/schemas")),
    /^@automatosx\/schemas(\/(?!visible-text)|$)/,
  ],
  preserveEntrySignatures: "allow-extension",
  output: {
    ...options.output,
    codeSplitting: {
      includeDependenciesRecursively: false,
      groups: [
        { name: "base", test: BASE },
        {
          name: "journal",
          test: READS_RUNS,
          minShareCount: 2,
        },
        {
          name: "drive",
          test: DRIVES_RUNS,
          minShareCount: 2,
        },
      ],
    },
  },
};
