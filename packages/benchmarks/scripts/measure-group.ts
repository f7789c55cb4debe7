// Measures one group of rows in its own process: `measure-group.ts GROUP FOLDER`.
// Prints the figures as JSON.
import type { Figure } from "../src/against/verdict.ts";
import { GROUPS } from "../src/groups.ts";

const [id = "", folder = ""] = process.argv.slice(2);
const group = GROUPS.find((each) => each.id === id);
if (group === undefined) throw new Error(`There is no group \`${id}\`.`);
const figures = (await group.measure(folder)).map(
  ({ id: rowId, what, value, unit, better }): Figure => ({ id: rowId, what, value, unit, better }),
);
process.stdout.write(JSON.stringify(figures));
