import type { VNode } from "preact";
import type { ApiError } from "../../api/common.schema.js";
import { ApiProblem } from "../client/call.js";
import { Command } from "./Command.jsx";
import { Icon } from "./Icons.jsx";
import { Prose } from "./Prose.jsx";

/** What went wrong in a part of the page: the code, the sentence, and what to do next. */
export function Problem(props: {
  readonly problem: ApiProblem | ApiError;
  readonly onRetry?: () => void;
}): VNode {
  const { problem, onRetry } = props;
  const {
    code,
    message,
    remedy,
    command,
    issues = [],
  } = problem instanceof ApiProblem ? problem.body : problem;
  return (
    <div class="problem" role="alert">
      <Icon name="damaged" tone="fail" />
      <div class="grow">
        <p>
          <b>
            <Prose text={message} />
          </b>{" "}
          <code class="dimmer">{code}</code>
        </p>
        {remedy !== undefined && (
          <p class="dim">
            <Prose text={remedy} />
          </p>
        )}
        {issues.length > 0 && (
          <ul class="dim">
            {issues.map((issue) => (
              <li key={issue.pointer}>
                <code>{issue.pointer === "" ? "/" : issue.pointer}</code> {issue.message}
              </li>
            ))}
          </ul>
        )}
        {command !== undefined && <Command text={command} />}
      </div>
      {onRetry !== undefined && (
        <button type="button" class="btn small" onClick={onRetry}>
          Try again
        </button>
      )}
    </div>
  );
}
