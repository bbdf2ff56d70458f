import type { Command } from 'commander'
import { oneOf } from '../options.ts'

/** Whose key: the technician's own or the team's. */
export const keyOwners = ['me', 'team'] as const
export type KeyOwner = (typeof keyOwners)[number]

/** Adds --owner; without it the key is `standard`'s. */
export const withOwner = (command: Command, standard: KeyOwner): Command =>
  command.option('--owner <who>', 'whose key it is: me, team', oneOf(keyOwners), standard)
