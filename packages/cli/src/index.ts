/** @automatosx/cli: the program `axw`, which can also be called within a process. */
export { ExitCode } from "./exit-codes.js";
export type { CliIo, Signal } from "./io.js";
export { main } from "./main.js";
export { Output } from "./Output.js";
