import type { VNode } from "preact";
import { announce } from "../../shell/announce.js";
import { Icon, type IconName } from "../../shell/Icons.jsx";
import { useMenu } from "./use-menu.js";

/** An item of a menu. */
export interface MenuItem {
  readonly label: string;
  readonly icon: IconName;
  /** The command that does the same. */
  readonly command?: string;
  /** What else it is worth to know. */
  readonly about?: string | undefined;
  /** Why it cannot be chosen; undefined if it can. */
  readonly because?: string | undefined;
  readonly isDangerous?: boolean;
  /** True if the item has a button of its own where there is room. */
  readonly isOnlyNarrow?: boolean;
  readonly onChoose: () => void;
}

/** A button that opens a menu. */
export function MoreMenu(props: {
  readonly label: string;
  readonly items: readonly MenuItem[];
}): VNode {
  const { label, items } = props;
  const menu = useMenu();
  const { isOpen } = menu;
  const choose = ({ because, onChoose }: MenuItem): void => {
    if (because !== undefined) {
      announce(because);
      return;
    }
    menu.close();
    onChoose();
  };
  return (
    // biome-ignore lint/a11y: the keys belong to the menu inside.
    <span class="act menu-box" ref={menu.box} onKeyDown={(event) => menu.onKeyDown(event)}>
      <button
        ref={menu.button}
        type="button"
        class="btn icon"
        aria-label={label}
        aria-haspopup="menu"
        aria-expanded={isOpen.value}
        onClick={() => {
          isOpen.value = !isOpen.value;
        }}
      >
        <Icon name="more" />
      </button>
      {isOpen.value && (
        <div class="run-menu" role="menu" aria-label={label}>
          {items.map((item) => (
            <Item key={item.label} item={item} onChoose={choose} />
          ))}
        </div>
      )}
    </span>
  );
}

function Item(props: {
  readonly item: MenuItem;
  readonly onChoose: (item: MenuItem) => void;
}): VNode {
  const { item, onChoose } = props;
  const { label, icon, because, about, command, isDangerous = false, isOnlyNarrow = false } = item;
  return (
    <button
      type="button"
      role="menuitem"
      tabIndex={-1}
      class={isOnlyNarrow ? "only-narrow" : ""}
      {...(because !== undefined && { "aria-disabled": true })}
      onClick={() => onChoose(item)}
    >
      <Icon name={icon} {...(isDangerous && { tone: "fail" as const })} />
      <span>
        <span class={isDangerous ? "fail" : ""}>{label}</span>
        {because !== undefined && <small class="dimmer">{because}</small>}
        {about !== undefined && <small class="dimmer">{about}</small>}
        {command !== undefined && (
          <small class="dimmer">
            <code>{command}</code>
          </small>
        )}
      </span>
    </button>
  );
}
