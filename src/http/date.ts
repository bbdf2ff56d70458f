const imfDate = /^(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/

/** The milliseconds of an HTTP date; undefined of anything else. */
export function parseHttpDate(header: string | undefined): number | undefined {
  // not Date.parse() alone: it reads "7" as a day in 2001
  const time = imfDate.test(header ?? '') ? Date.parse(header ?? '') : Number.NaN
  return Number.isNaN(time) ? undefined : time
}
