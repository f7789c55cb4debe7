/** One server-sent event. */
export interface ServerSentEvent {
  /** The last `id` that the stream gave, also if this event has none of its own. */
  readonly id: string;
  readonly name: string;
  readonly data: string;
}

/** Reads server-sent events from text that arrives in arbitrary pieces. */
export class SseParser {
  #rest = "";
  #id = "";
  #name = "";
  #data: string[] = [];

  /** Adds a piece, and returns the events that it completes. */
  add(piece: string): readonly ServerSentEvent[] {
    const events: ServerSentEvent[] = [];
    const text = this.#rest + piece;
    // The second half of a line break may come with the next piece.
    const end = text.endsWith("\r") ? text.length - 1 : text.length;
    const lines = text.slice(0, end).split(/\r\n|\n|\r/);
    this.#rest = (lines.pop() ?? "") + text.slice(end);
    for (const line of lines)
      if (line !== "") this.#field(line);
      else if (this.#data.length > 0) events.push(this.#take());
      else this.#name = "";
    return events;
  }

  #field(line: string): void {
    const colon = line.indexOf(":");
    if (colon === 0) return;
    const name = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
    if (name === "data") this.#data.push(value);
    else if (name === "event") this.#name = value;
    else if (name === "id" && !value.includes("\0")) this.#id = value;
  }

  #take(): ServerSentEvent {
    const event = { id: this.#id, name: this.#name || "message", data: this.#data.join("\n") };
    this.#name = "";
    this.#data = [];
    return event;
  }
}
