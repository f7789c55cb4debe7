// Reads pairs of a schema and values as JSON, and writes for each value whether ajv accepts it. It
// is a process of its own: ajv compiles schemas to code, which the tests' own process forbids.
import { text } from "node:stream/consumers";
import { Ajv2020 } from "ajv/dist/2020.js";

const samples = JSON.parse(await text(process.stdin));
const verdicts = samples.map(([schema, values]) => {
  const accepts = new Ajv2020({ strict: false, ownProperties: true }).compile(schema);
  return values.map((value) => accepts(value));
});
process.stdout.write(JSON.stringify(verdicts));
