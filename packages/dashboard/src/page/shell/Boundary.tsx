import { Component, type ComponentChildren, type VNode } from "preact";
import { CopyButton } from "./Command.jsx";
import { Icon } from "./Icons.jsx";

interface BoundaryProps {
  /** What failed, if it is a part of a screen: `Plan`. */
  readonly name?: string;
  /** Puts the report where the children would have been. */
  readonly around?: (report: VNode) => VNode;
  readonly children?: ComponentChildren;
}

/** Keeps an error in the part of the page where it happened: a report stands in for that part. */
export class Boundary extends Component<BoundaryProps, { readonly error?: unknown }> {
  static override getDerivedStateFromError(error: unknown): { readonly error: unknown } {
    return { error };
  }

  override render(): ComponentChildren {
    const { name = "This screen", around = (report: VNode) => report, children } = this.props;
    const { error } = this.state;
    if (error === undefined) return children;
    return around(
      <PageError name={name} error={error} onRetry={() => this.setState({ error: undefined })} />,
    );
  }
}

function PageError(props: {
  readonly name: string;
  readonly error: unknown;
  readonly onRetry: () => void;
}): VNode {
  const { name, error, onRetry } = props;
  const message = error instanceof Error ? error.message : String(error);
  return (
    <div class="problem" role="alert">
      <Icon name="damaged" tone="fail" />
      <div class="grow">
        <p>
          <b>{name} cannot be shown: an error in this page.</b>{" "}
          <code class="dimmer">page_error</code>
        </p>
        <p class="dim">{message}</p>
        <p class="dim">The run is not affected. Copy the report if you want to report the error.</p>
      </div>
      <CopyButton text={reportOf(name, error)} class="btn small">
        Copy report
      </CopyButton>
      <button type="button" class="btn small" onClick={onRetry}>
        Try again
      </button>
    </div>
  );
}

/** What somebody needs in order to find the error: no key, and nothing of a run but its address. */
function reportOf(name: string, error: unknown): string {
  return [
    `page_error in ${name}`,
    `address: ${location.pathname}${location.search}`,
    `browser: ${navigator.userAgent}`,
    error instanceof Error ? (error.stack ?? error.message) : String(error),
  ].join("\n");
}
