// Writes data/syscalls.json from kernel headers:
//   node syscall-table.mjs <include with asm/unistd_{64,32,x32}.h> <aarch64 include> <arm include> <linux/syscalls.h>
// Debian 12: linux-libc-dev, linux-libc-dev-{arm64,armhf}-cross, and include/linux/syscalls.h of linux-headers-*-common.
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'

const [x86, arm64, arm, prototypes] = process.argv.slice(2)
if (!prototypes)
  throw new Error('usage: syscall-table.mjs <x86 include> <aarch64 include> <arm include> <syscalls.h>')

// Calls newer than the headers. From 403 on every architecture uses the same number.
const NEWER = {
  451: 'cachestat',
  452: 'fchmodat2',
  453: 'map_shadow_stack',
  454: 'futex_wake',
  455: 'futex_wait',
  456: 'futex_requeue',
  457: 'statmount',
  458: 'listmount',
  459: 'lsm_get_self_attr',
  460: 'lsm_set_self_attr',
  461: 'lsm_list_modules',
  462: 'mseal',
  463: 'setxattrat',
  464: 'getxattrat',
  465: 'listxattrat',
  466: 'removexattrat',
  467: 'open_tree_attr',
  468: 'file_getattr',
  469: 'file_setattr',
}
const NEWER_X86_64 = { uretprobe: 335, uprobe: 336 }
// EABI private calls, __ARM_NR_BASE (0xf0000) + n.
const ARM_PRIVATE = { breakpoint: 1, cacheflush: 2, usr26: 3, usr32: 4, set_tls: 5, get_tls: 6 }

const TABLES = {
  x86_64: { header: 'asm/unistd_64.h', include: x86, extra: NEWER_X86_64 },
  i386: { header: 'asm/unistd_32.h', include: x86, extra: {} },
  x32: { header: 'asm/unistd_x32.h', include: x86, extra: {} },
  arm64: { header: 'asm/unistd.h', include: arm64, extra: {}, defines: ['-D__LP64__', '-D__aarch64__'] },
  arm: {
    header: 'asm/unistd.h',
    include: arm,
    defines: ['-D__ARM_EABI__', '-D__arm__'],
    extra: Object.fromEntries(Object.entries(ARM_PRIVATE).map(([name, n]) => [name, 0xf0000 + n])),
  },
}

const sum = (expression) =>
  expression
    .replace(/[()\s]/g, '')
    .split('+')
    .reduce((total, part) => total + Number(part), 0)

