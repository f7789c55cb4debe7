/** @automatosx/cli: the program `axw`, which can be called in process as well. */
export { ExitCode } from "./exit-codes.js";
export type { CliIo, Signal } from "./io.js";
export { main } from "./main.js";
export { Output } from "./Output.js";
