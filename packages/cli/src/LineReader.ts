/**
 * Reads lines from a terminal, one at a time. It changes no mode of the terminal: lines are edited
 * as the terminal does it, and no end of the process has to restore anything.
 */
export class LineReader {
  readonly #input: NodeJS.ReadStream;
  #text = "";
  #hasEnded = false;
  #waiting: ((line: string | undefined) => void) | undefined;

  constructor(input: NodeJS.ReadStream) {
    this.#input = input;
    input.setEncoding("utf8");
    input.on("data", (text: string) => {
      this.#text += text;
      this.#deliver();
    });
    input.on("end", () => {
      this.#hasEnded = true;
      this.#deliver();
    });
    input.pause();
  }

  /** Settles with the next line; with undefined at the end of the input, or once aborted. */
  next(signal: AbortSignal): Promise<string | undefined> {
    return new Promise((resolve) => {
      const settle = (line: string | undefined): void => {
        signal.removeEventListener("abort", abort);
        this.#waiting = undefined;
        // A process that reads nothing more must be able to end.
        this.#input.pause();
        resolve(line);
      };
      const abort = (): void => settle(undefined);
      if (signal.aborted) return resolve(undefined);
      signal.addEventListener("abort", abort, { once: true });
      this.#waiting = settle;
      this.#input.resume();
      this.#deliver();
    });
  }

  #deliver(): void {
    const end = this.#text.indexOf("\n");
    if (end < 0) {
      if (this.#hasEnded) this.#waiting?.(undefined);
      return;
    }
    if (this.#waiting === undefined) return;
    const line = this.#text.slice(0, end).replace(/\r$/, "");
    this.#text = this.#text.slice(end + 1);
    this.#waiting(line);
  }
}
