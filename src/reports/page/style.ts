const light = `
--paper: #fff; --ink: #1b2129; --quiet: #59636f; --line: #d8dde3; --panel: #f6f7f9; --on-fill: #fff;
--successful: #2f7d52; --warning: #8a6500; --failed: #b3261e; --overdue: #b5490f; --noResult: #9c3467; --gone: #6d1b36;
--running: #2563a8; --neverRan: #6f4aa0; --unknown: #6a6a1f; --noRun: #76808c; --noData: #76808c;
--good-ink: #1c5a37; --good-tint: #e4f3ea; --warn-ink: #664a00; --warn-tint: #fdf1cd;
--bad-ink: #8c1d18; --bad-tint: #fce8e6; --plain-ink: #2c4a6e; --plain-tint: #e6edf5;`

const dark = `
--paper: #14171c; --ink: #e6e9ed; --quiet: #a4aeba; --line: #353c46; --panel: #1c2027; --on-fill: #14171c;
--successful: #6fc493; --warning: #efc55a; --failed: #ff8f86; --overdue: #ffac7a; --noResult: #f09cc4; --gone: #d98aa2;
--running: #8ab8f5; --neverRan: #c5a6f0; --unknown: #d2cd84; --noRun: #8b95a3; --noData: #8b95a3;
--good-ink: #a8e3c0; --good-tint: #1b3a29; --warn-ink: #f7da8f; --warn-tint: #3d3110;
--bad-ink: #ffc2bc; --bad-tint: #4a1c1a; --plain-ink: #bcd6f7; --plain-tint: #20334a;`

const kinds = ['successful', 'warning', 'failed', 'overdue', 'noResult', 'gone', 'running', 'neverRan', 'unknown', 'noRun', 'noData']
const tones = ['good', 'warn', 'bad', 'plain']

