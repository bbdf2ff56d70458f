import { toInertLine } from '../../inert.ts'

// What Roboto has no shape for: it has Latin, Greek, Cyrillic, and the signs of western text. A test holds this against the font.
const shapeless =
  /[^\x20-\x7e\xa0-\u017f\u018f\u0192\u01a0\u01a1\u01af\u01b0\u0218-\u021b\u0384-\u038a\u038c\u038e-\u03a1\u03a3-\u03ce\u0400-\u0482\u0488-\u0513\u1e80-\u1e85\u1e9e\u1ea0-\u1ef9\u2010\u2011\u2013-\u2015\u2017-\u201e\u2020-\u2022\u2025-\u2027\u2030\u2032\u2033\u2039\u203a\u203c\u2044\u2074-\u208e\u20a3\u20a4\u20a6-\u20ac\u20b1\u20b9\u20ba\u20bc\u20bd\u2105\u2113\u2116\u2122\u2126\u212e\u215b-\u215e\u2202\u2206\u220f\u2211\u2212\u221a\u221e\u222b\u2248\u2260\u2264\u2265\u25a0\u25ca\u25cb\u25cf\ufffd]\ufe0f?/gu

/** Text from data for a page: one line, harmless, with a stand-in for each letter that the font lacks, and cut before it fills the page. */
export function toText(text: string, longest = 80): string {
  const shown = toInertLine(text.slice(0, 4 * longest))
    .normalize('NFC')
    .replace(shapeless, '\ufffd')
  return shown.length > longest ? `${shown.slice(0, longest - 1)}…` : shown
}
