import type { Content } from 'pdfmake/interfaces.js'

/** What colours mean, in one line. */
export const toLegend = (entries: ReadonlyArray<{ fill: string; words: string }>): Content => ({
  columns: entries.flatMap(({ fill, words }) => [
    { canvas: [{ type: 'rect', x: 0, y: 1.5, w: 7, h: 7, color: fill }], width: 10 },
    { text: words, width: 'auto', noWrap: true, margin: [0, 0, 9, 0] },
  ]),
  fontSize: 8,
})
