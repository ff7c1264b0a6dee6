/** What a code means and what to do about it. */
export interface CatalogEntry {
  /** When the error is raised, in one sentence. */
  readonly meaning: string
  /** The next step of whoever gets it; an error may carry a more exact one of its own. */
  readonly hint: string
}

/** Every code there is. A code never changes its meaning and is never removed within a major version. */
export const CATALOG = {
  EXECD_INVALID_COMMAND: {
    meaning:
      'A command, a process or resources break the schema. Every problem is listed, nothing was started.',
    hint: 'correct the fields listed; docs/reference/command.md names every field with its type and default',
  },
  EXECD_INVALID_OPTION: {
    meaning: 'An option of a call, of the runtime or of a driver is not what is wanted there.',
    hint: 'correct the option that the message names',
  },
  EXECD_UNSUPPORTED: {
    meaning:
      'The driver cannot do, on this host, something that was asked for. Nothing was started or changed.',
    hint: 'leave the fields out, choose another driver, or name them in `skipUnsupported`',
  },
  EXECD_ID_IN_USE: {
    meaning: 'Another container, created or being created, has the id.',
    hint: 'choose another id, or leave it out to get a new one',
  },
  EXECD_NOT_FOUND: {
    meaning: 'There is no container with this id.',
    hint: 'runtime.list() names the containers there are; recover() finds detached ones after a restart',
  },
  EXECD_NOT_RUNNING: {
    meaning: 'The container or the process has ended.',
    hint: 'wait() tells how it ended; start a new one',
  },
  EXECD_INVALID_STATE: {
    meaning: 'The call is not possible in the state that the container is in, such as pausing a paused one.',
    hint: 'look at `status` before the call, or wait for the event that changes it',
  },
  EXECD_CLOSED: {
    meaning: 'The runtime was closed.',
    hint: 'create a new runtime',
  },
  EXECD_ABORTED: {
    meaning: 'The AbortSignal of the call fired before the command ran. Nothing is left behind.',
    hint: 'this is what the caller asked for; the reason of the signal is the cause',
  },
  EXECD_TIMEOUT: {
    meaning: 'Something was not done in its time: a start, a freeze, a hook. What was begun was undone.',
    hint: 'allow more time, or look at what keeps the host busy',
  },
  EXECD_PROGRAM_NOT_FOUND: {
    meaning:
      'The program does not exist in the container, or not in its PATH, or its interpreter does not (exit code 127 in shells).',
    hint: 'look for the program inside the rootfs; a script or a dynamic program also needs its interpreter there',
  },
  EXECD_PROGRAM_NOT_EXECUTABLE: {
    meaning: 'The program exists and cannot be executed by this user (exit code 126 in shells).',
    hint: 'check the mode and the owner of the file, the noexec flag of its mount and the machine it was built for',
  },
  EXECD_WORKING_DIRECTORY: {
    meaning:
      '`process.cwd` does not exist in the container, is no directory, or may not be entered by the user.',
    hint: 'make the directory in the rootfs or mount one there',
  },
  EXECD_USER_NOT_FOUND: {
    meaning: 'The user of `process.user` is not in /etc/passwd of the rootfs.',
    hint: 'give the user as a number, which needs no look-up',
  },
  EXECD_GROUP_NOT_FOUND: {
    meaning: 'A group of `process.user` or `process.additionalGroups` is not in /etc/group of the rootfs.',
    hint: 'give the group as a number, which needs no look-up',
  },
  EXECD_ROOTFS: {
    meaning: 'The root file system is missing, is no directory, or could not be mounted.',
    hint: 'check that the path exists on the host and that the caller may read it',
  },
  EXECD_MOUNT: {
    meaning:
      'A mount could not be made: its source is missing, its destination leads out of the rootfs, or the kernel refused it.',
    hint: 'check the source on the host, and that no part of the destination is a symbolic link',
  },
  EXECD_DEVICE: {
    meaning: 'A device node could not be made or allowed.',
    hint: 'check that the device exists on the host; an ordinary user can only bind devices that exist',
  },
  EXECD_CGROUP: {
    meaning: 'A cgroup could not be made, joined, frozen or removed.',
    hint: 'probe() tells which controllers the caller may use here and how to delegate them',
  },
  EXECD_LIMIT: {
    meaning: 'The kernel refused the value of a limit.',
    hint: 'compare the value with what the parent group allows',
  },
  EXECD_PERMISSION: {
    meaning: 'The caller lacks the rights for a step.',
    hint: 'run as root, or see probe() for what an ordinary user needs on this host',
  },
  EXECD_NAMESPACE: {
    meaning: 'A namespace could not be made or joined.',
    hint: 'probe() tells which namespaces this host allows; a namespace to join must still exist',
  },
  EXECD_NETWORK: {
    meaning: 'The network of the container could not be set up.',
    hint: 'check that the bridge exists and that the addresses are free',
  },
  EXECD_SECCOMP: {
    meaning: 'The seccomp profile is not valid or the kernel refused the filter.',
    hint: 'check the names of the system calls and actions; "default" is a profile that works',
  },
  EXECD_SECURITY_MODULE: {
    meaning: 'An AppArmor profile or a SELinux label could not be applied.',
    hint: 'check that the module is enabled on this host and that the profile is loaded',
  },
  EXECD_SYSCTL: {
    meaning: 'A kernel parameter could not be set.',
    hint: 'check that the kernel has the parameter and takes the value',
  },
  EXECD_HOOK_FAILED: {
    meaning: 'A prestart hook failed, so the command was not run.',
    hint: 'the cause is what the hook threw; of a hook program, the message ends with what it wrote to stderr',
  },
  EXECD_START_FAILED: {
    meaning:
      'The container could not be started for a reason that has no code of its own. Nothing is left behind.',
    hint: 'details.step and details.errno tell which step the kernel refused',
  },
  EXECD_HELPER_MISSING: {
    meaning:
      'A program, or a part of its own package, that the driver needs is not installed, or not where the driver is.',
    hint: 'install what the message names; keep drivers external in an application that is bundled into one file',
  },
  EXECD_HELPER_DAMAGED: {
    meaning: 'A program that the driver needs is there and is not what it should be.',
    hint: 'install the package that holds it again',
  },
  EXECD_HOST: {
    meaning: 'The host lacks something without which the driver can run nothing.',
    hint: 'probe() lists what is missing and what to do',
  },
  EXECD_DRIVER_NOT_FOUND: {
    meaning: 'No package of this name or path is installed where the application can see it.',
    hint: 'install the driver next to the application, or say with `from` where to look',
  },
  EXECD_DRIVER_INVALID: {
    meaning: 'What was found is no driver: it failed to load, or lacks a part of the contract.',
    hint: 'a driver package exports `defineDriver({ name, apiVersion, create })` as default; see docs/drivers/contract.md',
  },
  EXECD_DRIVER_API_VERSION: {
    meaning: 'The driver was written for another version of the contract than this @execd/core has.',
    hint: 'upgrade the older of the two',
  },
  EXECD_DRIVER_CONFLICT: {
    meaning:
      'Two different drivers of the same name are registered, so that the name alone does not tell which is meant.',
    hint: 'pass the driver object or the path of its package instead of the name',
  },
  EXECD_INTERNAL: {
    meaning: 'A driver or execd itself failed in a way that it should not.',
    hint: 'this is a defect: report it with the cause and the stack',
  },
} as const satisfies Readonly<Record<`EXECD_${string}`, CatalogEntry>>

/** The stable name of an error. */
export type ErrorCode = keyof typeof CATALOG

/** Every code, in the order of the catalogue. */
export const ERROR_CODES = Object.keys(CATALOG) as readonly ErrorCode[]
