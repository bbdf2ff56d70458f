import { type Config, type SettingName, settingNames, settings, type Value } from '../../config.ts'
import { MspError } from '../../errors.ts'

export interface ShownSetting {
  name: SettingName
  value: string | null
  from: Value['from'] | null
  what: string
}

export const settingFields = ['name', 'value', 'from', 'what'] as const

/** A setting as it is shown: a URL from the environment may have a password in it, which is left out. */
export function toShown(config: Config, name: SettingName): ShownSetting {
  const found = config.find(name)
  return { name, value: found ? withoutPassword(found.value) : null, from: found?.from ?? null, what: settings[name].what }
}

function withoutPassword(value: string): string {
  const url = URL.parse(value)
  if (url === null || url.password === '') return value
  url.password = ''
  return url.href
}

/** The names and what they mean, for the help. */
export const settingsHelp = `\nSettings:\n${settingNames.map((name) => `  ${name.padEnd(20)}${settings[name].what} (${settings[name].env})`).join('\n')}`

/** Parses the name of a setting; an unknown one is answered with those that may be meant. */
export function toSettingName(typed: string): SettingName {
  const found = settingNames.find((name) => name === typed)
  if (found) return found
  const near = settingNames.filter((name) => isNear(lettersOf(name), lettersOf(typed)))
  const hint =
    near.length > 0 ? `Did you mean ${near.join(' or ')}? All of them: msp config list` : `The settings are: ${settingNames.join(', ')}`
  throw new MspError('usage', `There is no setting "${typed}".`, { hint })
}

const lettersOf = (name: string): string => name.toLowerCase().replace(/[^a-z]/g, '')
const isNear = (name: string, typed: string): boolean => typed.length > 2 && (name.includes(typed) || typed.includes(name))