/** How the page looks: on a screen, by day and by night, on a phone, and on paper. */
export const style = `
:root { color-scheme: light dark; ${light} }
@media screen and (prefers-color-scheme: dark) { :root { ${dark} } }
${kinds.map((kind) => `.${kind} { --fill: var(--${kind}); }`).join('\n')}
${tones.map((tone) => `.${tone} { color: var(--${tone}-ink); background: var(--${tone}-tint); }`).join('\n')}

* { box-sizing: border-box; }
body { margin: 0 auto; padding: 2.5rem 1.5rem 4rem; max-width: 80rem; background: var(--paper); color: var(--ink);
  font: 1rem/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif;
  overflow-wrap: anywhere; print-color-adjust: exact; -webkit-print-color-adjust: exact; }
h1 { margin: 0; font-size: 2rem; line-height: 1.2; font-weight: 650; }
h1 span { display: block; margin-bottom: .25rem; font-size: 1rem; font-weight: 400; color: var(--quiet); }
h2 { margin: 2.5rem 0 .75rem; font-size: 1.25rem; line-height: 1.3; font-weight: 650; break-after: avoid; }
p { margin: 0 0 .75rem; max-width: 46rem; }
ul { margin: 0; padding-left: 1.25rem; max-width: 46rem; }
dl, dd, figure { margin: 0; }
.time, .age { white-space: nowrap; font-variant-numeric: tabular-nums; }
.quiet, .age, .small, .reason { color: var(--quiet); }
.day { margin: .25rem 0 1.5rem; font-size: 1.125rem; }

.verdict { max-width: none; padding: 1rem 1.25rem; border-radius: .5rem; }
.verdict strong { display: block; font-size: 1.25rem; line-height: 1.35; font-weight: 650; }
.about { display: flex; flex-wrap: wrap; gap: .5rem 2.5rem; margin-top: 1.25rem; }
.about dt, .facts dt, .tiles dt { font-size: .8125rem; color: var(--quiet); }

.tiles { display: grid; grid-template-columns: repeat(auto-fill, minmax(7rem, 1fr)); gap: .5rem; }
.tiles div { padding: .5rem .75rem; background: var(--panel); border-top: 3px solid var(--fill, var(--line)); border-radius: .25rem; break-inside: avoid; }
.tiles dt::first-letter, .status::first-letter { text-transform: uppercase; }
.tiles dd { font-size: 1.5rem; line-height: 1.3; font-weight: 600; font-variant-numeric: tabular-nums; }
.tiles .none dd { font-weight: 400; color: var(--quiet); }
.sizes { grid-template-columns: 1fr 1fr 2fr; margin-top: .5rem; }
.small, .sizes .age { display: block; font-size: .8125rem; font-weight: 400; }

figure { margin-top: 1.25rem; break-inside: avoid; }
.chart { display: block; border-radius: .25rem; }
.chart rect { fill: var(--fill); stroke: var(--paper); stroke-width: 2; }
.chart text { fill: var(--on-fill); text-anchor: middle; font-size: .875rem; font-weight: 600; }
.legend { display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; margin: .5rem 0 1rem; padding: 0; max-width: none; list-style: none; font-size: .875rem; }
.swatch { display: inline-block; width: .75rem; height: .75rem; border-radius: 2px; background: var(--fill); }
.strip { max-width: 100%; height: auto; vertical-align: -2px; }
.strip path { fill: var(--fill); }

.wide { overflow-x: auto; }
.wide:focus-visible { outline: 3px solid var(--running); outline-offset: 4px; }
table { border-collapse: collapse; text-align: left; font-size: .875rem; line-height: 1.4; }
caption { padding-bottom: .5rem; text-align: left; color: var(--quiet); }
th, td { padding: .625rem 1rem .625rem 0; border-bottom: 1px solid var(--line); vertical-align: top; font-variant-numeric: tabular-nums; }
thead th { overflow-wrap: normal; font-size: .8125rem; font-weight: 600; color: var(--quiet); vertical-align: bottom; }
tbody th { font-weight: 600; }
tr { break-inside: avoid; }
.plans { width: 100%; }
.plans tbody th span { display: block; font-weight: 400; color: var(--quiet); }
.status { display: inline-block; padding: 0 .5rem; border-radius: .25rem; font-weight: 600; white-space: nowrap; }
.reason { display: block; margin-top: .25rem; }
.facts { display: flex; flex-wrap: wrap; gap: 1rem 3rem; }
.differences { width: min(100%, 30rem); }
.differences :is(td, thead th + th) { text-align: right; }

@media print, (width >= 68rem) {
  .plans tbody th { width: 17%; }
  .plans tr > :nth-child(2) { width: 24%; }
  .plans tr > :is(:nth-child(3), :nth-child(4)) { width: 11%; }
  .plans tr > :is(:nth-child(5), :nth-child(6), :nth-child(7)) { text-align: right; }
  .plans tbody tr > :is(:nth-child(5), :nth-child(6), :nth-child(7)) { white-space: nowrap; }
  .plans tr > :last-child { padding-right: 0; width: 14rem; }
}

@media screen and (width < 68rem) {
  .plans, .plans tbody, .plans caption { display: block; }
  .plans thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  .plans tr { display: grid; grid-template-columns: repeat(5, 1fr); gap: .5rem 1rem; padding: 1rem 0; border-top: 1px solid var(--line); }
  .plans tbody tr > * { padding: 0; border: 0; }
  .plans tr > :is(:nth-child(1), :nth-child(2), :nth-child(8)) { grid-column: 1 / -1; }
  .plans tbody th { font-size: 1rem; }
  .plans td::before { display: block; font-size: .8125rem; color: var(--quiet); }
  .plans td:nth-child(3)::before { content: "Last start"; }
  .plans td:nth-child(4)::before { content: "Next start"; }
  .plans td:nth-child(5)::before { content: "Files failed"; }
  .plans td:nth-child(6)::before { content: "Protected"; }
  .plans td:nth-child(7)::before { content: "Sent"; }
  .plans td:nth-child(8)::before { content: "Days"; }
}

@media screen and (width < 44rem) {
  body { padding: 1.5rem 1rem 3rem; }
  h1 { font-size: 1.625rem; }
  .tiles { grid-template-columns: repeat(auto-fill, minmax(5.75rem, 1fr)); }
  .sizes { grid-template-columns: 1fr 1fr; }
  .sizes div:last-child { grid-column: 1 / -1; }
  .plans tr { grid-template-columns: repeat(6, 1fr); }
  .plans tr > :is(:nth-child(3), :nth-child(4)) { grid-column: span 3; }
  .plans tr > :is(:nth-child(5), :nth-child(6), :nth-child(7)) { grid-column: span 2; }
}

@page { size: landscape; margin: 14mm 12mm; @bottom-right { content: counter(page) " / " counter(pages); font: 8pt sans-serif; color: #59636f; } }
@media print {
  :root { color-scheme: light; }
  html { font-size: 9pt; }
  body { padding: 0; max-width: none; }
  h2 { margin-top: 1.75rem; }
  .wide { overflow: visible; }
  .plans tr > * { padding-right: .75rem; }
  thead { display: table-header-group; break-after: avoid; }
}
`
