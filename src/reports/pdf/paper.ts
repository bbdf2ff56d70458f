/** Left, top, right, bottom, in points; the page is A4 on its side. */
export const pageMargins: [number, number, number, number] = [28, 30, 28, 40]

/** What the margins leave of the page's 841.89 points. */
export const contentWidth = 841.89 - pageMargins[0] - pageMargins[2]
