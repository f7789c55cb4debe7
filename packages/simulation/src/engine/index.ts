export { Databases } from "./Databases.js";
export { runSeed, type SeedReport } from "./run-seed.js";
