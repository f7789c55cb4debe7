import type { ComponentChildren, VNode } from "preact";
import { useEffect, useId, useRef } from "preact/hooks";
import { asked } from "./ask.js";
import { Command } from "./Command.jsx";

/**
 * A modal dialog. The browser keeps the focus inside, closes it on Escape, and gives the focus back
 * to the element that had it.
 */
export function Dialog(props: {
  readonly title: string;
  readonly onClose: () => void;
  readonly isWide?: boolean;
  readonly children?: ComponentChildren;
  /** The buttons, in the order in which they are read. */
  readonly actions?: ComponentChildren;
}): VNode {
  const { title, onClose, isWide = false, children, actions } = props;
  const dialog = useRef<HTMLDialogElement>(null);
  const heading = useId();
  useEffect(() => {
    const element = dialog.current;
    element?.showModal();
    return () => element?.close();
  }, []);
  return (
    <dialog
      ref={dialog}
      class={isWide ? "dialog wide" : "dialog"}
      aria-labelledby={heading}
      onClose={onClose}
      onClick={(event) => {
        // A click beside the content is a click on the dialog itself.
        if (event.target === dialog.current) onClose();
      }}
    >
      <div class="dialog-in">
        <div class="card-h">
          <h2 id={heading}>{title}</h2>
          <span class="grow" />
          <button type="button" class="btn quiet icon" aria-label="Close" onClick={onClose}>
            <span aria-hidden="true">✕</span>
          </button>
        </div>
        {children}
        {actions !== undefined && <div class="dialog-acts">{actions}</div>}
      </div>
    </dialog>
  );
}

/** The dialog of `ask`. */
export function AskDialog(): VNode | null {
  const question = asked.value;
  if (question === undefined) return null;
  const { title, text, verb, command, isDangerous = false, settle } = question;
  return (
    <Dialog
      key={title}
      title={title}
      onClose={() => settle(false)}
      actions={
        <>
          {command !== undefined && <Command text={command} isPlain class="whole-row" />}
          <span class="grow" />
          <button type="button" class="btn" onClick={() => settle(false)}>
            Back
          </button>
          <button
            type="button"
            class={isDangerous ? "btn danger" : "btn primary"}
            onClick={() => settle(true)}
          >
            {verb}
          </button>
        </>
      }
    >
      <p class="dialog-text">{text}</p>
    </Dialog>
  );
}
