import { isObject } from '../util/plain-object.js'

type Fields = Readonly<Record<string, unknown>>

/** Sets fields that the caller left out. */
function withDefaults(value: unknown, defaults: Fields): unknown {
  if (value === undefined) return { ...defaults }
  if (!isObject(value)) return value
  const left = Object.entries(defaults).filter(([key]) => value[key] === undefined)
  return { ...value, ...Object.fromEntries(left) }
}

const isPrivileged = (process: unknown): process is Fields => isObject(process) && process.privileged === true

/** A process with what `privileged` means for the fields that the caller left out. */
export function impliedProcess(process: unknown): unknown {
  if (!isPrivileged(process)) return process
  return withDefaults(
    { ...process, capabilities: withDefaults(process.capabilities, { add: ['ALL'] }) },
    { noNewPrivileges: false },
  )
}

/** A command with what `process.privileged` means for the fields that the caller left out: all capabilities and devices, nothing filtered, masked or read-only. */
export function impliedCommand(command: unknown): unknown {
  if (!isObject(command) || !isPrivileged(command.process)) return command
  return withDefaults(
    {
      ...command,
      process: impliedProcess(command.process),
      devices: withDefaults(command.devices, { allowed: [{ type: 'a' }] }),
    },
    { seccomp: 'unconfined', maskedPaths: [], readonlyPaths: [] },
  )
}