function numbers({ header, include, extra, defines = [] }) {
  const cpp = (args, input) =>
    execFileSync('gcc', ['-E', '-undef', '-nostdinc', ...defines, '-I', include, ...args, '-'], {
      input,
      encoding: 'utf8',
    })
  const source = `#define __X32_SYSCALL_BIT 0\n#include <${header}>\n`
  const names = [...cpp(['-dM'], source).matchAll(/^#define __NR_(\w+) /gm)]
    .map((m) => m[1])
    .filter(
      (name) =>
        !/^(syscalls|SYSCALL_BASE|SYSCALL_MASK|OABI_SYSCALL_BASE|arch_specific_syscall|sync_file_range2)$/.test(
          name,
        ),
    )
  const lines = names.map((name) => `@ ${name} = __NR_${name}`).join('\n')
  const table = new Map()
  for (const [, name, expression] of cpp([], `${source}${lines}\n`).matchAll(/^@ (\S+) = (.+)$/gm)) {
    if (!/^[\s()+x0-9a-fA-F]+$/.test(expression)) continue
    table.set(name, sum(expression))
  }
  for (const [number, name] of Object.entries(NEWER)) if (!table.has(name)) table.set(name, Number(number))
  for (const [name, number] of Object.entries(extra)) table.set(name, number)
  return { table }
}

// Types the kernel reads with fewer bits than the register has.
const NARROW = [
  [/^(umode_t|old_uid_t|old_gid_t|unsigned short)$/, 'h'],
  [
    /^(int|unsigned|unsigned int|u32|__u32|s32|__s32|pid_t|uid_t|gid_t|qid_t|key_t|mqd_t|clockid_t|timer_t|rwf_t|key_serial_t|enum \w+|const clockid_t)$/,
    'i',
  ],
]
const LETTER = (type) => NARROW.find(([pattern]) => pattern.test(type))?.[1] ?? 'l'

function letters(parameters) {
  const list = parameters.replace(/\s+/g, ' ').trim()
  if (list === 'void' || list === '') return ''
  return list
    .split(',')
    .map((parameter) => {
      const text = parameter.trim()
      if (/[*[]/.test(text)) return 'l'
      const known = NARROW.some(([pattern]) => pattern.test(text))
      return LETTER(known ? text : text.replace(/\s*\w+$/, ''))
    })
    .join('')
}

const text = readFileSync(prototypes, 'utf8').replace(/\/\*[\s\S]*?\*\//g, '')
const entries = new Map()
for (const [, name, parameters] of text.matchAll(/asmlinkage long sys_(\w+)\(([^)]*)\)/g)) {
  if (!entries.has(name)) entries.set(name, letters(parameters))
}

// Entry points with another name than the call, or that syscalls.h does not hold.
const ENTRY = {
  sendfile: 'sendfile64',
  umount2: 'umount',
  umount: 'oldumount',
  uname: 'newuname',
  _llseek: 'llseek',
  _newselect: 'select',
  fadvise64: 'fadvise64',
  newfstatat: 'newfstatat',
  stat: 'newstat',
  ugetrlimit: 'getrlimit',
}
const FIXED = {
  // sys_clone() takes unsigned long and keeps lower_32_bits(); no flag of clone(2) lies above bit 31.
  clone: 'illll',
  arch_prctl: 'il',
  modify_ldt: 'ill',
  iopl: 'i',
  ioperm: 'lli',
  uprobe: '',
  uretprobe: '',
  map_shadow_stack: 'lli',
  open_tree_attr: 'ilill',
  file_getattr: 'illli',
  file_setattr: 'illli',
  setxattrat: 'ililll',
  getxattrat: 'ililll',
  listxattrat: 'ilill',
  removexattrat: 'ilil',
  arm_fadvise64_64: 'iill',
  arm_sync_file_range: 'iill',
  sync_file_range2: 'iill',
  mmap: '',
  rt_sigreturn: '',
}
const params = (name) =>
  FIXED[name] ?? entries.get(ENTRY[name] ?? name) ?? entries.get(name.replace(/_?time64$|64$/, '')) ?? ''
// On the 32-bit tables every argument has 32 bits; what is left to know is where the kernel reads 16.
const OLD_UID = new Set([
  'chown',
  'lchown',
  'fchown',
  'setregid',
  'setgid',
  'setreuid',
  'setuid',
  'setresuid',
  'setresgid',
  'setfsuid',
  'setfsgid',
])
const params32 = (name) => (OLD_UID.has(name) ? entries.get(`${name}16`) : params(name))

const tables = Object.fromEntries(Object.entries(TABLES).map(([name, table]) => [name, numbers(table)]))
// The kernel's own tables have these for fewer architectures than their common number suggests.
tables.arm.table.delete('memfd_secret')
tables.x32.table.delete('map_shadow_stack')
tables.arm.table.set('sync_file_range2', tables.arm.table.get('arm_sync_file_range'))

const names = [...new Set(Object.values(tables).flatMap(({ table }) => [...table.keys()]))].sort()
const bits = (letters, rest) => letters.replace(rest, '')
const rows = names.map((name) => {
  const cells = Object.values(tables).map(({ table }) => table.get(name) ?? null)
  const narrow32 = params32(name).replace(/[il]/g, '.')
  const row = [...cells, bits(params(name), /l+$/), bits(narrow32, /\.+$/)]
  return `${JSON.stringify(name)}: ${JSON.stringify(row)}`
})
writeFileSync(new URL('../../../data/syscalls.json', import.meta.url), `{\n${rows.join(',\n')}\n}\n`)
console.log(
  `${rows.length} calls`,
  Object.fromEntries(Object.entries(tables).map(([k, v]) => [k, v.table.size])),
)
