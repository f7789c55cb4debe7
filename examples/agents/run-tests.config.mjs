// Replaces the package's configuration, which would overwrite the reports that `npm test`
// summarizes.
export default { test: { include: ["tests/**/*.test.ts"] } };
