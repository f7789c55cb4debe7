import type { OptionChecks } from "../../checks/check-options.js";
import { flag, must, oneOf, path } from "../../checks/option-checks.js";
import type { OpenOptions } from "./open-database.js";

/** The longest busy timeout that SQLite accepts. */
const LONGEST_TIMEOUT_MS = 2_147_483_647;

/** The checks of the options that open a database. */
export const OPEN_CHECKS: OptionChecks<OpenOptions> = {
  path,
  durability: oneOf("full", "process"),
  readOnly: flag,
  create: flag,
  busyTimeoutMs: must(
    `a whole number of ms, 0 to ${LONGEST_TIMEOUT_MS}`,
    (value) => Number.isInteger(value) && Number(value) >= 0 && Number(value) <= LONGEST_TIMEOUT_MS,
  ),
};
