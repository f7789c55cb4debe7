import { Writable } from "node:stream";
import { AgentError, WorkflowError } from "@automatosx/workflow";
import { describe, expect, test } from "vitest";
import { Output } from "../../src/Output.js";
import { asCoded, renderError, renderStack } from "../../src/render/error.js";

function printed(print: (out: Output) => void): string {
  let text = "";
  const sink = new Writable({
    write(chunk, _encoding, done) {
      text += String(chunk);
      done();
    },
  });
  print(new Output(sink));
  return text;
}

const cyclic = new Error("outer");
cyclic.cause = new Error("inner", { cause: cyclic });

describe("renderError", () => {
  test("prints a cause that the message does not contain, without terminal escapes", () => {
    const cause = new Error("read failed", { cause: new Error("\u001b[31mEIO") });
    const error = new WorkflowError("database_unusable", "The database cannot be used.", { cause });
    expect(printed((out) => renderError(out, asCoded(error)))).toBe(
      "error  database_unusable  The database cannot be used.\n" +
        "       caused by: read failed: EIO\n",
    );
  });

  test("does not repeat a cause that the message contains", () => {
    const cause = new Error("disk I/O error");
    const message = "The database cannot be used: disk I/O error.";
    const error = new WorkflowError("database_unusable", message, { cause });
    expect(printed((out) => renderError(out, asCoded(error)))).toBe(
      `error  database_unusable  ${message}\n`,
    );
  });

  test.each<[string, unknown, string]>([
    [
      "an error with causes",
      new Error("fetch failed", { cause: new Error("refused") }),
      "fetch failed: refused",
    ],
    ["an object", { message: "no", code: 7 }, "no"],
    ["an error of an agent", new AgentError("no"), "no"],
    [
      "a proxy that throws",
      new Proxy(
        {},
        {
          get() {
            throw new Error("get");
          },
          getPrototypeOf() {
            throw new Error("prototype");
          },
        },
      ),
      "a value that cannot be converted to text",
    ],
  ])("prints %s as an internal error", (_, thrown, message) => {
    const { code, message: text } = asCoded(thrown);
    expect([code, text]).toEqual(["internal", message]);
  });
});

describe("renderStack", () => {
  test("prints each error of a cycle of causes once", () => {
    const text = printed((out) => renderStack(out, cyclic));
    expect(text.match(/Error: \w+/g)).toEqual(["Error: outer", "Error: inner"]);
  });
});
