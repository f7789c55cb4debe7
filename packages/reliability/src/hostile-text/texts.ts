import { COMMAND_TEXTS } from "./command-texts.ts";
import type { HostileText } from "./HostileText.ts";
import { JSON_TEXTS } from "./json-texts.ts";
import { OUTPUT_TEXTS } from "./output-texts.ts";
import { WORKFLOW_TEXTS } from "./workflow-texts.ts";
import { YAML_TEXTS } from "./yaml-texts.ts";

/** One text for each loop that reads what someone else wrote. */
export const HOSTILE_TEXTS: readonly HostileText[] = [
  ...YAML_TEXTS,
  ...JSON_TEXTS,
  ...WORKFLOW_TEXTS,
  ...OUTPUT_TEXTS,
  ...COMMAND_TEXTS,
];
