// An issue tracker in a file, one ticket a line. Like most trackers, it opens a second ticket when
// it is asked twice; but it can be asked whether there is one.
import { appendFileSync, existsSync, mkdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { answer, readRequest } from "../../agents/request.mjs";

const { task, with: asked } = await readRequest();
const { act, tracker, reference } = asked;
const tickets = existsSync(tracker)
  ? readFileSync(tracker, "utf8")
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line))
  : [];
if (act === "find") {
  const found = tickets.find((ticket) => ticket.reference === reference);
  answer(found === undefined ? { done: false } : { done: true, result: { number: found.number } });
} else {
  const number = tickets.length + 1;
  mkdirSync(path.dirname(tracker), { recursive: true });
  appendFileSync(tracker, `${JSON.stringify({ number, reference, text: task.trim() })}\n`);
  answer({ number });
}
