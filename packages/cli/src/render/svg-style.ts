/** The page's tokens for the light theme, because a file does not know the theme of its reader. */
export const STYLE = [
  "text{fill:#12161d;font:550 13px Inter,'Segoe UI',Roboto,'Noto Sans','DejaVu Sans',sans-serif}",
  ".sub{font-weight:400;font-size:11.5px;fill:#414a58}",
  ".box,.pile,.cell{fill:#fff;stroke:#c2c9d4}.i{color:#596373}",
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

/** A line with round ends. */
function line(d: string, width: number, more = ""): string {
  const ends = `stroke-width="${width}" stroke-linecap="round" stroke-linejoin="round"`;
  return `<path d="${d}" fill="none" stroke="currentColor" ${ends}${more}/>`;
}

function circle(radius: number, more: string): string {
  return `<circle cx="8" cy="8" r="${radius}" ${more}/>`;
}

function filled(d: string): string {
  return `<path d="${d}" fill="currentColor"/>`;
}

/** On a filled shape. */
const WHITE = ' style="stroke:#fff"';

const OUTLINE = 'fill="none" stroke="currentColor" stroke-width="1.6"';
const RING = circle(6.2, OUTLINE);
const DIAMOND = "M8 .6 15.4 8 8 15.4.6 8z";
const RETRY = line("M13.2 6.2A5.6 5.6 0 1 0 13.6 9", 1.8) + filled("M13.9 2.2v4.2H9.7z");

/** The page's shapes for the statuses of steps, and for the kinds of steps that are not plain. */
export const ICONS: Readonly<Record<string, string>> = {
  completed: circle(7, 'fill="currentColor"') + line("M4.8 8.3 7 10.5l4.3-4.8", 1.8, WHITE),
  failed:
    filled("M5.1 1h5.8L15 5.1v5.8L10.9 15H5.1L1 10.9V5.1z") +
    line("m5.5 5.5 5 5m0-5-5 5", 1.8, WHITE),
  running:
    circle(6.2, `${OUTLINE} opacity=".35"`) +
    line("M8 1.8A6.2 6.2 0 0 1 14.2 8", 2) +
    circle(2.2, 'fill="currentColor"'),
  gate: filled(DIAMOND) + line("M8 4.6v4", 1.9, WHITE) + line("M8 11.2v.1", 2.2, WHITE),
  unknown:
    line("M8 1.2 14.8 8 8 14.8 1.2 8z", 1.5) +
    line("M6.3 6.5a1.7 1.7 0 1 1 2.4 1.6c-.5.2-.7.5-.7 1", 1.3) +
    line("M8 11v.1", 1.8),
  waiting: RETRY,
  interrupted: RETRY,
  wait: RING + line("M8 4.6V8l2.4 1.6", 1.5),
  loop:
    line("M4 5h6.5A3.5 3.5 0 0 1 14 8.5M12 11H5.5A3.5 3.5 0 0 1 2 7.5", 1.5) +
    line("M6.2 2.5 3.5 5l2.7 2.5M9.8 13.5 12.5 11 9.8 8.5", 1.5),
  pending: circle(6.2, `${OUTLINE} stroke-dasharray="2.6 2.27"`),
  ready: RING,
  skipped: RING + line("M3.8 12.2l8.4-8.4", 1.6),
  cancelled: '<rect x="2" y="2" width="12" height="12" rx="2.5" fill="currentColor"/>',
};
