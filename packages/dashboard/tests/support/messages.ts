import type { Messages } from "../../src/api/message.schema.js";
import type { Dashboard } from "./served.js";

/** One message of a stream. */
export type Message = {
  [Name in keyof Messages]: {
    readonly name: Name;
    readonly id?: number;
    readonly data: Messages[Name];
  };
}[keyof Messages];

/** The messages of `GET /stream`, read one after the other. Ends the stream when disposed. */
export class MessageReader implements AsyncDisposable {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly #decoder = new TextDecoder();
  #text = "";

  private constructor(reader: ReadableStreamDefaultReader<Uint8Array>) {
    this.#reader = reader;
  }

  static async open(
    dashboard: Dashboard,
    query: string,
    headers: Record<string, string> = {},
  ): Promise<MessageReader> {
    const response = await dashboard.request(`/api/v1/stream?${query}`, { headers });
    if (response.status !== 200 || response.body === null)
      throw new Error(`The stream answered ${response.status}: ${await response.text()}`);
    return new MessageReader(response.body.getReader());
  }

  /** The next message; undefined at the end. */
  async next(): Promise<Message | undefined> {
    for (;;) {
      const end = this.#text.indexOf("\n\n");
      if (end >= 0) {
        const block = this.#text.slice(0, end);
        this.#text = this.#text.slice(end + 2);
        return parse(block);
      }
      const { done, value } = await this.#reader.read();
      if (done) return undefined;
      this.#text += this.#decoder.decode(value, { stream: true });
    }
  }

  /** The next message of this name, skipping others. */
  async until<Name extends keyof Messages>(
    name: Name,
    isWanted: (data: Messages[Name]) => boolean = () => true,
  ): Promise<Messages[Name]> {
    for (;;) {
      const message = await this.next();
      if (message === undefined) throw new Error(`The stream ended before ${name}.`);
      if (message.name === name && isWanted(message.data as Messages[Name]))
        return message.data as Messages[Name];
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#reader.cancel();
  }
}

function parse(block: string): Message {
  const fields = new Map(
    block.split("\n").map((line) => {
      const colon = line.indexOf(": ");
      return [line.slice(0, colon), line.slice(colon + 2)];
    }),
  );
  const id = fields.get("id");
  return {
    name: fields.get("event"),
    ...(id !== undefined && { id: Number(id) }),
    data: JSON.parse(fields.get("data") ?? ""),
  } as Message;
}
