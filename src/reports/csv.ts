export const toCsv = (_: object): string => ''
