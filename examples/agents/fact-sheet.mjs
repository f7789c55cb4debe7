// Prints text, not JSON: without `output: json`, the step's result is a string.
import { readRequest } from "./request.mjs";

const { previousResults } = await readRequest();
for (const [step, facts] of Object.entries(previousResults)) {
  for (const [name, value] of Object.entries(facts))
    process.stdout.write(`${step}.${name}: ${value}\n`);
}
