/** True of what JSON calls an object: of a value that anybody may have sent, fields can be asked then. */
export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
