/** The page's tokens for the light theme, because a file does not know the theme of its reader. */
export const STYLE = [
  "text{font:550 13px Inter,-apple-system,'Segoe UI',Roboto,'Noto Sans','DejaVu " +
    "Sans',sans-serif;fill:#12161d}",
  ".sub{font-weight:400;font-size:11.5px;fill:#414a58}",
  ".box{fill:#fff;stroke:#c2c9d4}.pile{fill:#fff;stroke:#c2c9d4}.cell{fill:#fff;stroke:#c2c9d4}.i{color:#596373}",
  ".e{fill:none;stroke:#c2c9d4;stroke-width:1.5}.e.todo{stroke:#828b9a;stroke-dasharray:4 3}",
  ".tip{fill:#c2c9d4}.tip.todo{fill:#828b9a}",
  ".ok .box,.ok .pile{stroke:#2a8f5a}.ok .i{color:#13653a}",
  ".fail .box,.fail .pile{stroke:#cf372d;fill:#fdebe9}.fail .i{color:#a81f17}",
  ".run .box,.run .pile{stroke:#3a7be0;fill:#e6effc}.run .i{color:#1b54ae}",
  ".wait .box,.wait .pile{stroke:#b5780f;fill:#fcf0d6}.wait .i{color:#7a4900}",
  ".unknown .box,.unknown .pile{stroke:#6a35a5;fill:#f2eafb}.unknown .i{color:#6a35a5}",
  ".pend .box,.pend .pile{stroke:#828b9a;stroke-dasharray:4 3}",
  ".idle .box,.idle .pile{fill:#f1f3f6}",
].join("");

const DISC = '<circle cx="8" cy="8" r="7" fill="currentColor"/>';
const RING = '<circle cx="8" cy="8" r="6.2" fill="none" stroke="currentColor" stroke-width="1.6"/>';
const DIAMOND = "M8 .6 15.4 8 8 15.4.6 8z";
const CLOCK_HANDS =
  '<path d="M8 4.6V8l2.4 1.6" fill="none" stroke="currentColor" stroke-width="1.5" stroke-linecap="round"/>';
const RETRY =
  '<path d="M13.2 6.2A5.6 5.6 0 1 0 13.6 9" fill="none" stroke="currentColor" stroke-width="1.8" stroke-linecap="round"/>' +
  '<path d="M13.9 2.2v4.2H9.7z" fill="currentColor"/>';

/** The page's shapes for the statuses of steps, and for the kinds of steps that are not plain. */
export const ICONS: Readonly<Record<string, string>> = {
  completed:
    `${DISC}<path d="M4.8 8.3 7 10.5l4.3-4.8" fill="none" stroke="#fff" stroke-width="1.8" ` +
    `stroke-linecap="round" stroke-linejoin="round"/>`,
  failed:
    '<path d="M5.1 1h5.8L15 5.1v5.8L10.9 15H5.1L1 10.9V5.1z" fill="currentColor"/>' +
    '<path d="m5.5 5.5 5 5m0-5-5 5" stroke="#fff" stroke-width="1.8" stroke-linecap="round"/>',
  running:
    '<circle cx="8" cy="8" r="6.2" fill="none" stroke="currentColor" stroke-width="1.6" opacity=".35"/>' +
    '<path d="M8 1.8A6.2 6.2 0 0 1 14.2 8" fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round"/>' +
    '<circle cx="8" cy="8" r="2.2" fill="currentColor"/>',
  gate:
    `<path d="${DIAMOND}" fill="currentColor"/><path d="M8 4.6v4" stroke="#fff" ` +
    `stroke-width="1.9" stroke-linecap="round"/>` +
    '<circle cx="8" cy="11.2" r="1.1" fill="#fff"/>',
  unknown:
    `<path d="${DIAMOND}" fill="none" stroke="currentColor" stroke-width="1.5" ` +
    `stroke-linejoin="round"/>` +
    '<path d="M6.3 6.5a1.7 1.7 0 1 1 2.4 1.6c-.5.2-.7.5-.7 1" fill="none" stroke="currentColor" stroke-width="1.3" stroke-linecap="round"/>' +
    '<circle cx="8" cy="11" r=".9" fill="currentColor"/>',
  waiting: RETRY,
  interrupted: RETRY,
  wait: RING + CLOCK_HANDS,
  loop:
    '<path d="M4 5h6.5A3.5 3.5 0 0 1 14 8.5M12 11H5.5A3.5 3.5 0 0 1 2 7.5" fill="none" stroke="currentColor" stroke-width="1.5" stroke-linecap="round"/>' +
    '<path d="M6.2 2.5 3.5 5l2.7 2.5M9.8 13.5 12.5 11 9.8 8.5" fill="none" stroke="currentColor" stroke-width="1.5" stroke-linecap="round" stroke-linejoin="round"/>',
  pending:
    '<circle cx="8" cy="8" r="6.2" fill="none" stroke="currentColor" stroke-width="1.5" stroke-dasharray="2.6 2.27"/>',
  ready: RING,
  skipped: `${RING}<path d="M3.8 12.2l8.4-8.4" stroke="currentColor" stroke-width="1.6"/>`,
  cancelled: '<rect x="2" y="2" width="12" height="12" rx="2.5" fill="currentColor"/>',
};
