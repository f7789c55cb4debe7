// Instead of the package's own settings: those write the reports that `npm test` adds up.
export default { test: { include: ["tests/**/*.test.ts"] } };
