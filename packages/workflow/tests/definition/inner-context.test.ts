import { describe, expect, test } from "vitest";
import { prepareWorkflow } from "../../src/index.js";
import { issuesOf, only } from "./included-files.js";

const NEEDS = 'agentId: a, task: "Write to ${{ context.who }}"';

describe.each(["include", "workflow"])(
  "the context of a workflow that another one names by `%s`",
  (key) => {
    test("is only what its file says, so that another key is an error in the file", async () => {
      const message =
        "`context` has no `who`, and no context is passed on to a workflow that another one " +
        "includes or runs";
      expect(
        await issuesOf({
          "w.yaml": only(`${key}: ./part.yaml`),
          "part.yaml": only(NEEDS, "context: { whom: me }\n"),
        }),
      ).toEqual([["AXW1307", "part.yaml", "context.who", message]]);
      expect(
        await issuesOf({ "w.yaml": only(`${key}: ./part.yaml`), "part.yaml": only(NEEDS) }),
      ).toEqual([["AXW1307", "part.yaml", "context.who", message]]);
    });

    test("may lack a key for which an expression has another value", async () => {
      const task =
        'agentId: a, task: "${{ default(context.who, \'you\') }} ${{ context.whom }}", if: "!has(context.who)"';
      expect(
        await issuesOf({
          "w.yaml": only(`${key}: ./part.yaml`),
          "part.yaml": only(task, "context: { whom: me }\n"),
        }),
      ).toEqual([]);
    });

    test("comes from the caller if the file is run alone", () => {
      expect(prepareWorkflow(only(NEEDS)).warnings).toEqual([]);
      expect(prepareWorkflow(only(NEEDS, "context: { whom: me }\n")).warnings).toMatchObject([
        { code: "AXW1307", severity: "warning" },
      ]);
    });

    test("and its inputs have what each of its runs needs", async () => {
      const issues = async (given: string, more = "") =>
        issuesOf({
          "w.yaml": only(`${key}: ./part.yaml${given}`),
          "part.yaml": only(
            'agentId: a, task: "${{ inputs.deep.to }}"',
            `inputs: { deep: { type: object${more} } }\n`,
          ),
        });
      const message = "step `a` of the workflow `w` needs `inputs.deep.to`";
      expect(await issues("", ", required: false")).toContainEqual(["AXW1611", key, message]);
      expect(await issues("", ", default: { from: x }")).toEqual([["AXW1611", key, message]]);
      expect(await issues(", with: { deep: { from: x } }")).toEqual([["AXW1611", "deep", message]]);
      expect(await issues(", with: { deep: { to: x } }")).toEqual([]);
      expect(await issues("", ", default: { to: x }")).toEqual([]);
    });
  },
);
