import type { FlagGroup } from '../types.js'

export const SECURITY: FlagGroup = {
  title: 'Security',
  flags: [
    {
      name: 'cap-add',
      value: 'CAPABILITY',
      many: true,
      help: 'Add a capability to the default set, or ALL',
      field: 'process.capabilities.add',
    },
    {
      name: 'cap-drop',
      value: 'CAPABILITY',
      many: true,
      help: 'Take a capability from the set, or ALL',
      field: 'process.capabilities.drop',
    },
    {
      name: 'security-opt',
      value: 'OPTION',
      many: true,
      help: 'seccomp=FILE|unconfined|default, apparmor=PROFILE, selinux=CONTEXT, no-new-privileges[=false], systempaths=unconfined',
    },
  ],
}
