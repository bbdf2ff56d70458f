/** Left, top, right, bottom, in points; the page is A4 on its side. */
export const pageMargins: [number, number, number, number] = [28, 28, 28, 36]

/** What the margins leave of the page's 841.89 points. */
export const contentWidth = 841.89 - pageMargins[0] - pageMargins[2]
